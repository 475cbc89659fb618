import { withoutPerson } from './erased-person';

const gone = new Set(['lead-1']);
const delivery = (data: object) => ({ id: 'd-1', type: 'lead.handed_off', timestamp: '2026-06-01T00:00:00.000Z', data });
const dossier = { profile: { name: '青山 晴香' }, colleagues: [] };

describe('a delivery when somebody is forgotten', () => {
  it('about them says so, keeps whose handoff it is, and is changed once', () => {
    const left = withoutPerson(
      delivery({ handoff: { handoffId: 'lead-1.1', state: 'returned', reason: '異動' }, event: { leadId: 'lead-1', runId: 'r', dossier } }),
      gone,
    );
    expect(left).toEqual(
      delivery({ handoff: { handoffId: 'lead-1.1', state: 'returned' }, event: { leadId: 'lead-1', runId: 'r' }, erased: true }),
    );
    expect(withoutPerson(left, gone)).toBeUndefined();
  });

  it('about a deadline or an assignment of theirs loses the reason in somebody’s words', () => {
    const about = { leadId: 'lead-1', handoff: { handoffId: 'lead-1.1', reason: '異動' }, step: 'accept' };
    expect(withoutPerson(delivery(about), gone)).toEqual(
      delivery({ leadId: 'lead-1', handoff: { handoffId: 'lead-1.1' }, step: 'accept', erased: true }),
    );
  });

  it('about a colleague no longer names them, once, and keeps what they did', () => {
    const event = (colleague: object) => ({
      leadId: 'lead-2',
      dossier: { ...dossier, colleagues: [colleague, { leadId: 'lead-3', name: '小川' }] },
    });
    const left = withoutPerson(
      delivery({ event: event({ leadId: 'lead-1', name: '青山 晴香', title: '部長', counts: { WebPageViewed: 3 } }) }),
      gone,
    );
    expect(left).toEqual(delivery({ event: event({ leadId: 'lead-1', title: '部長', counts: { WebPageViewed: 3 } }) }));
    expect(withoutPerson(left, gone)).toBeUndefined();
  });

  it.each([
    [delivery({ leadId: 'lead-10' })],
    [delivery({ event: { leadId: 'lead-2' } })],
    [null],
    [7],
    [{ model: 'm' }],
    [{ data: null }],
  ])('about others, or another job, stays: %j', (payload) => expect(withoutPerson(payload, gone)).toBeUndefined());
});
