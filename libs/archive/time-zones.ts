import type { DuckDBConnection, DuckDBScalarFunction, DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';
import { isTimezone, localClock, localMoments } from '@leadlog/time';
import { duckdb, quoted } from './duckdb';

/** Microseconds of infinity, which is the same in every time zone. */
const INFINITY = 2n ** 63n - 1n;

/**
 * `AT TIME ZONE` by the time zone rules of Node, as used everywhere else in Leadlog, and `local_time(moment)` and `local_day(moment)` in
 * `timezone`. DuckDB
 * has its own rules, which may be older or newer: with two sets of rules, one event could be on different days in a KPI and in SQL.
 *
 * DuckDB still uses its own rules wherever its setting `TimeZone` applies, such as in the cast of a timestamp to a day.
 */
export async function useOwnTimeZones(connection: DuckDBConnection, timezone: string): Promise<void> {
  const { DuckDBScalarFunction, DuckDBTimestampTZValue, DuckDBTimestampValue, TIMESTAMP, TIMESTAMPTZ, VARCHAR } = duckdb();
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'timezone',
      parameterTypes: [VARCHAR, TIMESTAMPTZ],
      returnType: TIMESTAMP,
      mainFunction: onEach<DuckDBTimestampTZValue>((moment, zone) => new DuckDBTimestampValue(clockOf(moment.micros, zone))),
    }),
  );
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'timezone',
      parameterTypes: [VARCHAR, TIMESTAMP],
      returnType: TIMESTAMPTZ,
      mainFunction: onEach<DuckDBTimestampValue>((clock, zone) => new DuckDBTimestampTZValue(momentOf(clock.micros, zone))),
    }),
  );
  await connection.run(`CREATE OR REPLACE MACRO local_time(moment) AS timezone(${quoted(timezone)}, moment::TIMESTAMPTZ)`);
  await connection.run('CREATE OR REPLACE MACRO local_day(moment) AS local_time(moment)::DATE');
}

type MainFunction = Parameters<typeof DuckDBScalarFunction.create>[0]['mainFunction'];

/** Called for each row with a zone and a value. The query fails with the error that it throws. */
function onEach<Value extends DuckDBTimestampTZValue | DuckDBTimestampValue>(
  read: (value: Value, zone: string) => DuckDBTimestampTZValue | DuckDBTimestampValue,
): MainFunction {
  return (_, input, output) => {
    const zones = input.getColumnVector(0);
    const values = input.getColumnVector(1);
    for (let row = 0; row < input.rowCount; row += 1) {
      const zone = zones.getItem(row) as string | null;
      const value = values.getItem(row) as Value | null;
      output.setItem(row, zone === null || value === null ? null : read(value, zone));
    }
    output.flush();
  };
}

function clockOf(micros: bigint, zone: string): bigint {
  if (isInfinite(micros)) return micros;
  const { ms, rest } = partsOf(micros);
  return inMicros(localClock(ms, known(zone)), rest);
}

/** A local time that occurs twice is the later one, as in DuckDB. */
function momentOf(micros: bigint, zone: string): bigint {
  if (isInfinite(micros)) return micros;
  const { ms, rest } = partsOf(micros);
  return inMicros(localMoments(ms, known(zone)).at(-1)!, rest);
}

const isInfinite = (micros: bigint): boolean => micros === INFINITY || micros === -INFINITY;

/** Microseconds before 1970, too, are counted up from their millisecond. */
function partsOf(micros: bigint): { ms: number; rest: bigint } {
  const rest = ((micros % 1_000n) + 1_000n) % 1_000n;
  return { ms: Number((micros - rest) / 1_000n), rest };
}

const inMicros = (ms: number, rest: bigint): bigint => BigInt(ms) * 1_000n + rest;

function known(zone: string): string {
  if (!isTimezone(zone))
    throw new Error(`AT TIME ZONE: expected the IANA name of a time zone, such as Asia/Tokyo, got ${JSON.stringify(zone.slice(0, 100))}`);
  return zone;
}

export interface ZoneDifference {
  /** ms; the first and the last compared time at which they differ. */
  first: number;
  last: number;
  /** Local time at the first of these (ms, as if it were UTC) by the rules of Node and of DuckDB. */
  ours: number;
  duckDb: number;
}

/**
 * Where the time zone rules of Node and of DuckDB differ, compared twice a day; undefined if they agree. `from`, `to`: ms, whole seconds.
 */
export async function zoneDifference(timezone: string, from: number, to: number): Promise<ZoneDifference | undefined> {
  const instance = await duckdb().DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    const found = await connection.runAndReadAll(`
      SELECT epoch_ms(moment), epoch_ms(moment AT TIME ZONE ${quoted(timezone)})
      FROM (SELECT make_timestamptz(${from * 1_000} + n * 43_200_000_000) AS moment FROM range(${Math.ceil((to - from) / 43_200_000)}) AS halves(n))`);
    const differ = (found.getRows() as [bigint, bigint][])
      .map(([moment, clock]) => [Number(moment), Number(clock)] as const)
      .filter(([moment, clock]) => localClock(moment, timezone) !== clock);
    if (differ.length === 0) return undefined;
    const [[first, duckDb], [last]] = [differ[0]!, differ.at(-1)!];
    return { first, last, ours: localClock(first, timezone), duckDb };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
