import fc from 'fast-check';
import { v5 } from 'uuid';
import { DECISION_NAMESPACE, decisionId, EVENT_NAMESPACE, eventIdOf } from '@leadlog/events';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ minLength: 300, maxLength: 900 }),
  fc.constant('青山 晴香'),
);

describe('event ids', () => {
  it('are UUIDs of version 5, digit by digit what the uuid package says', () => {
    fc.assert(fc.property(anyText, anyText, (source, id) => eventIdOf(source, id) === v5(JSON.stringify([source, id]), EVENT_NAMESPACE)));
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (parts) => decisionId(...parts) === v5(JSON.stringify(parts), DECISION_NAMESPACE)),
    );
  });

  it('stay the same for ever: a retry after an upgrade is no new event', () => {
    expect(eventIdOf('https://web.example', '42')).toBe('e0dae503-0766-5db7-ba51-34a3ae945ed8');
    expect(decisionId('tier', 'lead-1', 'hot')).toBe('867f12a1-64d2-5777-8d14-1f085a8cf9ea');
  });

  it('keep source and id apart', () => {
    expect(eventIdOf('a', 'bc')).not.toBe(eventIdOf('ab', 'c'));
    expect(decisionId('a', '')).not.toBe(decisionId('a'));
  });
});
