import { assign, parsePolicy } from '@leadlog/handoff';
import { isWithheld } from './policy/policy';

const policy = parsePolicy(`
reps:
  - { id: rep-1, team: inside-1, weight: 3 }
  - { id: rep-2, team: inside-2 }
sla: { accept: 4h, contact: 1d }
`);
const share = (of: typeof policy, rep: string, n = 4_000): number => {
  let taken = 0;
  for (let handoff = 0; handoff < n; handoff += 1) if (assign(of, `lead-${handoff}.1`, [], []).repId === rep) taken += 1;
  return taken / n;
};

describe('assignment of a handoff', () => {
  it('prefers the rep who had the lead, then one who has its account', () => {
    expect(assign(policy, 'h', ['rep-2'], ['rep-1'])).toEqual({ repId: 'rep-2', teamId: 'inside-2', method: 'previousRep' });
    expect(assign(policy, 'h', [], ['rep-2', 'rep-1'])).toEqual({ repId: 'rep-2', teamId: 'inside-2', method: 'accountOwner' });
  });

  it('passes over a rep who is no longer in the policy', () => {
    expect(assign(policy, 'h', ['rep-gone', 'rep-1'], [])).toMatchObject({ repId: 'rep-1', method: 'previousRep' });
    expect(assign(policy, 'h', ['rep-gone'], ['rep-2'])).toMatchObject({ repId: 'rep-2', method: 'accountOwner' });
  });

  it('gives the same handoff to the same rep each time, whatever the order of the policy', () => {
    const turned = { ...policy, reps: [...policy.reps].reverse() };
    for (let n = 0; n < 50; n += 1) expect(assign(turned, `h-${n}`, [], [])).toEqual(assign(policy, `h-${n}`, [], []));
  });

  it('gives shares as large as the weights', () => {
    // Four standard deviations of a share of 3/4 over 4,000 handoffs.
    expect(Math.abs(share(policy, 'rep-1') - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 4_000));
  });

  it('moves, when a rep joins, only what the new one gets', () => {
    const joined = { ...policy, reps: [...policy.reps, { id: 'rep-3', team: 'inside-1', weight: 1 }] };
    for (let n = 0; n < 500; n += 1) {
      const now = assign(joined, `h-${n}`, [], []);
      if (now.repId !== 'rep-3') expect(now).toEqual(assign(policy, `h-${n}`, [], []));
    }
    expect(share(joined, 'rep-3')).toBeGreaterThan(0.1);
  });
});

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
