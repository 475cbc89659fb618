import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles } from '@leadlog/archive';
import type { SqlAnswer } from '@leadlog/sql';
import { backendsOf, getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { historyLines, sendStream, type Line } from '../support/sent-lines.testing';

/** More of them on a machine of one's own: GROWING_SECONDS=120. */
const SECONDS = Number(process.env.GROWING_SECONDS ?? 2);
const PER_SECOND = 2_000;
const PART = 100;
/** Streams without an answer: where the server cannot keep up, what waits must not grow for as long as it takes. */
const MOST_AT_ONCE = 50;
const SEED = Number(process.env.CRASH_SEED ?? 20261128);

const COUNTED = `SELECT count(*)::INTEGER AS events, count(DISTINCT position)::INTEGER AS positions, max(position)::VARCHAR AS last,
  count(*) FILTER (type = 'CallCompleted')::INTEGER AS calls, count(*) FILTER (type = 'WebPageViewed')::INTEGER AS pages FROM events`;

/** What a question said of the log, and up to where it had seen it. */
interface Said {
  by: string;
  position: bigint;
  row: unknown[];
}

function moreLines(from: number): Line[] {
  return Array.from({ length: PART }, (_, n) => {
    const event = {
      specversion: '1.0',
      id: `growing-${from + n}`,
      source: '/web',
      type: 'WebPageViewed',
      subject: `lead-${n}`,
      time: new Date().toISOString(),
      data: { url: 'https://www.leadlog.example/', category: 'price' },
    };
    return { id: event.id, source: event.source, text: JSON.stringify(event), acknowledged: false };
  });
}

describe(`while ${PER_SECOND} events/s are recorded for ${SECONDS} s`, () => {
  const { folder, remove } = temporaryFolder();
  const reports = join(folder, 'reports');
  let engine: EngineProcess;
  let lines: Line[];
  beforeAll(async () => {
    mkdirSync(reports);
    writeFileSync(join(reports, 'counted.sql'), `---\ntitle: Counted\n---\n${COUNTED}\n`);
    // In the long form segments are written while it grows.
    engine = await startEngine(folder, { LEADLOG_REPORTS: reports, LEADLOG_ARCHIVE_SECONDS: '1' });
    lines = Array.from({ length: Math.ceil((PER_SECOND * SECONDS) / 10_000) }, (_, n) => historyLines(SEED + n, 10_000, 500))
      .flat()
      .slice(0, PER_SECOND * SECONDS);
    lines.forEach((line, n) => {
      // Of several histories, so that no id is that of another.
      const event = { ...(JSON.parse(line.text) as { type: string }), id: `growing-${n}` };
      // A merge that overtakes what it names is refused, and sent again like what has no answer.
      Object.assign(line, { id: event.id, text: JSON.stringify(event), mayBeRefused: event.type.endsWith('.LeadsMerged') });
    });
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  it('every answer is exactly what was recorded up to the position it names, and nothing that was acknowledged before is missing', async () => {
    const said: Said[] = [];
    const behind: string[] = [];
    let acknowledged = 0n;
    let over = false;
    let took = 0;
    const seenGrowing = () =>
      ['sql', 'report'].every((by) => new Set(said.filter((one) => one.by === by).map(({ position }) => position)).size > 2);
    /** As a client does it: what has no answer, since the log was too busy, is sent again. */
    const sendAll = async (part: Line[]): Promise<void> => {
      for (await sendStream(engine.url, part); part.some((line) => !line.acknowledged); await sendStream(engine.url, part))
        await sleep(500);
    };
    const send = async (): Promise<void> => {
      const began = performance.now();
      const sending = new Set<Promise<void>>();
      // On a slow machine for longer: until questions were answered in the middle of it.
      for (let at = 0; at < lines.length || !seenGrowing(); at += PART) {
        if (at >= lines.length) lines.push(...moreLines(at));
        // By the clock and not by the answers, as many senders do.
        await sleep(Math.max(0, began + (at / PER_SECOND) * 1_000 - performance.now()));
        while (sending.size >= MOST_AT_ONCE) await Promise.race(sending);
        const one: Promise<void> = sendAll(lines.slice(at, at + PART)).then(() => void sending.delete(one));
        sending.add(one);
      }
      await Promise.all(sending);
      took = (performance.now() - began) / 1_000;
      over = true;
    };
    const head = async () => BigInt((await getJson<{ position: string }>(`${engine.url}/v1/log/head`)).position);
    const followHead = async (): Promise<void> => {
      for (; !over; await sleep(20)) acknowledged = await head();
    };
    const ask = async (by: string, path: string, body: object): Promise<void> => {
      while (!over) {
        const before = acknowledged;
        const { status, body: answer } = await postJson<SqlAnswer>(`${engine.url}${path}`, body);
        expect([by, status]).toEqual([by, 200]);
        const position = BigInt(answer.position);
        if (position < before) behind.push(`${by} at ${position}, recorded were ${before} before it was asked`);
        said.push({ by, position, row: answer.rows![0]! });
      }
    };
    // Of the gallery too, whose rows are not counted here.
    const gallery = async (): Promise<void> => {
      for (let n = 0; !over; n += 1) {
        const name = ['kpi-by-rep-and-day', 'funnel-by-origin', 'dormant-cards', 'call-timing'][n % 4]!;
        expect([name, (await postJson(`${engine.url}/v1/reports/${name}/run`, {})).status]).toEqual([name, 200]);
      }
    };
    await Promise.all([
      send(),
      followHead(),
      ask('sql', '/v1/sql', { sql: COUNTED }),
      ask('report', '/v1/reports/counted/run', {}),
      gallery(),
    ]);
    const { position, rows } = (await postJson<SqlAnswer>(`${engine.url}/v1/sql`, { sql: COUNTED })).body;
    said.push({ by: 'at the end', position: BigInt(position), row: rows![0]! });

    const recorded: { position: bigint; type: string; isDecision: boolean }[] = [];
    const { log, close } = await backendsOf(folder);
    for await (const slice of log.read())
      recorded.push(
        ...slice.events
          // SQL leaves out that it was asked.
          .filter(({ type }) => type !== 'RequestAudited')
          .map((event) => ({
            position: event.position,
            type: event.type,
            isDecision: event.metadata.actor.kind === 'system',
          })),
      );
    await close();
    const expected = (through: bigint): unknown[] => {
      const seen = recorded.filter((event) => event.position <= through);
      const of = (type: string) => seen.filter((event) => event.type === type).length;
      return [seen.length, seen.length, seen.length === 0 ? null : String(seen.at(-1)!.position), of('CallCompleted'), of('WebPageViewed')];
    };
    expect(said).toEqual(said.map((one) => ({ ...one, row: expected(one.position) })));
    expect(behind).toEqual([]);
    for (const by of ['sql', 'report']) {
      const positions = said.filter((one) => one.by === by).map((one) => one.position);
      expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    }
    // While it grows a segment is written once it is full, which the short form does not wait for.
    if (SECONDS >= 60) expect(new ArchiveFiles(join(folder, 'archive')).read()!.segments.length).toBeGreaterThan(0);
    // Each of them once.
    expect(recorded.filter(({ isDecision }) => !isDecision)).toHaveLength(lines.length);
    process.stderr.write(
      `${lines.length} events recorded at ${Math.round(lines.length / took)}/s, ${said.length} answers counted meanwhile\n`,
    );
  });
});
