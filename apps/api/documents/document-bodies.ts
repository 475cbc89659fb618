import { shown } from '@leadlog/events';
import { refused } from '../problem-details';

/** The document that a body is. One that came as JSON is kept as it would be written. `noun`: such as `scoring model`. */
export function textOfBody(body: unknown, noun: string): string {
  if (typeof body === 'string' && body.trim() !== '') return body;
  if (typeof body === 'object' && body !== null) return written(body, noun);
  throw refused(422, '', `a ${noun} (application/yaml or application/json)`, body === '' ? 'nothing' : shown(body));
}

/** JSON.parse takes any depth, JSON.stringify does not. */
function written(body: object, noun: string): string {
  try {
    return JSON.stringify(body, null, 2);
  } catch (error) {
    if (error instanceof RangeError) throw refused(422, '', `a ${noun}, which is a few levels deep`, 'one nested thousands of levels');
    throw error;
  }
}

/** What is to be published: one of the two. */
export function versionOrText({ version, document }: { version?: string; document?: string }): { version: string } | { text: string } {
  if ((version === undefined) === (document === undefined))
    throw refused(422, '', 'either a version that was drafted or a document', version === undefined ? 'neither' : 'both');
  return document === undefined ? { version: version! } : { text: document };
}
