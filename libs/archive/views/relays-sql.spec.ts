import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { relaysProjection } from '@leadlog/handoff';
import { relaysOf } from '@leadlog/handoff/relays/relay-standing';
import { archiveOf, rowsOf, testFolder } from '../archived-history.testing';

const folder = testFolder();
const day = (n: number): string => new Date(Date.parse('2026-06-01T00:00:00Z') + n * 86_400_000).toISOString();

const moment = fc.integer({ min: 0, max: 40 }).map((half) => half / 2);
const leadId = fc.constantFrom('lead', 'twin');
const appointmentId = fc.constantFrom('a-1', 'a-2');
const rep = fc.constantFrom('rep-1', 'rep-2', 'rep-3');
const dealId = fc.constantFrom('d-1', 'd-2');
const fact: fc.Arbitrary<() => RecordedEvent> = fc.oneof(
  fc.record({ leadId, appointmentId, repId: rep, dealId: fc.option(dealId, { nil: undefined }), n: moment }).map(
    ({ n, ...data }) =>
      () =>
        recorded('AppointmentBooked', { ...data, scheduledAt: day(n + 5), sourceCallId: undefined }, { at: day(n) }),
  ),
  fc.record({ leadId, appointmentId, fromRepId: rep, toRepId: rep, n: moment }).map(
    ({ n, ...data }) =>
      () =>
        recorded('AppointmentRelayed', { ...data, note: undefined }, { at: day(n) }),
  ),
  fc.record({ leadId, appointmentId, repId: rep, n: moment }).map(
    ({ n, ...data }) =>
      () =>
        recorded('RelayAccepted', data, { at: day(n) }),
  ),
  fc.record({ leadId, appointmentId, repId: rep, n: moment }).map(
    ({ n, ...data }) =>
      () =>
        recorded('RelayRejected', data, { at: day(n) }),
  ),
  fc
    .record({ leadId, appointmentId, meetingId: fc.constantFrom('m-1', 'm-2'), dealId: fc.option(dealId, { nil: undefined }), n: moment })
    .map(
      ({ n, ...data }) =>
        () =>
          recorded('MeetingHeld', { ...data, startedAt: day(n) }, { at: day(n) }),
    ),
  fc.record({ leadId, dealId, n: moment, won: fc.boolean() }).map(
    ({ n, won, ...data }) =>
      () =>
        recorded(won ? 'DealWon' : 'DealLost', data, { at: day(n) }),
  ),
);

function ofCase(event: RecordedEvent, n: number, place: number): RecordedEvent {
  const occurredAt = event.occurredAt + place;
  const data = JSON.parse(JSON.stringify(event.data).replace(/"(lead|twin|a-|m-|d-)/g, `"$1${n}-`)) as object;
  const stream = event.stream.replace(/^([a-z]+)-(lead|twin|d-)/, `$1-$2${n}-`);
  return { ...event, stream, data, occurredAt, metadata: { ...event.metadata, occurredAt: new Date(occurredAt).toISOString() } };
}

it('relays in SQL are those of the read model, whatever happened to them, also of leads that have become one', async () => {
  const log = SqliteEventLog.open({ file: folder('log.db') });
  const expected: Record<string, unknown>[] = [];
  for (const [n, made] of fc.sample(fc.array(fact, { minLength: 3, maxLength: 12 }), { numRuns: 200, seed: 3 }).entries()) {
    const events = made.map((make, place) => ofCase(make(), n, place));
    const merge = recorded('LeadsMerged', { leadId: `twin${n}-`, mergedId: `twin${n}-`, survivorId: `lead${n}-` });
    for (const outcome of await log.appendMany([...events, merge].map(asAppend))) if (!outcome.ok) throw outcome.error;
    // What one lead says of a deal is not known to another; after the merge they are one.
    const state = events.reduce((known, event) => relaysProjection.evolve(known, event), relaysProjection.initial(`lead${n}-`));
    for (const { appointmentId: appointment, fromRepId, repId, state: status, at, answeredAt, held, deal } of relaysOf(state))
      expected.push({
        appointment,
        inside_rep: fromRepId,
        field_rep: repId,
        status,
        relayed_at: at,
        answered_at: answeredAt ?? null,
        held_at: held?.at ?? null,
        won_at: deal?.state === 'won' ? deal.at : null,
      });
  }
  const archive = await archiveOf(log, folder('archive'), 'tail');
  const { connection } = await archive.snapshot();
  const rows = await rowsOf(
    connection,
    'SELECT appointment, inside_rep, field_rep, status, relayed_at, answered_at, held_at, won_at FROM relays ORDER BY appointment, relayed_at',
  );
  const inOrder = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
    String(a['appointment']) === String(b['appointment'])
      ? Number(a['relayed_at']) - Number(b['relayed_at'])
      : String(a['appointment']) < String(b['appointment'])
        ? -1
        : 1;
  expect(rows).toEqual(expected.sort(inOrder));
  expect([...new Set(rows.map(({ status }) => status))].sort()).toEqual(['accepted', 'rejected', 'waiting']);
  expect(rows.filter(({ won_at: wonAt }) => wonAt !== null).length).toBeGreaterThan(0);
  archive.close();
  await log.close();
});
