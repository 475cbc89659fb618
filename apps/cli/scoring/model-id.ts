import { parseDocument } from 'yaml';

/** The model that a document says it is of; what is wrong with one that says none, the API tells. */
export function modelIdIn(text: string): string {
  const named: unknown = parseDocument(text).get('model');
  return typeof named === 'string' && /^[\w.-]{1,64}$/.test(named) ? named : 'unnamed';
}
