import { isDocumentId, type DocumentKind, type OfSettings } from '@leadlog/documents';
import { readNamedFile } from './named-files';

/** One that names no id, or none that is one, is known as `standard`. Throws WrongSetting. */
export function documentOfSettings<Content>(kind: DocumentKind<Content>, setting: string, file: string): OfSettings<Content> {
  const what = `${/^[aeiou]/.test(kind.noun) ? 'an' : 'a'} ${kind.noun}`;
  const document = readNamedFile(setting, what, file, (text, name) => kind.read(text, name));
  return { ...document, id: document.id !== undefined && isDocumentId(document.id) ? document.id : 'standard' };
}
