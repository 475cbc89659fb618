/**
 * Copies the text of what is shown, and answers whether that went well. A page without TLS has no clipboard: it has the browser copy what is
 * selected, and where that is not allowed either, it is selected at least.
 */
export async function copy(shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(shown.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);

    return document.execCommand('copy');
  }
}
