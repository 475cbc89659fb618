import { versionOfMeaning } from './meaning';
import type { DocumentEvents, DocumentText } from './stored-document';
import type { YamlDocument } from './yaml-document';

/** A kind of document that people write, draft and publish. `Content`: what one means, as plain data. */
export interface DocumentKind<Content = unknown> extends DocumentEvents {
  /** In addresses: `handoff-policy`. */
  name: string;
  /** JSON Schema (draft 2020-12). */
  schema: object;
  /** Checks a text (YAML or JSON). `id`: the document that it must be. Throws InvalidDocument. */
  read(text: string, file: string, id?: string): ReadDocument<Content>;
  /** What was published counts as it is, even if the present program would refuse it from its author. Throws InvalidDocument. */
  contentOf(document: { definition: object; text?: string }, name: string): Content;
}

export interface ReadDocument<Content = unknown> extends DocumentText {
  /** The one that was asked for, else the one that it names, if it names one. */
  id?: string;
  content: Content;
}

/**
 * What is kept of a document that was checked. `meaningOf`: what of its content makes its version, if not all. Throws InvalidDocument for
 * what cannot be kept.
 */
export function keptOf<Content>(
  document: YamlDocument,
  text: string,
  contentOf: (definition: object) => Content,
  meaningOf: (content: Content) => unknown = (content) => content,
): ReadDocument<Content> {
  const definition = document.keptDefinition();
  // Of the data, not of the text: what is kept must mean what it was called.
  const content = contentOf(definition);
  return { version: versionOfMeaning(meaningOf(content)), definition, text, content };
}

/** The document that the settings name. */
export type OfSettings<Content = unknown> = ReadDocument<Content> & { id: string };

/** As addresses and streams name documents. */
export const isDocumentId = (text: string): boolean => /^[A-Za-z0-9][\w.-]{0,63}$/.test(text);
