/** Has the browser keep an answer as a file. */
export function keepAsFile(answer: Blob, name: string): void {
  const address = URL.createObjectURL(answer);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
