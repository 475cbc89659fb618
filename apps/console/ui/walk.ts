/** What a keyboard event tells of walking; `target` is what has the focus. */
export interface WalkEvent {
  key: string;
  metaKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  target: unknown;
}

const LETTERS: Readonly<Record<string, number>> = { j: 1, k: -1 };
const PAGE = 12;
const ARROWS: Readonly<Record<string, number>> = {
  ...LETTERS,
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: PAGE,
  PageUp: -PAGE,
  Home: -Infinity,
  End: Infinity,
};

/**
 * Where a key leads from the row `at` (-1: none has the focus) of so many: J and K as in a mailbox, and the arrows with their like, unless what
 * lies in a row needs those itself. Undefined for any other key, and for what somebody types.
 */
export function walkedTo(event: WalkEvent, at: number, count: number, keys: 'letters' | 'arrows' = 'arrows'): number | undefined {
  if (event.metaKey || event.ctrlKey || event.altKey || count === 0 || isTyping(event.target)) return undefined;
  const step = (keys === 'letters' ? LETTERS : ARROWS)[event.key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, at + step));
}

interface Place {
  closest?(selector: string): unknown;
}
export const isTyping = (target: unknown): boolean => !!(target as Place | null)?.closest?.('input, textarea, select, [contenteditable]');
