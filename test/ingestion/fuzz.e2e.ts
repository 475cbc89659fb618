import fc from 'fast-check';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { getJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import type { Probe, Probing } from '../support/prober';

/** `FUZZ_SECONDS=3600 npx jest --selectProjects e2e -- test/ingestion/fuzz` is the hour; then every probe must also be answered in time. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);
const RUNS = Number(process.env.FUZZ_RUNS ?? 25);
const SEED = Number(process.env.FUZZ_SEED ?? 20261128);
const HEAP = '--max-old-space-size=512';
const IN_TIME_MS = 250;
const MIB = 1_048_576;
const NDJSON = 'application/x-ndjson';
const BATCH = 'application/cloudevents-batch+json';
const STRUCTURED = 'application/cloudevents+json';

interface Sent {
  what: string;
  path: string;
  type?: string;
  body?: string | Buffer;
  encoding?: 'gzip';
}

const event = (id: string, data: object) => ({
  specversion: '1.0',
  id,
  source: '/fuzz',
  type: 'WebPageViewed',
  time: new Date(Date.now() - 3_600_000).toISOString(),
  data,
});
const page = { leadId: 'lead-fuzz', url: 'https://www.leadlog.example/price', category: 'price' };

/** Texts whose units are anything, halves of pairs among them. */
const units = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 });
const json = fc.jsonValue({ maxDepth: 6 });
const form = fc.constantFrom(STRUCTURED, BATCH, NDJSON);
/** As a line, an item and an event, whatever the form. */
const inForm = (type: string, texts: readonly string[]) =>
  type === NDJSON ? texts.join('\n') : type === BATCH ? `[${texts.join(',')}]` : texts[0]!;
const sent = (what: string, type: string, body: string | Buffer): Sent => ({ what, path: '/v1/events', type, body });
const upTo = (max: number) => fc.integer({ min: 1, max });

