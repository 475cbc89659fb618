/** What somebody has typed of documents, by a name for each. Saved: the engine has it, as a draft or as a version. */
export type TypedDocuments = Readonly<Record<string, { text: string; isSaved: boolean }>>;

/** Left out: back to what is in force. */
export function typed(before: TypedDocuments, name: string, text: string | undefined, isSaved = false): TypedDocuments {
  const { [name]: _before, ...others } = before;
  return text === undefined ? others : { ...others, [name]: { text, isSaved } };
}

/** What was typed since then is not. */
export const saved = (before: TypedDocuments, name: string, text: string): TypedDocuments =>
  before[name]?.text === text ? { ...before, [name]: { text, isSaved: true } } : before;

export const isAllSaved = (documents: TypedDocuments): boolean => Object.values(documents).every(({ isSaved }) => isSaved);
