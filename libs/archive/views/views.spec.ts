import type { DuckDBConnection } from '@duckdb/node-api';
import type { EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, type LeadState } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import type { ArchiveReader, Snapshot } from '../archive-reader';
import { archiveOf, rowsOf, simulatedLog, testFolder, TOKYO } from '../archived-history.testing';
import { VIEWS } from './views';

const folder = testFolder();
let log: EventLog;
let archive: ArchiveReader;
let snapshot: Snapshot;
beforeAll(async () => {
  log = await simulatedLog(folder('log.db'));
  archive = await archiveOf(log, folder('archive'), 'segments');
  snapshot = await archive.snapshot();
});
afterAll(() => archive.close());

const shown = VIEWS.filter(({ internal }) => !internal);

describe('the views', () => {
  it.each(shown)('$name: every column is documented, and no other', async ({ name, columns }) => {
    const described = await rowsOf(snapshot.connection, `DESCRIBE ${name}`);
    expect(columns.map((column) => column.name)).toEqual(described.map((row) => row['column_name']));
    for (const { description } of columns) expect(description).toMatch(/^\S.+[^.]$/);
  });

  // Nobody is asked for consent in it.
  it.each(shown.filter(({ name }) => name !== 'consents'))('$name: has rows of the simulated history', async ({ name }) => {
    expect((await snapshot.connection.runAndReadAll(`SELECT * FROM ${name}`)).currentRowCount).toBeGreaterThan(0);
  });
});

describe('leads in SQL', () => {
  it('are those of the read model, field by field', async () => {
    const store = SqliteReadModelStore.open({ file: folder('read-models.db') });
    const engine = new ProjectionEngine({
      log,
      store,
      sources: [fromCode(leadsProjection({ timezone: TOKYO }) as Projection)],
      decode,
      clock: Date.now,
    });
    await engine.start();
    const readModels = new LiveReadModels(store);
    await readModels.reached(['leads'], await log.head(), 300_000);
    const expected: Record<string, unknown>[] = [];
    for await (const [lead, { capture, account, role, profile, firstSeenAt, lastActivityAt }] of (
      await readModels.view('leads')
    ).scan<LeadState>()) {
      const set = Object.assign({}, ...profile.map((layer) => layer.set)) as Record<string, unknown>;
      const { company, title, industry, employees, email } = set;
      const email_domain = (email as string | undefined)?.split('@')[1];
      const has = ['name', 'email', 'phone'].filter((field) => set[field] !== undefined);
      const known = {
        captured_at: capture?.at,
        channel: capture?.channel,
        origin: capture?.origin,
        campaign: capture?.campaignId,
        region: capture?.region,
        account: account?.accountId,
        role: role?.role,
      };
      expected.push({
        lead,
        ...known,
        company,
        title,
        industry,
        employees,
        email_domain,
        has,
        first_seen_at: firstSeenAt,
        last_activity_at: lastActivityAt,
      });
    }
    await engine.stop();
    await store.close();
    const rows = await rowsOf(snapshot.connection, `SELECT ${Object.keys(expected[0]!).join(', ')} FROM leads ORDER BY lead`);
    const known = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])));
    expect(known).toEqual(expected.sort((a, b) => (String(a['lead']) < String(b['lead']) ? -1 : 1)));
  });
});

describe('a correction with the same date', () => {
  it('holds because it was recorded later, whatever its id', async () => {
    const at = '2026-06-04T10:00:00+09:00';
    const [told, corrected] = [
      { at, id: 'ffffffff-ffff-5fff-bfff-ffffffffffff' },
      { at, id: '00000000-0000-5000-8000-000000000000' },
    ];
    const events = SqliteEventLog.open({ file: folder('log.db') });
    const book = (more: object) =>
      recorded('AppointmentBooked', { leadId: 'lead', appointmentId: 'a-1', dealId: undefined, sourceCallId: undefined, ...more });
    for (const event of [
      recorded('CallCompleted', { leadId: 'lead', callId: 'c-1', outcome: 'refused' }, told),
      recorded('CallCompleted', { leadId: 'lead', callId: 'c-1', outcome: 'reached' }, corrected),
      recorded('ProfileUpdated', { leadId: 'lead', changes: { title: 'wrong' } }, { at, id: 'eeeeeeee-eeee-5eee-beee-eeeeeeeeeeee' }),
      recorded('ProfileUpdated', { leadId: 'lead', changes: { title: 'right' } }, { at, id: '11111111-1111-5111-8111-111111111111' }),
      { ...book({ repId: 'first' }), id: 'dddddddd-dddd-5ddd-bddd-dddddddddddd' },
      { ...book({ repId: 'again' }), id: '22222222-2222-5222-8222-222222222222' },
    ])
      await events.append(event.stream, asAppend(event as never).events, { expected: 'any' });
    const reader = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await reader.snapshot();
    expect(
      await rowsOf(
        connection,
        'SELECT calls.outcome, leads.title, appointments.rep FROM leads JOIN calls USING (lead) JOIN appointments USING (lead)',
      ),
    ).toEqual([{ outcome: 'reached', title: 'right', rep: 'first' }]);
    reader.close();
    await events.close();
  });
});

