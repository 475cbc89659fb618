import { parsePolicy } from '@leadlog/handoff';
import { isWithheld } from './policy';

describe('withdrawn consent', () => {
  const withheld = (consent: string) => {
    const read = parsePolicy(`reps: [{ id: a, team: t }]\nsla: { accept: 1h, contact: 1h }\n${consent}`);
    return ['phone', ' Phone', 'ｐｈｏｎｅ', 'email', 'post'].filter((channel) => isWithheld(read, channel));
  };

  it.each([
    ['', []],
    ['consent: warn', []],
    ['consent: withhold', ['phone', ' Phone', 'ｐｈｏｎｅ', 'email', 'post']],
    ['consent: { phone: withhold, email: warn }', ['phone', ' Phone', 'ｐｈｏｎｅ']],
    ['consent: { email: warn, others: withhold }', ['phone', ' Phone', 'ｐｈｏｎｅ', 'post']],
  ])('is withheld by channel, however it is written: %s', (consent, channels) => expect(withheld(consent)).toEqual(channels));
});
