import { isDocumentId, type DocumentKind, type OfSettings } from '@leadlog/documents';
import { readNamedFile } from './named-files';

/** One that names no id, or none that is one, is known as `standard`. Throws WrongSetting. */
export function documentOfSettings<Content>(kind: DocumentKind<Content>, setting: string, file: string): OfSettings<Content> {
  const document = readNamedFile(setting, `a ${kind.noun}`, file, (text, name) => kind.read(text, name));
  return { ...document, id: document.id !== undefined && isDocumentId(document.id) ? document.id : 'standard' };
}

/** What an operator should know: that the file that was set is not what counts. `published`: the version that does. */
export function overruledDocument(setting: string, { id, version }: OfSettings, published: string): string | undefined {
  if (published === version) return undefined;
  return `${setting}: the file is version ${version} of ${id}, but version ${published} was published, and that is what counts`;
}
