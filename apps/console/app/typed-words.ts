/** Words that are typed into a field, and told to an address which others change, too. */
export interface TypedWords {
  typed: string;
  /** What was told last, and whether or not the address has it yet. */
  told: string;
  /** What the address had last. */
  had: string;
}

/** The address has these now. What was not told by the field is of somebody else: of another link, or of the way back. */
export const addressHas = (words: TypedWords, has: string): TypedWords =>
  has === words.had ? words : has === words.told ? { ...words, had: has } : { typed: has, told: has, had: has };

export const tellWords = (words: TypedWords): TypedWords => ({ ...words, told: words.typed.trim() });
