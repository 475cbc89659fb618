import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'yaml';
import { VIEWS, type ArchiveReader } from '@leadlog/archive';
import { archiveOf, rowsOf, SIMULATED_TO, simulatedLog, testFolder } from '@leadlog/archive/archived-history.testing';
import { kpiSql } from '@leadlog/archive/views/kpi-sql';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { guarded } from '@leadlog/sql/sql-guard';

const GALLERY = join(__dirname, '../../reports');
const NAMES = VIEWS.filter(({ internal }) => !internal).map(({ name }) => name);

interface Report {
  title: string;
  description: string;
  parameters: { name: string; type: 'date' | 'text' | 'number' | 'integer'; default: string | number | null; description: string }[];
  chart: { type: string; x: string; y: string | string[]; series?: string };
  sql: string;
}

function reportOf(file: string): Report {
  const [, front, sql] = /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(join(GALLERY, file), 'utf8'))!;
  return { ...(parse(front!) as Omit<Report, 'sql'>), sql: sql! };
}

const files = readdirSync(GALLERY).filter((file) => file.endsWith('.sql'));
const folder = testFolder();
let archive: ArchiveReader;
let connection: DuckDBConnection;
beforeAll(async () => {
  const log = await simulatedLog(folder('log.db'));
  archive = await archiveOf(log, folder('archive'), 'segments');
  ({ connection } = await archive.snapshot());
  // The simulated history has a now of its own.
  await connection.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${SIMULATED_TO * 1_000})`);
});
afterAll(() => archive.close());

const DAY = 86_400_000;
/** Days of the calendar in Tokyo. */
const dayOf = (ms: unknown): number => Math.floor(((ms as number) + 9 * 3_600_000) / DAY);
type Row = Record<string, unknown>;
const view = (name: string): Promise<Row[]> => rowsOf(connection, `FROM ${name}`);
const grouped = (rows: readonly Row[], key: (row: Row) => string): [string, Row[]][] => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups];
};

/** As a reader of the gallery runs it: through the guard, with what is left out at its default. */
async function run(file: string, given: Record<string, string | number> = {}): Promise<Record<string, unknown>[]> {
  const { sql, parameters } = reportOf(file);
  const values = Object.fromEntries(parameters.map(({ name, default: value }) => [name, given[name] ?? value]));
  return rowsOf(connection, (await guarded(connection, sql, NAMES)).text, values);
}

describe('the gallery', () => {
  it.each(files)('%s runs with its defaults, answers rows, and has the columns that its chart shows', async (file) => {
    const { title, description, parameters, chart, sql } = reportOf(file);
    expect([title, description].every((text) => /^[A-Z]/.test(text))).toBe(true);
    for (const { name, type } of parameters) {
      expect(sql).toContain(`$${name}::${{ date: 'DATE', text: 'VARCHAR', number: 'DOUBLE', integer: '' }[type]}`);
      expect(['date', 'text', 'number', 'integer']).toContain(type);
    }
    const rows = await run(file);
    expect(rows.length).toBeGreaterThan(0);
    const shown = [chart.x, chart.y, chart.series ?? []].flat();
    expect(Object.keys(rows[0]!)).toEqual(expect.arrayContaining(shown));
  });
});

describe('reports against the same done by hand', () => {
  it('Kaplan and Meier: the curve of a published example', async () => {
    // Weeks of remission under 6-MP, the example of most textbooks.
    const ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    const going = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    const opened = (n: number, days: number) =>
      recorded('DealOpened', { leadId: `l${n}`, dealId: `d${n}` }, { at: SIMULATED_TO - days * DAY });
    const events = [
      ...ended.flatMap((days, n) => [
        opened(n, 100),
        recorded('DealLost', { leadId: `l${n}`, dealId: `d${n}` }, { at: SIMULATED_TO - (100 - days) * DAY }),
      ]),
      ...going.map((days, n) => opened(100 + n, days)),
    ];
    const log = SqliteEventLog.open({ file: folder('log.db') });
    await log.appendMany(events.map(asAppend));
    const other = await archiveOf(log, folder('archive'), 'tail');
    const snapshot = (await other.snapshot()).connection;
    await snapshot.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${SIMULATED_TO * 1_000})`);
    const rows = await rowsOf(snapshot, reportOf('stage-time.sql').sql, { from: null, to: null });
    const curve = rows
      .filter(({ leaving }) => leaving !== 0)
      .map(({ days, still_there: share }) => [days, Number((share as number).toFixed(3))]);
    expect(curve).toEqual([
      [6, 0.857],
      [7, 0.807],
      [10, 0.753],
      [13, 0.69],
      [16, 0.627],
      [22, 0.538],
      [23, 0.448],
    ]);
    expect(new Set(rows.map(({ median_days: median }) => median))).toEqual(new Set([23]));
    other.close();
    await log.close();
  });

  it('Kaplan and Meier: every stage of the simulated history', async () => {
    const firstDeals = new Map(
      grouped(await view('deals'), ({ lead }) => lead as string).map(([lead, deals]) => [
        lead,
        Math.min(...deals.map(({ opened_at: at }) => at as number)),
      ]),
    );
    const stays = [
      ...(await view('leads'))
        .filter(({ captured_at: at }) => at !== null)
        .map(({ lead, captured_at: from }) => ({ stage: 'lead until its first deal', from, to: firstDeals.get(lead as string) ?? null })),
      ...(await view('handoffs')).map(({ handed_at: from, first_contact_at: to }) => ({
        stage: 'handoff until its first contact',
        from,
        to,
      })),
      ...(await view('deals')).map(({ opened_at: from, closed_at: to }) => ({ stage: 'deal until its outcome', from, to })),
    ].filter(({ from }) => from !== null) as { stage: string; from: number; to: number | null }[];
    const rows = await run('stage-time.sql');
    expect(new Set(rows.map(({ stage }) => stage)).size).toBe(3);
    for (const { stage, days, still_there: share, there, median_days: median } of rows as {
      stage: string;
      days: number;
      still_there: number;
      there: number;
      median_days: number | null;
    }[]) {
      const lengths = stays
        .filter((one) => one.stage === stage)
        .map(({ from, to }) => ({ days: Math.max(0, dayOf(to ?? SIMULATED_TO) - dayOf(from)), left: to !== null }));
      expect(there).toBe(lengths.filter((one) => one.days >= days).length);
      const after = (day: number): number => {
        let left = 1;
        for (let d = 0; d <= day; d += 1) {
          const risk = lengths.filter((one) => one.days >= d).length;
          if (risk > 0) left *= 1 - lengths.filter((one) => one.days === d && one.left).length / risk;
        }
        return left;
      };
      expect(share).toBeCloseTo(after(days), 10);
      if (median !== null) expect([after(median) <= 0.5, median === 0 || after(median - 1) > 0.5]).toEqual([true, true]);
    }
  });

  it('days are those of the calendar, also where the clocks change: in New York a stage is not a day short', async () => {
    const deal = (n: number, opened: string, lost: string) => [
      recorded('DealOpened', { leadId: `l${n}`, dealId: `d${n}` }, { at: opened }),
      recorded('DealLost', { leadId: `l${n}`, dealId: `d${n}` }, { at: lost }),
    ];
    const spring = await answersOf(
      [
        // 95 days and 23.5 hours, and 96 days to the hour: each is left on the 97th day after.
        ...deal(1, '2017-01-10T23:45:00-05:00', '2017-04-17T00:15:00-04:00'),
        ...deal(2, '2017-01-10T10:00:00-05:00', '2017-04-17T11:00:00-04:00'),
        ...deal(3, '2017-03-11T12:00:00-05:00', '2017-03-12T12:00:00-04:00'),
      ],
      'stage-time.sql',
      { from: '2017-01-01', to: '2018-01-01' },
      Date.parse('2018-01-01T00:00:00-05:00'),
      'America/New_York',
    );
    expect(spring.map(({ days, leaving, median_days: median }) => [days, leaving, median])).toEqual([
      [1, 1, 97],
      [97, 2, 97],
    ]);

    const returned = recorded('LeadReturned', { leadId: 'l1', runId: 'r1', reason: 'not now' }, { at: '2017-10-20T10:00:00-04:00' });
    const again = recorded('LeadHandedOff', { leadId: 'l1', handoffId: 'l1.2' }, { at: '2017-11-19T23:30:00-05:00' });
    const won = recorded('DealWon', { leadId: 'l1', dealId: 'd1' }, { at: '2017-11-19T23:45:00-05:00' });
    const download = recorded('ContentDownloaded', { leadId: 'l1', assetId: 'a', title: 'paper' }, { at: '2017-10-20T10:00:00-04:00' });
    const autumn = (file: string, given: Record<string, string | number>) =>
      answersOf(
        [returned, again, won, download],
        file,
        { from: '2017-01-01', to: '2018-01-01', ...given },
        Date.parse('2018-01-01T00:00:00-05:00'),
        'America/New_York',
      );
    for (const [days, counts] of [
      [30, 1],
      [29, 0],
    ] as const) {
      expect(await autumn('return-yield.sql', { days })).toMatchObject([{ handed_again: counts }]);
      expect(await autumn('content-before-wins.sql', { days, least: 1 })).toMatchObject([{ won: counts }]);
      expect(await autumn('attribution.sql', { days })).toMatchObject([
        { act: expect.stringMatching(counts ? /^download/ : /nothing known/) as string },
      ]);
    }
  });

  it('Beta-Binomial: each slot is drawn towards the mean of all, which stays what it was', async () => {
    const appointed = new Set((await view('appointment_calls')).map(({ lead, call }) => `${lead} ${call}`));
    const calls = (await view('calls')).filter(({ outcome }) => outcome !== 'wrongNumber');
    const mean = (of: Row[], is: (row: Row) => boolean) => of.filter(is).length / of.length;
    const chances: [string, (row: Row) => boolean][] = [
      ['answer_chance', ({ answered }) => answered === true],
      ['appointment_chance', ({ lead, call }) => appointed.has(`${lead} ${call}`)],
    ];
    for (const prior of [0, 20, 1e9]) {
      const rows = await run('call-timing.sql', { prior });
      expect(rows.reduce((sum, row) => sum + (row['calls'] as number), 0)).toBe(calls.length);
      for (const row of rows) {
        const inTokyo = ({ started_at: at }: Row) => new Date((at as number) + 9 * 3_600_000);
        const slot = calls.filter(
          (call) => inTokyo(call).getUTCHours() === row['hour'] && (inTokyo(call).getUTCDay() || 7) === row['weekday'],
        );
        expect([row['calls'], row['sure']]).toEqual([slot.length, slot.length >= 30]);
        for (const [column, is] of chances)
          expect(row[column]).toBeCloseTo((slot.filter(is).length + prior * mean(calls, is)) / (slot.length + prior), 6);
      }
    }
  });

  it('attribution: every column adds up to the wins, and each part is what the weights say', async () => {
    const wins = (await view('deals')).filter(({ status }) => status === 'won') as { lead: string; closed_at: number }[];
    const rows = await run('attribution.sql', { days: 60, half_life: 7 });
    for (const column of ['first_act', 'last_act', 'equal_parts', 'closer_is_more'])
      expect(rows.reduce((sum, row) => sum + (row[column] as number), 0)).toBeCloseTo(wins.length, 8);

    const acts = (await view('touchpoints')).filter(({ type }) =>
      [
        'LeadCaptured',
        'WebPageViewed',
        'ContentDownloaded',
        'InquiryReceived',
        'EmailLinkClicked',
        'WebinarAttended',
        'SurveyAnswered',
      ].includes(type as string),
    );
    const expected = new Map<string, number[]>();
    for (const { lead, closed_at: won } of wins) {
      const before = acts
        .filter((act) => act['lead'] === lead && (act['occurred_at'] as number) <= won && dayOf(act['occurred_at']) >= dayOf(won) - 60)
        .sort(
          (a, b) => (a['occurred_at'] as number) - (b['occurred_at'] as number) || (String(a['event_id']) < String(b['event_id']) ? -1 : 1),
        )
        .map((act) => ({
          name:
            act['type'] === 'WebPageViewed'
              ? `page: ${String(act['category'])}`
              : act['type'] === 'EmailLinkClicked'
                ? 'click in a mail'
                : 'else',
          weight: 2 ** -((won - (act['occurred_at'] as number)) / (7 * DAY)),
        }));
      const all = before.reduce((sum, { weight }) => sum + weight, 0);
      before.forEach(({ name, weight }, place) => {
        const sums = expected.get(name) ?? [0, 0, 0, 0];
        [place === 0 ? 1 : 0, place === before.length - 1 ? 1 : 0, 1 / before.length, weight / all].forEach(
          (part, k) => (sums[k]! += part),
        );
        expected.set(name, sums);
      });
    }
    for (const row of rows.filter(({ act }) => /^(page|click)/.test(act as string))) {
      expected
        .get(row['act'] as string)!
        .forEach((sum, k) => expect(row[['first_act', 'last_act', 'equal_parts', 'closer_is_more'][k]!]).toBeCloseTo(sum, 8));
    }
  });

  it('first response: what was never answered is longer than anything', async () => {
    const recent = (await view('handoffs')).filter(({ handed_at: at }) => (at as number) >= SIMULATED_TO - 89 * DAY);
    const rows = await run('first-response-time.sql');
    expect(rows.some(({ handoffs, answered }) => handoffs !== answered)).toBe(true);
    for (const [rep, handoffs] of grouped(recent, (row) => (row['rep'] as string | null) ?? '(nobody)')) {
      const minutes = handoffs
        .map(({ handed_at: from, first_contact_at: to }) => (to === null ? Infinity : ((to as number) - (from as number)) / 60_000))
        .sort((a, b) => a - b);
      const at = (q: number) => minutes[Math.ceil(q * minutes.length) - 1]!;
      const shown = (value: number) => (value === Infinity ? null : Math.round(value * 10) / 10);
      expect(rows.find((row) => row['rep'] === rep)).toEqual({
        rep,
        handoffs: minutes.length,
        answered: minutes.filter((one) => one !== Infinity).length,
        median_minutes: shown(at(0.5)),
        p90_minutes: shown(at(0.9)),
        within_5_minutes: minutes.filter((one) => one <= 5).length / minutes.length,
        within_1_hour: minutes.filter((one) => one <= 60).length / minutes.length,
      });
    }
  });

  it('visits per win: the best quarter and the others are all wins, each once', async () => {
    const won = (await view('deals')).filter(({ status }) => status === 'won');
    const meetings = await view('subjects');
    for (const wins of [1, 5]) {
      const rows = await run('visits-per-win.sql', { wins });
      expect(rows.reduce((sum, row) => sum + (row['won_deals'] as number), 0)).toBe(won.length);
      expect(rows.reduce((sum, row) => sum + (row['visits'] as number), 0)).toBe(
        new Set(
          meetings.filter(({ meeting, deal }) => meeting !== null && won.some((one) => one['deal'] === deal)).map(({ meeting }) => meeting),
        ).size,
      );
    }
    const amounts = grouped(won, (row) => row['closed_rep'] as string).map(([, deals]) =>
      deals.reduce((sum, { amount_minor: minor }) => sum + (minor as number), 0),
    );
    expect((await run('visits-per-win.sql', { wins: 1 }))[0]).toMatchObject({ who: 'best quarter', reps: Math.ceil(amounts.length / 4) });
  });

  it('conversion: every cohort has its months one by one, and its share only grows', async () => {
    for (const [, months] of grouped(await run('cohort-conversion.sql'), ({ cohort }) => cohort as string)) {
      expect(months.map((row) => row['months'])).toEqual(months.map((_, month) => month));
      const shares = months.map(({ share }) => share as number);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
    }
  });

  it('rejections: a handoff counts under each rule that it is owed to, and by no other', async () => {
    const hot = await view('tier_changes');
    const handoffs = (await view('handoffs')).filter(({ handoff }) => (handoff as string).endsWith('.1'));
    for (const row of await run('rejection-by-rule.sql', { to: '2026-06-28' })) {
      const under = handoffs.filter(({ lead }) =>
        hot.some((one) => one['lead'] === lead && String(one['causes']).includes(`"${String(row['rule'])}"`)),
      );
      expect([row['handoffs'], row['rejected']]).toEqual([under.length, under.filter(({ rejected_at: at }) => at !== null).length]);
    }
  });

  const DAYS_OF_YEAR = { first: '2025-06-30', end: '2026-06-30' };
  const has = (rows: readonly Row[], lead: unknown) => rows.some((row) => row['lead'] === lead);
  const inYear = (day: unknown) => typeof day === 'string' && day >= DAYS_OF_YEAR.first && day < DAYS_OF_YEAR.end;

  it('funnel: each step is the leads of the origin that have gone it', async () => {
    const [leads, tiers, handoffs, calls, appointments, meetings, deals] = (await Promise.all(
      ['leads', 'tier_changes', 'handoffs', 'calls', 'appointments', 'meetings', 'deals'].map(view),
    )) as [Row[], Row[], Row[], Row[], Row[], Row[], Row[]];
    const steps: Record<string, Row[]> = {
      ever_hot: tiers.filter(({ after }) => after === 'hot'),
      handed_off: handoffs,
      reached: calls.filter(({ outcome }) => outcome === 'reached'),
      with_appointment: appointments,
      met: meetings,
      with_deal: deals.filter(({ opened_at: at }) => at !== null),
      won: deals.filter(({ status }) => status === 'won'),
    };
    const expected = grouped(
      leads.filter(({ captured_day: day }) => inYear(day)),
      (row) => String(row['origin'] ?? row['channel']),
    ).map(([origin, captured]) => {
      const counts = Object.fromEntries(
        Object.entries(steps).map(([step, rows]) => [step, captured.filter(({ lead }) => has(rows, lead)).length]),
      );
      return { origin, captured: captured.length, ...counts, won_share: counts['won']! / captured.length };
    });
    const rows = await run('funnel-by-origin.sql');
    expect(sortedBy(rows, 'origin')).toEqual(sortedBy(expected, 'origin'));
    for (const step of Object.keys(steps)) expect(rows.some((row) => (row[step] as number) > 0)).toBe(true);
  });

  it('content before wins: who took it in, and bought within the days', async () => {
    const taken = (await view('contents')).filter(({ taken_day: day }) => inYear(day)) as {
      lead: string;
      what: string;
      content: string;
      taken_at: number;
    }[];
    const wins = (await view('deals')).filter(({ status }) => status === 'won') as { lead: string; closed_at: number }[];
    // It is the first look of a lead that the days are counted from.
    const looks = grouped(taken, (row) => JSON.stringify([row['what'], row['content']])).map(([name, rows]) => {
      const people = grouped(rows, (row) => row['lead'] as string).map(
        ([lead, of]) => [lead, Math.min(...of.map(({ taken_at: at }) => at as number))] as const,
      );
      const bought = people.filter(([lead, at]) =>
        wins.some((win) => win.lead === lead && win.closed_at >= at && win.closed_at <= at + 90 * DAY),
      );
      return { name, leads: people.map(([lead]) => lead), buyers: bought.map(([lead]) => lead) };
    });
    const share = new Set(looks.flatMap(({ buyers }) => buyers)).size / new Set(looks.flatMap(({ leads }) => leads)).size;
    const rows = await run('content-before-wins.sql');
    expect(share).toBeGreaterThan(0);
    expect(rows.map(({ what, content }) => JSON.stringify([what, content])).sort()).toEqual(
      looks
        .filter(({ leads }) => leads.length >= 5)
        .map(({ name }) => name)
        .sort(),
    );
    for (const row of rows) {
      const { leads, buyers } = looks.find(({ name }) => name === JSON.stringify([row['what'], row['content']]))!;
      expect([row['leads'], row['won'], row['share'], row['share_of_all']]).toEqual([
        leads.length,
        buyers.length,
        buyers.length / leads.length,
        share,
      ]);
      expect(row['lift']).toBeCloseTo(buyers.length / leads.length / share, 10);
    }
    expect(rows.map(({ lift }) => lift)).toEqual(rows.map(({ lift }) => lift as number).sort((a, b) => b - a));
  });

  it.each([
    ['2026-06-29', 90],
    ['2026-05-15', 30],
  ])('dormant cards, looked at on %s: older than %s days, and nothing came of them by then', async (at, days) => {
    const before = new Date(Date.parse(at) - days * DAY).toISOString().slice(0, 10);
    const dayOf = (moment: unknown) => new Date((moment as number) + 9 * 3_600_000).toISOString().slice(0, 10);
    const touchpoints = (await view('touchpoints')).filter(({ day }) => (day as string) <= at);
    const active = touchpoints.filter(
      ({ day, initiator, type }) =>
        (day as string) >= before && (initiator === 'customer' || type === 'CallCompleted' || type === 'MeetingHeld'),
    );
    const inDeals = touchpoints.filter(({ deal }) => deal !== null);
    const old = (await view('cards')).filter(({ exchanged_day: day }) => day !== null && (day as string) < before);
    const expected = grouped(old, (row) => row['rep'] as string).map(([rep, cards]) => {
      const dormant = cards.filter(
        ({ lead, handed_at: handed }) => !has(active, lead) && !has(inDeals, lead) && (handed === null || dayOf(handed) > at),
      ).length;
      return { rep, cards: cards.length, dormant, share: dormant / cards.length };
    });
    const rows = await run('dormant-cards.sql', { at, days });
    expect(sortedBy(rows, 'rep')).toEqual(sortedBy(expected, 'rep'));
    expect(rows.some(({ cards, dormant }) => (dormant as number) > 0 && dormant !== cards)).toBe(true);
  });

  it('mailings: shares of what was delivered, by human hand and by any', async () => {
    const events = await view('touchpoints');
    const of = (type: string) => events.filter((event) => event['type'] === type);
    const told = (type: string, mail: Row, is: (event: Row) => boolean = () => true) =>
      of(type).some((event) => event['lead'] === mail['lead'] && event['message'] === mail['message'] && is(event));
    const mails = of('EmailDelivered').filter(({ day }) => (day as string) >= '2026-04-01');
    const expected = grouped(mails, (row) => row['mailing'] as string).map(([mailing, sent]) => {
      const count = (type: string, is?: (event: Row) => boolean) => sent.filter((mail) => told(type, mail, is)).length;
      const opened = count('EmailOpened', ({ likelihood }) => likelihood === null || (likelihood as number) < 0.5);
      return {
        day: sent.map(({ day }) => day as string).sort()[0],
        mailing,
        delivered: sent.length,
        opened,
        open_rate: opened / sent.length,
        raw_open_rate: count('EmailOpened') / sent.length,
        click_rate: count('EmailLinkClicked') / sent.length,
        unsubscribed: count('EmailUnsubscribed'),
      };
    });
    const rows = await run('mailing-results.sql');
    expect(sortedBy(rows, 'mailing')).toEqual(sortedBy(expected, 'mailing'));
    expect(rows.some((row) => row['open_rate'] !== row['raw_open_rate'])).toBe(true);
  });

  it('by representative and day: everything that anybody did in the span, once for each of them', async () => {
    const [calls, appointments, meetings, quotes, deals] = (await Promise.all(
      ['calls', 'appointments', 'meetings', 'quotes', 'deals'].map(view),
    )) as [Row[], Row[], Row[], Row[], Row[]];
    const done = (rows: Row[], day: string, rep: string) =>
      rows.flatMap((row) =>
        row['is_first'] === false
          ? []
          : [row[rep]].flat().map((who) => ({ ...row, place: `${String(row[day])} ${String(who)}`, day: row[day], who })),
      );
    const acts = {
      calls: done(calls, 'started_day', 'rep'),
      appointments: done(appointments, 'booked_day', 'rep'),
      visits: done(meetings, 'started_day', 'reps'),
      quotes: done(quotes, 'submitted_day', 'rep'),
      outcomes: done(
        deals.filter(({ closed_at: at }) => at !== null),
        'closed_day',
        'closed_rep',
      ),
    };
    const places = [
      ...new Set(
        Object.values(acts)
          .flat()
          .filter(({ day, who }) => who !== null && (day as string) >= '2026-05-31')
          .map(({ place }) => place),
      ),
    ].sort();
    const expected = places.map((place) => {
      const of = (name: keyof typeof acts) => acts[name].filter((act) => act.place === place) as Row[];
      const dialled = of('calls').filter(({ outcome }) => outcome !== 'wrongNumber').length;
      const answered = of('calls').filter(({ outcome }) => ['gatekeeper', 'reached', 'refused'].includes(outcome as string)).length;
      return {
        day: place.slice(0, 10),
        rep: place.slice(11),
        calls: of('calls').length,
        answered,
        answer_rate: dialled === 0 ? null : answered / dialled,
        appointments: of('appointments').length,
        visits: of('visits').length,
        quotes: of('quotes').length,
        won: of('outcomes').filter(({ status }) => status === 'won').length,
        lost: of('outcomes').filter(({ status }) => status === 'lost').length,
      };
    });
    expect(await run('kpi-by-rep-and-day.sql')).toEqual(expected);
    const { rep } = expected[0]!;
    expect(await run('kpi-by-rep-and-day.sql', { rep })).toEqual(expected.filter((row) => row.rep === rep));
    for (const column of ['calls', 'appointments', 'visits', 'quotes', 'won', 'lost'] as const)
      expect(expected.some((row) => row[column] > 0)).toBe(true);
  });

  it('handoffs: a deal is of the handoff that it names, else of the last one before it', async () => {
    const handoffs = await view('handoffs');
    const deals = await view('deals');
    const outOf = (deal: Row): unknown => {
      if (deal['handoff'] !== null) return deal['handoff'];
      const before = handoffs.filter(
        (one) =>
          one['lead'] === deal['lead'] && deal['opened_at'] !== null && (one['handed_at'] as number) <= (deal['opened_at'] as number),
      );
      return before.sort((a, b) => (a['handed_at'] as number) - (b['handed_at'] as number)).at(-1)?.['handoff'];
    };
    const owed = deals.map((deal) => ({ handoff: outOf(deal), lead: deal['lead'], status: deal['status'] }));
    const expected = grouped(
      handoffs.filter(({ handed_day: day }) => inYear(day)),
      (row) => (row['rep'] as string | null) ?? '(nobody)',
    ).map(([rep, rows]) => {
      const share = (is: (row: Row) => boolean) => rows.filter(is).length / rows.length;
      const led = (row: Row, status?: string) =>
        owed.some(
          (deal) => deal.handoff === row['handoff'] && deal.lead === row['lead'] && (status === undefined || deal.status === status),
        );
      return {
        rep,
        handoffs: rows.length,
        accepted_share: share((row) => row['accepted_at'] !== null),
        rejected_share: share((row) => row['rejected_at'] !== null),
        returned_share: share((row) => row['returned_at'] !== null),
        deal_share: share((row) => led(row)),
        won_share: share((row) => led(row, 'won')),
        in_time_share: share((row) => row['accept_breached_at'] === null && row['contact_breached_at'] === null),
      };
    });
    const rows = await run('handoff-outcomes.sql');
    expect(sortedBy(rows, 'rep')).toEqual(sortedBy(expected, 'rep'));
    for (const column of ['accepted_share', 'rejected_share', 'returned_share', 'deal_share', 'won_share'])
      expect(rows.some((row) => (row[column] as number) > 0)).toBe(true);
  });

  it('cards: people and companies, each once, and the cards of the year before', async () => {
    const exchanged = (n: number, card: string, day: string, repId = 'rep-1') =>
      recorded('BusinessCardExchanged', { leadId: `lead-${n}`, cardId: card, repId }, { at: `${day}T10:00:00+09:00` });
    const linked = (n: number, accountId: string, day = '2026-01-05') =>
      recorded('LeadLinkedToAccount', { leadId: `lead-${n}`, accountId }, { at: `${day}T10:00:00+09:00` });
    const rows = await answersOf(
      [
        // Two people of one company, one of them with two cards; one of another, who belonged to the first before; one of nobody knows
        // where.
        exchanged(1, 'a', '2026-02-01'),
        exchanged(1, 'b', '2026-02-02'),
        exchanged(2, 'a', '2026-02-01'),
        linked(1, 'one'),
        linked(2, 'one'),
        exchanged(3, 'c', '2025-06-29'),
        linked(3, 'one'),
        linked(3, 'two', '2026-03-01'),
        exchanged(4, 'd', '2025-06-30'),
        // The same person knows another representative too; of a third all cards are old, and a fourth comes tomorrow.
        exchanged(1, 'e', '2026-06-29', 'rep-2'),
        exchanged(5, 'f', '2024-01-01', 'rep-3'),
        exchanged(6, 'g', '2026-06-30', 'rep-4'),
      ],
      'cards-per-company.sql',
      { at: '2026-06-29' },
      SIMULATED_TO,
    );
    expect(rows).toEqual([
      { rep: 'rep-1', leads: 4, of_no_company: 1, companies: 2, leads_per_company: 1.5, cards_in_year: 4, average_in_year: 2.5 },
      { rep: 'rep-2', leads: 1, of_no_company: 0, companies: 1, leads_per_company: 1, cards_in_year: 1, average_in_year: 2.5 },
      { rep: 'rep-3', leads: 1, of_no_company: 1, companies: 0, leads_per_company: null, cards_in_year: 0, average_in_year: 2.5 },
    ]);
  });

  it('targets: what was done is the KPI itself, and the pace goes by working days', async () => {
    const at = '2026-06-17';
    const spans: Record<string, [from: string, to: string, workingDays: number, gone: number]> = {
      '2026-05': ['2026-05-01', '2026-06-01', 21, 21],
      '2026-06': ['2026-06-01', '2026-06-18', 22, 13],
      '2026-Q2': ['2026-04-01', '2026-06-18', 65, 56],
      // From April on.
      2026: ['2026-04-01', '2026-06-18', 261, 56],
    };
    const rows = await run('target-progress.sql', { at });
    expect(rows.length).toBe(7 * 4 * 4);
    for (const [by, scope] of [
      ['rep', 'rep'],
      ['team', 'team'],
      ['none', 'joint'],
    ] as const) {
      for (const [period, [from, to, workingDays, gone]] of Object.entries(spans)) {
        const kpis = await rowsOf(connection, kpiSql({ by, period: 'none' }), { from, to, today: at });
        for (const { scope_id: id, kpi, target, done, share, time_gone: timeGone, pace } of rows.filter(
          (row) => row['scope'] === scope && row['period'] === period,
        )) {
          const actual =
            kpi === 'answer-rate'
              ? null
              : (kpis.find((row) => row['kpi'] === kpi && (by === 'none' || row['group'] === id))?.['value'] ?? 0);
          expect([scope, id, kpi, period, done]).toEqual([scope, id, kpi, period, actual]);
          expect([share, timeGone]).toEqual([actual === null ? null : (actual as number) / (target as number), gone / workingDays]);
          if (actual === null) expect(pace).toBeNull();
          else expect(pace).toBeCloseTo((actual as number) / ((target as number) * (gone / workingDays)), 10);
        }
      }
    }
    for (const scope of ['rep', 'team', 'joint'])
      expect(rows.some((row) => row['scope'] === scope && (row['done'] as number) > 0)).toBe(true);
    // One that has not begun, and one that was over long ago.
    expect((await run('target-progress.sql', { at: '2026-05-31', days: 1 })).map(({ period }) => period)).not.toContain('2026-06');
    expect((await run('target-progress.sql', { at, days: 16 })).map(({ period }) => period)).not.toContain('2026-05');
  });

  it('returns: handed off again within the days, and bought after that', async () => {
    const at = (day: number) => Date.parse('2026-01-10T10:00:00+09:00') + day * DAY;
    const lead = (n: number) => ({ leadId: `lead-${n}` });
    const back = (n: number, day: number) =>
      recorded('LeadReturned', { ...lead(n), runId: `run-${n}`, reason: 'not now' }, { at: at(day) });
    const again = (n: number, day: number) => recorded('LeadHandedOff', { ...lead(n), handoffId: `handoff-${n}-${day}` }, { at: at(day) });
    const won = (n: number, day: number) => recorded('DealWon', { ...lead(n), dealId: `deal-${n}` }, { at: at(day) });
    const rows = await answersOf(
      [
        // Handed off before it came back, which is no second time; on the last day, and bought at that moment; a day too late; bought
        // before; not at all.
        again(1, -1),
        back(1, 0),
        back(2, 0),
        again(2, 30),
        won(2, 30),
        back(3, 0),
        again(3, 31),
        won(3, 40),
        back(4, 0),
        again(4, 10),
        won(4, 9),
        back(5, 0),
        recorded('LeadDisqualified', lead(6), { at: at(0) }),
        // A month later, and still time to come back.
        back(7, 25),
        back(8, 25),
        again(8, 26),
      ],
      'return-yield.sql',
      { from: '2026-01-01', to: '2026-03-01', days: 30 },
      at(50),
    );
    expect(rows).toEqual([
      { month: '2026-01', returned: 5, handed_again: 2, handed_again_share: 0.4, won: 1, won_share: 0.2, open_share: 0 },
      { month: '2026-02', returned: 2, handed_again: 1, handed_again_share: 0.5, won: 0, won_share: 0, open_share: 0.5 },
    ]);
  });
});

const sortedBy = <Of extends Row>(rows: readonly Of[], column: string): Of[] =>
  [...rows].sort((a, b) => (String(a[column]) < String(b[column]) ? -1 : 1));

/** What a report says of a history made by hand, when it is `now` there. */
async function answersOf(
  events: readonly RecordedEvent[],
  file: string,
  given: Record<string, string | number>,
  now: number,
  timezone?: string,
): Promise<Row[]> {
  const log = SqliteEventLog.open({ file: folder('log.db') });
  for (const outcome of await log.appendMany(events.map(asAppend))) if (!outcome.ok) throw outcome.error;
  const other = await archiveOf(log, folder('archive'), 'tail', undefined, timezone);
  const { connection: there } = await other.snapshot();
  await there.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${now * 1_000})`);
  const { sql, parameters } = reportOf(file);
  const rows = await rowsOf(there, sql, Object.fromEntries(parameters.map(({ name, default: value }) => [name, given[name] ?? value])));
  other.close();
  await log.close();
  return rows;
}
