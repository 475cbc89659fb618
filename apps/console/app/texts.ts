import { createTranslator } from 'use-intl/core';
import { usePreferences, type Language } from './preferences';

interface Tree {
  readonly [key: string]: string | Tree;
}
/** The same keys, with other words. */
type Likewise<T> = { readonly [Key in keyof T]: T[Key] extends string ? string : Likewise<T[Key]> };

/** Words of a screen in both languages (ICU MessageFormat); a key that one of them lacks, or has alone, does not compile. */
export function texts<const English extends Tree>(both: { en: English; ja: Likewise<English> }): Texts<English> {
  return both;
}

export interface Texts<English extends Tree> {
  readonly en: English;
  readonly ja: Likewise<English>;
}

const translators = new WeakMap<object, Partial<Record<Language, unknown>>>();

function translatorOf<English extends Tree>(of: Texts<English>, language: Language): Translate<English> {
  const made = translators.get(of) ?? {};
  translators.set(of, made);
  // Typed by the English words; the others have the same keys.
  return (made[language] ??= createTranslator({ locale: language, messages: of[language] as English })) as Translate<English>;
}

export type Translate<English extends Tree> = ReturnType<typeof createTranslator<English>>;

/** `t('key', { values })` in the language of whoever looks. */
export function useTexts<English extends Tree>(of: Texts<English>): Translate<English> {
  return translatorOf(of, usePreferences().language);
}
