import { Problem, type ProblemDocument } from '../../api/problem';

/** Has the browser keep an answer as a file. */
export async function sendFile(path: string, body: object, name: string): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Problem((await response.json()) as ProblemDocument);
  const address = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
