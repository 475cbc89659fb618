import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { clockChanges, localClock, localMoments } from '@leadlog/time';
import { rowsOf } from './archived-history.testing';
import { useOwnTimeZones, zoneDifference } from './time-zones';

/** Those of which the tables in DuckDB 1.5 and Node 20 differ, and others with clocks of their own. */
const ZONES = [
  'America/Vancouver',
  'America/Edmonton',
  'Africa/Casablanca',
  'Asia/Tokyo',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
];
const HOUR = 3_600_000;

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'America/Vancouver'");
  await useOwnTimeZones(connection, 'America/Vancouver');
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const one = async (expression: string): Promise<string> =>
  String((await connection.runAndReadAll(`SELECT ${expression}`)).getRows()[0]![0]);

describe('time zones in SQL', () => {
  it.each(ZONES)('show what the clock shows in %s, from 2026 to 2030, through history, and where it is changed', async (zone) => {
    const changes = clockChanges(Date.UTC(1900, 0, 1), Date.UTC(2040, 0, 1), zone).flatMap(({ at }) => [
      at - HOUR,
      at - 1,
      at,
      at + HOUR / 2,
      at + HOUR,
    ]);
    const steps = (from: number, step: number, count: number) => Array.from({ length: count }, (_, n) => from + n * step);
    const moments = [...changes, ...steps(Date.UTC(2026, 0, 1), 7 * HOUR, 6_250), ...steps(Date.UTC(1880, 0, 1), 1_001 * HOUR, 1_500)];
    const rows = await rowsOf(
      connection,
      `
      SELECT ms, epoch_ms(clock) AS clock, epoch_ms(clock AT TIME ZONE $zone) AS back
      FROM (SELECT ms, make_timestamptz(ms * 1000) AT TIME ZONE $zone AS clock FROM (SELECT unnest([${moments.join(', ')}]) AS ms))`,
      { zone },
    );
    expect(rows.length).toBe(moments.length);
    const wrong = rows.filter(
      ({ ms, clock, back }) => clock !== localClock(ms as number, zone) || back !== localMoments(clock as number, zone).at(-1),
    );
    expect(wrong).toEqual([]);
  });

  it('keep micros, before 1970 too, and infinity is infinity on every clock', async () => {
    expect(await one("TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AT TIME ZONE 'Asia/Tokyo'")).toBe('1970-01-01 08:59:59.999999');
    expect(await one("epoch_us(TIMESTAMP '1970-01-01 08:59:59.999999' AT TIME ZONE 'Asia/Tokyo')")).toBe('-1');
    expect(await one("'infinity'::TIMESTAMPTZ AT TIME ZONE 'Asia/Tokyo'")).toBe('infinity');
    expect(await one("'-infinity'::TIMESTAMPTZ AT TIME ZONE 'Asia/Tokyo'")).toBe('-infinity');
    expect(await one("isfinite('infinity'::TIMESTAMP AT TIME ZONE 'Asia/Tokyo')")).toBe('false');
    expect(await one("NULL::TIMESTAMPTZ AT TIME ZONE 'Asia/Tokyo'")).toBe('null');
    expect(await one('now() AT TIME ZONE NULL')).toBe('null');
  });

  it('reach as far as the moments of DuckDB', async () => {
    for (const text of ['4714-11-24 (BC) 00:00:00', '0044-03-15 12:00:00', '9999-12-31 23:00:00', '290000-01-01 00:00:00']) {
      expect(await one(`TIMESTAMPTZ '${text}+00' AT TIME ZONE 'UTC'`)).toBe(
        String((await connection.runAndReadAll(`SELECT TIMESTAMP '${text}'`)).getRows()[0]![0]),
      );
      expect(
        await one(
          `epoch_us(TIMESTAMPTZ '${text}+00') = epoch_us(TIMESTAMPTZ '${text}+00' AT TIME ZONE 'America/New_York' AT TIME ZONE 'America/New_York')`,
        ),
      ).toBe('true');
    }
  });

  it('local_time and local_day are on the clock of the tenant', async () => {
    // Whether clocks are put back there in 2026 depends on the table.
    const clock = new Date(localClock(Date.parse('2026-12-01T07:30:00Z'), 'America/Vancouver')).toISOString();
    expect(await one("local_time(TIMESTAMPTZ '2026-12-01 07:30:00+00')")).toBe(clock.slice(0, 19).replace('T', ' '));
    expect(await one("local_day(TIMESTAMPTZ '2026-12-01 07:30:00+00')")).toBe(clock.slice(0, 10));
    expect(await one('local_day(NULL)')).toBe('null');
  });

  it('a zone that nobody knows is told', async () => {
    await expect(one("now() AT TIME ZONE 'Asia/Tokio'")).rejects.toThrow(
      'AT TIME ZONE: expected the IANA name of a time zone, such as Asia/Tokyo, got "Asia/Tokio"',
    );
  });
});

it('says from when to when the table of DuckDB is another, and what each of them shows', async () => {
  const [from, to] = [Date.parse('2000-01-01T00:00:00Z'), Date.parse('2040-01-01T00:00:00Z')];
  expect(await zoneDifference('Asia/Tokyo', from, to)).toBeUndefined();
  for (const zone of ZONES.slice(0, 4)) {
    const found = await zoneDifference(zone, from, to);
    const plain = await DuckDBInstance.create(':memory:');
    const own = await plain.connect();
    const rows = await rowsOf(
      own,
      `SELECT epoch_ms(m) AS ms, epoch_ms(m AT TIME ZONE '${zone}') AS clock FROM generate_series(TIMESTAMPTZ '2000-01-01 00:00:00+00', TIMESTAMPTZ '2039-12-31 12:00:00+00', INTERVAL 12 HOUR) AS t(m)`,
    );
    const differ = rows.filter(({ ms, clock }) => localClock(ms as number, zone) !== clock);
    expect(found).toEqual(
      differ.length === 0
        ? undefined
        : {
            first: differ[0]!['ms'],
            last: differ.at(-1)!['ms'],
            ours: localClock(differ[0]!['ms'] as number, zone),
            duckDb: differ[0]!['clock'],
          },
    );
    own.closeSync();
    plain.closeSync();
  }
});
