import type { useTexts } from '../app/texts';
import type { words } from '../app/words';

/** Why sales may give a lead back at once. */
export const REJECTIONS = ['badFit', 'noNeed', 'badTiming', 'duplicate', 'badData', 'competitor', 'other'] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Of a rejection; what somebody wrote, as of a return, as it is. */
export const reasonName = (reason: string, w: ReturnType<typeof useTexts<(typeof words)['en']>>): string =>
  (REJECTIONS as readonly string[]).includes(reason) ? w(`rejections.${reason as Rejection}`) : reason;
