import type { useTexts } from '../app/texts';
import type { words } from '../app/words';

/** Of a channel of consent; of one that has no word of ours, as it is. */
export const channelName = (channel: string, w: ReturnType<typeof useTexts<(typeof words)['en']>>): string =>
  channel === 'email' || channel === 'phone' || channel === 'mail' || channel === 'any' ? w(`channels.${channel}`) : channel;
