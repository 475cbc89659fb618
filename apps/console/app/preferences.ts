import { useSyncExternalStore } from 'react';

export const LANGUAGES = ['ja', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

interface Preferences {
  language: Language;
  theme: Theme;
}

const KEPT_AS = 'leadlog';
const listeners = new Set<() => void>();
let now: Preferences = read();
show();

/** What somebody has chosen on this device; at first, what their browser says. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => now,
  );
}

export function prefer(change: Partial<Preferences>): void {
  now = { ...now, ...change };
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  show();
  for (const listener of listeners) listener();
}

function read(): Preferences {
  let kept: Partial<Preferences> = {};
  try {
    kept = (JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}') ?? {}) as Partial<Preferences>;
  } catch {
    // As if there were none.
  }
  return {
    language: LANGUAGES.find((one) => one === kept.language) ?? (navigator.languages.some((one) => /^ja\b/.test(one)) ? 'ja' : 'en'),
    theme: THEMES.find((one) => one === kept.theme) ?? 'system',
  };
}

function show(): void {
  const { documentElement: page } = document;
  page.lang = now.language;
  if (now.theme === 'system') delete page.dataset['theme'];
  else page.dataset['theme'] = now.theme;
}