const hostile: fc.Arbitrary<Sent> = fc.oneof(
  // Malformed: bytes, half of JSON, fields of any kind.
  fc.tuple(form, fc.uint8Array({ maxLength: 5_000 })).map(([type, bytes]) => sent('bytes', type, Buffer.from(bytes))),
  fc.tuple(form, json, upTo(200)).map(([type, value, cut]) => sent('cut', type, JSON.stringify(value).slice(0, -cut))),
  fc
    .tuple(
      form,
      fc.array(
        fc.tuple(
          fc.constantFrom('id', 'source', 'type', 'time', 'subject', 'data', 'actorkind', 'schemaversion', 'correlationid'),
          fc.oneof(units, json),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([type, changes]) =>
      sent('fields', type, inForm(type, [JSON.stringify({ ...event('f', page), ...Object.fromEntries(changes) })])),
    ),
  fc
    .tuple(form, fc.array(fc.tuple(fc.constantFrom(...Object.keys(page), 'dwellMs', 'identity'), fc.oneof(units, json)), { maxLength: 4 }))
    .map(([type, changes]) => sent('data', type, inForm(type, [JSON.stringify(event('d', { ...page, ...Object.fromEntries(changes) }))]))),
  // Deep.
  fc
    .tuple(form, upTo(250_000), fc.constantFrom(['[', ']'], ['{"a":', '}']))
    .map(([type, depth, [open, close]]) => sent('deep', type, inForm(type, [`{"data":${open!.repeat(depth)}1${close!.repeat(depth)}}`]))),
  // Wide, by fields and by entries, in a line or in each of many.
  fc.tuple(form, upTo(80_000), upTo(20)).map(([type, fields, lines]) => {
    const wide = JSON.stringify(event('w', { ...page, ...Object.fromEntries(Array.from({ length: fields }, (_, n) => [`f${n}`, 1])) }));
    return sent(
      'wide',
      type,
      inForm(
        type,
        Array.from({ length: type === NDJSON ? lines : Math.min(lines, 7) }, () => wide),
      ),
    );
  }),
  fc
    .tuple(form, upTo(300_000))
    .map(([type, entries]) =>
      sent(
        'entries',
        type,
        inForm(type, [
          JSON.stringify({ ...event('e', { leadId: 'l', surveyId: 's', answers: new Array(entries).fill(0) }), type: 'SurveyAnswered' }),
        ]),
      ),
    ),
  // Long.
  fc
    .tuple(form, upTo(3 * MIB), fc.constantFrom('x', '\\ud800', '長'))
    .map(([type, length, unit]) => sent('long', type, inForm(type, [`{"id":"${unit.repeat(length / unit.length)}","specversion":"1.0"}`]))),
  // Many: of the smallest there are, plain and packed.
  fc
    .tuple(fc.constantFrom('{}', '1', '[]', '""', 'x', '{"id":"1"}'), upTo(4 * MIB), fc.constantFrom(NDJSON, BATCH))
    .map(([one, bytes, type]) => sent('many', type, inForm(type, new Array<string>(Math.ceil(bytes / (one.length + 1))).fill(one)))),
  fc
    .tuple(fc.constantFrom('{}\n', '\n', ' ', '[],'), upTo(24 * MIB), form)
    .map(([one, bytes, type]): Sent => ({ ...sent('packed', type, gzipSync(Buffer.alloc(bytes, one), { level: 1 })), encoding: 'gzip' })),
  // Addresses and commands.
  fc
    .tuple(
      fc.constantFrom('/v1/leads?q=', '/v1/leads?cursor=', '/v1/leads/', '/v1/kpis?kpi=', '/v1/inbox?rep=', '/v1/log/streams/'),
      fc.string({ unit: 'binary', maxLength: 300 }),
    )
    .map(([path, text]): Sent => ({ what: 'address', path: path + encodeURIComponent(text) })),
  fc
    .tuple(
      fc.constantFrom('/v1/handoffs/lead-1.1/reject', '/v1/leads/lead-1/return', '/v1/leads/lead-1/merge', '/v1/sql'),
      fc.dictionary(fc.constantFrom('id', 'repId', 'reason', 'note', 'mergedId', 'sql', 'parameters'), fc.oneof(units, json)),
    )
    .map(([path, body]): Sent => ({ what: 'command', path, type: 'application/json', body: JSON.stringify(body) })),
);

describe('whatever is thrown at an api with a small heap', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  beforeAll(async () => {
    // All come with one key, also those who are to have their answer meanwhile; and what saves the engine is not to be that others are refused.
    engine = await startEngine(folder, { NODE_OPTIONS: HEAP, LEADLOG_LIMIT_MEGABYTES: '1000000' });
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  it(
    'has an answer, and everybody else has theirs meanwhile',
    async () => {
      const probes: number[] = [];
      const slow: string[] = [];
      const underWay = new Set<string>();
      const prober = new Worker(resolve('dist/test/support/prober.js'), {
        workerData: { url: engine.url, event: event('probe', { ...page, leadId: 'lead-probe' }) } satisfies Probing,
      });
      const statuses = new Set<number>();
      prober.on('message', ({ status, ms }: Probe) => {
        statuses.add(status);
        probes.push(ms);
        if (ms > IN_TIME_MS) slow.push(`${Math.round(ms)} ms beside ${[...underWay].join(', ')}`);
      });
      const probing = once(prober, 'exit');
      const send = async ({ what, path, type, body, encoding }: Sent): Promise<void> => {
        underWay.add(what);
        const headers = { ...(type !== undefined && { 'content-type': type }), ...(encoding && { 'content-encoding': encoding }) };
        let response: Response;
        let bytes = 0;
        try {
          response = await fetch(engine.url + path, body === undefined ? {} : { method: 'POST', headers, body });
          for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
        } catch (error) {
          // Refused before it was sent to its end, and hung up on.
          if (['EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(String((error as { cause?: { code?: string } }).cause?.code))) return;
          throw error;
        } finally {
          underWay.delete(what);
        }
        // Ours would be 500; 503 is an answer of a busy one.
        if (response.status >= 500 && response.status !== 503) throw new Error(`${what} to ${path} was answered ${response.status}`);
        expect(bytes).toBeLessThan(4 * MIB + 60 * ((body?.length ?? 0) + (encoding ? 24 * MIB : 0)));
      };
      const until = Date.now() + SECONDS * 1_000;
      try {
        // Several at once, since each takes memory of its own.
        const together = fc.array(hostile, { minLength: 1, maxLength: 4 });
        for (let round = 0; round === 0 || Date.now() < until; round += 1) {
          // On a slow machine a round takes minutes.
          const limit = SECONDS > 0 && { interruptAfterTimeLimit: Math.max(1, until - Date.now()) };
          await fc.assert(
            fc.asyncProperty(together, async (all) => void (await Promise.all(all.map(send)))),
            { numRuns: RUNS, seed: SEED + round, endOnFailure: true, ...limit },
          );
        }
      } finally {
        prober.postMessage('over');
        await probing;
      }
      expect([...statuses]).toEqual([201]);
      const sorted = probes.toSorted((a, b) => a - b);
      const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))]!);
      process.stdout.write(
        `fuzz: ${probes.length} probes, median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms${slow.length === 0 ? '' : `; ${slow.length} over ${IN_TIME_MS} ms: ${slow.slice(0, 20).join('; ')}`}\n`,
      );
      // A machine that is shared with other tests says nothing of time; the hour has one of its own.
      if (SECONDS > 0) expect(slow).toEqual([]);
      const { items } = await getJson<{ items: unknown[] }>(`${engine.url}/v1/log/streams/activity-lead-probe?limit=1000`);
      expect(items).toHaveLength(Math.min(1_000, probes.length));
      expect(engine.stderr.filter((line) => line.includes('"level":50'))).toEqual([]);
    },
    Math.max(400_000, (SECONDS + 120) * 1_000),
  );

  it.each([
    [1, '4 MB of lines that are no events', NDJSON, '{}\n'.repeat((4 * MIB) / 3)],
    [3, '2 MB of a batch of them', BATCH, `[${'{},'.repeat((2 * MIB) / 3)}{}]`],
    [
      3,
      '20 lines of 80,000 unknown fields',
      NDJSON,
      `${JSON.stringify(event('w', { ...page, ...Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`f${n}`, 1])) }))}\n`.repeat(
        20,
      ),
    ],
  ])(
    '%i at once of %s leave it alive',
    async (uploads, _what, type, body) => {
      const answers = await Promise.all(
        Array.from({ length: uploads }, async () => {
          const response = await fetch(`${engine.url}/v1/events`, { method: 'POST', headers: { 'content-type': type }, body });
          const lines = (await response.text()).trimEnd().split('\n');
          return {
            status: response.status,
            lines: lines.length,
            last: JSON.parse(lines.at(-1)!) as { rejected?: number; withoutErrors?: number; detail?: string },
          };
        }),
      );
      const expected =
        type === BATCH
          ? { status: 413, lines: 1, last: { detail: expect.stringContaining('a batch of at most 10000 events') as unknown } }
          : { status: 200, lines: body.split('\n').length, last: { rejected: body.split('\n').length - 1 } };
      for (const answer of answers) expect(answer).toMatchObject(expected);
      if (body.startsWith('{}')) for (const { last } of answers) expect(last.withoutErrors).toBeGreaterThan(last.rejected! / 2);
      expect((await fetch(`${engine.url}/health/live`)).status).toBe(200);
    },
    400_000,
  );
});