describe('a change of tier', () => {
  it('tells the points before the cap, also where no cap took anything and the decision says none', async () => {
    const events = SqliteEventLog.open({ file: folder('log.db') });
    for (const event of [
      recorded('LeadTierChanged', { leadId: 'lead-1', score: { engagement: 63.2 } }),
      recorded('LeadTierChanged', { leadId: 'lead-2', score: { engagement: 100 }, uncapped: { engagement: 143.5 } }),
    ])
      await events.append(event.stream, asAppend(event as never).events, { expected: 'any' });
    const reader = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await reader.snapshot();
    const sql =
      "SELECT lead, (score ->> '$.engagement')::DOUBLE AS score, (uncapped ->> '$.engagement')::DOUBLE AS uncapped FROM tier_changes ORDER BY lead";
    expect(await rowsOf(connection, sql)).toEqual([
      { lead: 'lead-1', score: 63.2, uncapped: 63.2 },
      { lead: 'lead-2', score: 100, uncapped: 143.5 },
    ]);
    reader.close();
    await events.close();
  });
});

describe('what counts', () => {
  const of = (lead: string) => ({ leadId: lead });
  const page = recorded('WebPageViewed', { ...of('twin'), category: 'price' }, { at: '2026-06-01T23:30:00+09:00' });
  const bot = recorded('EmailLinkClicked', of('twin'), { at: '2026-06-02T10:00:00+09:00', recordedAt: '2026-06-02T10:00:00+09:00' });
  const merge = recorded('LeadsMerged', { ...of('twin'), mergedId: 'twin', survivorId: 'lead' }, { at: '2026-06-03T10:00:00+09:00' });
  const newLog = () => SqliteEventLog.open({ file: folder('log.db') });
  const touched = (connection: DuckDBConnection) => rowsOf(connection, 'SELECT lead, type FROM touchpoints ORDER BY position');

  it.each(['tail', 'segments'] as const)('a merged lead is its survivor, and itself again when that is reverted (%s)', async (from) => {
    const events = newLog();
    for (const event of [page, bot, merge]) await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    const merged = await archiveOf(events, folder('archive'), from);
    const { connection } = await merged.snapshot();
    expect(await touched(connection)).toEqual([
      { lead: 'lead', type: 'WebPageViewed' },
      { lead: 'lead', type: 'EmailLinkClicked' },
    ]);
    expect(await rowsOf(connection, "SELECT lead, type FROM events WHERE type = 'WebPageViewed'")).toEqual([
      { lead: 'twin', type: 'WebPageViewed' },
    ]);
    expect(await rowsOf(connection, 'SELECT lead, events FROM leads')).toEqual([{ lead: 'lead', events: 2 }]);

    // One of the survivor's voids an event of the merged one: they are one person.
    const voided = recorded('TouchpointInvalidated', { ...of('lead'), targetEventId: bot.id, reason: 'bot' });
    await events.append(voided.stream, asAppend(voided).events, { expected: 'any' });
    await merged.snapshot();
    expect(await touched(connection)).toEqual([{ lead: 'lead', type: 'WebPageViewed' }]);

    // As two again, the one has nothing to say about the other.
    const reverted = recorded('MergeReverted', { ...of('twin'), mergeEventId: merge.id });
    await events.append(reverted.stream, asAppend(reverted).events, { expected: 'any' });
    await merged.snapshot();
    expect(await touched(connection)).toEqual([
      { lead: 'twin', type: 'WebPageViewed' },
      { lead: 'twin', type: 'EmailLinkClicked' },
    ]);
    merged.close();
    await events.close();
  });

  it('of a call that is sent again the event that happened last holds, in whatever order they came', async () => {
    const call = (at: string, outcome: 'busy' | 'reached') =>
      recorded('CallCompleted', { ...of('lead'), callId: 'c', startedAt: '2026-05-31T15:00:00Z', outcome }, { at });
    const events = newLog();
    for (const event of [call('2026-06-02T10:00:00Z', 'reached'), call('2026-06-01T10:00:00Z', 'busy')])
      await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    expect(await rowsOf(connection, 'SELECT call, outcome, answered, started_day, weekday, hour FROM calls')).toEqual([
      { call: 'c', outcome: 'reached', answered: true, started_day: '2026-06-01', weekday: 1, hour: 0 },
    ]);
    archive.close();
    await events.close();
  });

  it('a call that is told again is one contact of one company, also where two leads that became one tell of it; and a card is as it was first exchanged', async () => {
    const at = (day: number): string => `2026-06-0${day}T10:00:00+09:00`;
    const ms = (day: number): number => Date.parse(at(day));
    const call = (leadId: string, day: number, accountId: string, outcome: 'refused' | 'reached') =>
      recorded('CallCompleted', { leadId, callId: 'c', accountId, startedAt: at(day), outcome }, { at: at(day) });
    const card = (day: number, accountId: string, rep: string, teamId?: string) =>
      recorded(
        'BusinessCardExchanged',
        { ...of('lead'), cardId: 'k', repId: rep, accountId },
        { at: at(day), metadata: { actor: { kind: 'rep', id: rep, teamId } } },
      );
    const history = [
      recorded('LeadHandedOff', { ...of('lead'), handoffId: 'lead.1', runId: 'lead.run-1' }, { at: at(1) }),
      call('lead', 3, 'right', 'refused'),
      call('twin', 2, 'wrong', 'refused'),
      call('twin', 4, 'right', 'reached'),
      card(5, 'right', 'rep-1'),
      card(6, 'resold', 'rep-2', 'team-2'),
    ];
    const events = newLog();
    const told = async (event: ReturnType<typeof recorded>): Promise<void> =>
      void (await events.append(event.stream, asAppend(event).events, { expected: 'any' }));
    for (const event of history) await told(event);
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    const contacts = () =>
      rowsOf(
        connection,
        "SELECT first_contact_at, last_contact_at, touched, calls FROM handoffs JOIN leads USING (lead), (SELECT count(*) AS touched FROM touchpoints WHERE type = 'CallCompleted'), (SELECT count(*) AS calls FROM calls)",
      );
    const companies = () => rowsOf(connection, 'SELECT account, first_seen_at, last_seen_at FROM accounts ORDER BY account');
    expect(await contacts()).toEqual([{ first_contact_at: ms(3), last_contact_at: ms(3), touched: 2, calls: 2 }]);
    expect(await companies()).toEqual([{ account: 'right', first_seen_at: ms(3), last_seen_at: ms(5) }]);
    expect(await rowsOf(connection, 'SELECT card, rep, team, account, exchanged_at FROM cards')).toEqual([
      { card: 'k', rep: 'rep-1', team: null, account: 'right', exchanged_at: ms(5) },
    ]);

    const merge = recorded('LeadsMerged', { ...of('twin'), mergedId: 'twin', survivorId: 'lead' }, { at: at(7) });
    await told(merge);
    await archive.snapshot();
    expect(await contacts()).toEqual([{ first_contact_at: ms(4), last_contact_at: ms(4), touched: 1, calls: 1 }]);
    expect(await companies()).toEqual([{ account: 'right', first_seen_at: ms(4), last_seen_at: ms(5) }]);

    await told(recorded('MergeReverted', { ...of('twin'), mergeEventId: merge.id }, { at: at(8) }));
    await archive.snapshot();
    expect(await contacts()).toEqual([{ first_contact_at: ms(3), last_contact_at: ms(3), touched: 2, calls: 2 }]);
    archive.close();
    await events.close();
  });

  it('money is exact in the smallest unit of its currency, whichever that is', async () => {
    const events = newLog();
    const won = [
      { value: 5_000, currency: 'JPY' },
      { value: 0.29, currency: 'USD' },
      { value: 1.005, currency: 'KWD' },
    ];
    for (const [n, amount] of won.entries()) {
      const event = recorded('DealWon', { ...of('lead'), dealId: `d${n}`, amount });
      await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    }
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    expect(await rowsOf(connection, 'SELECT status, amount_minor, currency FROM deals ORDER BY deal')).toEqual(
      [5_000, 29, 1_005].map((minor, n) => ({ status: 'won', amount_minor: minor, currency: won[n]!.currency })),
    );
    archive.close();
    await events.close();
  });

  it('an erasure leaves what is not personal, so that numbers stay', async () => {
    const events = newLog();
    const history = [
      recorded('LeadCaptured', { ...of('lead'), profile: { company: 'ACME', title: 'buyer' } }, { at: '2026-06-01T10:00:00+09:00' }),
      recorded('PersonalDataErased', of('lead'), { at: '2026-06-02T10:00:00+09:00' }),
      recorded('ProfileUpdated', { ...of('lead'), changes: { title: 'director' } }, { at: '2026-06-03T10:00:00+09:00' }),
    ];
    for (const event of history) await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    expect(await rowsOf(connection, 'SELECT lead, channel, company, title, tier FROM leads')).toEqual([
      { lead: 'lead', channel: history[0]!.data['channel' as never], company: 'ACME', title: 'director', tier: 'cold' },
    ]);
    archive.close();
    await events.close();
  });

  it('of the changes of a consent the last one holds, whatever order they arrive in, also of a merged lead', async () => {
    const events = newLog();
    const change = (lead: string, channel: string, status: 'granted' | 'withdrawn', n: number) =>
      recorded('ConsentChanged', { ...of(lead), channel, status }, { at: `2026-06-0${n}T10:00:00+09:00` });
    const byMistake = change('lead', 'email', 'granted', 5);
    const history = [
      change('lead', 'email', 'withdrawn', 3),
      change('twin', 'email', 'granted', 2),
      change('lead', 'phone', 'granted', 1),
      byMistake,
      recorded('TouchpointInvalidated', { ...of('lead'), targetEventId: byMistake.id }, { at: '2026-06-06T10:00:00+09:00' }),
      recorded('LeadsMerged', { ...of('twin'), mergedId: 'twin', survivorId: 'lead' }, { at: '2026-06-07T10:00:00+09:00' }),
    ];
    for (const event of history) await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    expect(await rowsOf(connection, 'SELECT lead, channel, status, holds FROM consents ORDER BY changed_at')).toEqual([
      { lead: 'lead', channel: 'phone', status: 'granted', holds: true },
      { lead: 'lead', channel: 'email', status: 'granted', holds: false },
      { lead: 'lead', channel: 'email', status: 'withdrawn', holds: true },
    ]);
    archive.close();
    await events.close();
  });

  it('of a target the last word holds, whatever its date; a mail is opened when a human did it', async () => {
    const events = newLog();
    const mail = { ...of('lead'), messageId: 'm', mailingId: 'newsletter' };
    const history = [
      recorded(
        'KpiTargetSet',
        { scope: 'rep', scopeId: 'rep-1', kpi: 'calls', period: '2026-06', value: 100 },
        { at: '2026-06-02T10:00:00+09:00' },
      ),
      recorded(
        'KpiTargetSet',
        { scope: 'rep', scopeId: 'rep-1', kpi: 'calls', period: '2026-06', value: 80 },
        { at: '2026-06-01T10:00:00+09:00' },
      ),
      recorded('EmailDelivered', mail, { at: '2026-06-01T10:00:00+09:00' }),
      recorded('EmailOpened', { ...mail, machineLikelihood: 0.97 }, { at: '2026-06-01T10:00:02+09:00' }),
      recorded('EmailOpened', { ...mail, machineLikelihood: 0.05 }, { at: '2026-06-01T11:00:00+09:00' }),
    ];
    for (const event of history) await events.append(event.stream, asAppend(event).events, { expected: 'any' });
    const archive = await archiveOf(events, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    expect(await rowsOf(connection, 'SELECT scope_id, kpi, period, value FROM targets')).toEqual([
      { scope_id: 'rep-1', kpi: 'calls', period: '2026-06', value: 80 },
    ]);
    expect(await rowsOf(connection, 'SELECT message, mailing, opened_at, opens, clicks FROM mails')).toEqual([
      { message: 'm', mailing: 'newsletter', opened_at: Date.parse('2026-06-01T11:00:00+09:00'), opens: 2, clicks: 0 },
    ]);
    archive.close();
    await events.close();
  });
});
