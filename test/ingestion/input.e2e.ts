import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { getJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { AS_OWNER } from '../support/owner-key';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const NDJSON = 'application/x-ndjson';
const MIB = 1_048_576;
const HOUR_AGO = new Date(Date.now() - 3_600_000).toISOString();
const WORDS = '設備保全の御見積書①㈱ｶﾅ 👩🏽‍🔧👨‍👩‍👧 가 e\u0301 𠮷野家 \u2028"\\/\t終';

interface FieldError {
  pointer: string;
  expected: string;
  got: string;
}
interface Answer {
  line?: number;
  result?: string;
  id?: string;
  eventId?: string;
  leadId?: string;
  position?: string;
  errors?: FieldError[];
  accepted?: number;
  duplicates?: number;
  rejected?: number;
  results?: Answer[];
  status?: number;
  title?: string;
  detail?: string;
}

describe('whatever is sent has its answer, event by event', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let made = 0;

  beforeAll(async () => {
    engine = await startEngine(folder);
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  const page = { url: 'https://www.leadlog.example/price', category: 'other' };
  const viewed = (leadId: string, more: object = {}) => ({
    specversion: '1.0',
    id: `in-${(made += 1)}`,
    source: '/input',
    type: 'com.example.WebPageViewed',
    time: HOUR_AGO,
    data: { leadId, ...page },
    ...more,
  });
  async function send(
    type: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; type: string | null; body: Answer }> {
    const response = await fetch(`${engine.url}/v1/events`, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
    return { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as Answer };
  }
  const sendOne = (event: object) => send(STRUCTURED, JSON.stringify(event));
  async function stream(body: string | Buffer): Promise<{ answers: Answer[]; summary: Answer }> {
    const response = await fetch(`${engine.url}/v1/events`, { method: 'POST', headers: { 'content-type': NDJSON }, body });
    expect(response.status).toBe(200);
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    return { answers: lines.slice(0, -1), summary: lines.at(-1)! };
  }
  /** The ids, as sent, of what the log holds of a lead. */
  async function recorded(leadId: string): Promise<string[]> {
    const ids: string[] = [];
    for (;;) {
      const { items } = await getJson<{ items: { metadata: { sourceId: string } }[] }>(
        `${engine.url}/v1/log/streams/activity-${leadId}?limit=1000&from=${ids.length}`,
      );
      if (items.length === 0) return ids;
      ids.push(...items.map(({ metadata }) => metadata.sourceId));
    }
  }
  const text = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;
  const part = { pointer: expect.any(String) as string, expected: text(/\w/), got: text(/./) };
  const isProblem = (answer: { status: number; type: string | null; body: Answer }, status: number, detail: RegExp) => {
    expect(answer).toMatchObject({
      status,
      type: text(/^application\/problem\+json/),
      body: { type: text(/^urn:/), title: text(/\w/), status, detail: text(detail) },
    });
    if ([400, 404, 409, 413, 415, 422].includes(status)) expect(answer.body.errors).toEqual(expect.arrayContaining([part]));
  };

  describe('one event', () => {
    it.each<[what: string, body: string | Buffer, status: number, detail: RegExp]>([
      ['malformed JSON', '{"id": "x",}', 400, /malformed JSON.*position 11/],
      ['half an event', JSON.stringify(viewed('lead-1')).slice(0, 90), 400, /malformed JSON/],
      ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, /not UTF-8/],
      ['an empty body', '', 422, /expected a CloudEvent \(an object\), got nothing/],
      ['a list in place of an event', '[{}]', 422, /expected a CloudEvent \(an object\), got \[\{\}\]/],
      [
        'more than 1 MiB',
        JSON.stringify(viewed('lead-1', { data: { leadId: 'lead-1', ...page, note: 'x'.repeat(MIB) } })),
        413,
        /at most 1048576 bytes/,
      ],
      [
        'JSON nested without end',
        `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
        422,
        /expected a CloudEvent \(an object\), got a value nested/,
      ],
    ])('refuses %s as a problem that says what was expected', async (_what, body, status, detail) =>
      isProblem(await send(STRUCTURED, body), status, detail),
    );

    it.each<[what: string, change: object, pointer: string, expected: RegExp, got: RegExp]>([
      [
        'an unknown type, with the nearest one',
        { type: 'com.example.WebPageVeiwed' },
        '/type',
        /nearest is WebPageViewed$/,
        /WebPageVeiwed/,
      ],
      ['a decision that only the engine makes', { type: 'LeadHandedOff' }, '/type', /only Leadlog makes and records/, /LeadHandedOff/],
      ['a date in the future', { time: '2199-01-01T00:00:00+09:00' }, '/time', /a time that is not in the future/, /2199/],
      [
        'a time without an offset',
        { time: '2026-06-10T11:00:00' },
        '/time',
        /with a time-zone offset, such as 2026-06-04T10:12:00\+09:00; a local time/,
        /"2026-06-10T11:00:00"/,
      ],
      ['a time with the name of a zone', { time: '2026-06-10T11:00:00 JST' }, '/time', /with a time-zone offset/, /JST/],
      ['a day that does not exist', { time: '2026-02-30T11:00:00Z' }, '/time', /RFC 3339/, /02-30/],
      ['a field that is not there', { data: { leadId: 'lead-1', category: 'price' } }, '/data/url', /a web address/, /^nothing$/],
      [
        'a value of no choice',
        { data: { leadId: 'lead-1', ...page, category: 'prize' } },
        '/data/category',
        /one of price, product/,
        /"prize"/,
      ],
      ['a misspelt field', { data: { leadId: 'lead-1', ...page, dwelMs: 5 } }, '/data/dwelMs', /the nearest known one is dwellMs/, /5/],
      [
        'a number out of bounds',
        { data: { leadId: 'lead-1', ...page, dwellMs: -1 } },
        '/data/dwellMs',
        /a whole number from 0 to 86400000/,
        /-1/,
      ],
      ['no lead', { data: page }, '/data', /exactly one of leadId, identity/, /none of them/],
      ['an id with half a character', { id: 'a\ud800' }, '/id', /lone surrogates/, /ud800/],
    ])('rejects %s, with field and reason', async (_what, change, pointer, expected, got) => {
      const answer = await sendOne(viewed('lead-1', change));
      isProblem(answer, 422, /^The event is rejected\. /);
      expect(answer.body.errors).toEqual([{ pointer, expected: text(expected), got: text(got) }]);
    });

    it('names some of ten thousand wrong fields, not all', async () => {
      const wrong = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, 1]));
      expect((await sendOne(viewed('lead-1', { data: { leadId: 'lead-1', ...page, ...wrong } }))).body.errors).toHaveLength(20);
    });

    it('answers what is sent again as a duplicate with the same id and position; what was recorded first holds', async () => {
      const event = viewed('lead-twice');
      const first = await sendOne(event);
      expect(first).toMatchObject({
        status: 201,
        body: { result: 'accepted', id: event.id, leadId: 'lead-twice', position: text(/^\d+$/) },
      });
      expect(await sendOne(event)).toEqual({ ...first, status: 200, body: { ...first.body, result: 'duplicate' } });
      const other = { ...event, data: { ...event.data, category: 'price' } };
      isProblem(await sendOne(other), 409, /This id stands for other content already/);
      expect(await send(BATCH, JSON.stringify([event, other]))).toMatchObject({
        status: 200,
        body: { duplicates: 1, conflicts: 1, results: [{ result: 'duplicate' }, { result: 'conflict' }] },
      });
      expect(await recorded('lead-twice')).toEqual([event.id]);
    });

    it('takes binary mode, attributes in ce-… headers, and names the header that is wrong', async () => {
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': `b-${encodeURIComponent('見積')}`,
        'ce-source': '/input',
        'ce-type': 'WebPageViewed',
        'ce-time': HOUR_AGO,
        'ce-subject': 'lead-binary',
      };
      expect(await send('application/json', JSON.stringify(page), headers)).toMatchObject({
        status: 201,
        body: { id: 'b-見積', leadId: 'lead-binary' },
      });
      expect(await send('application/json', JSON.stringify(page), headers)).toMatchObject({ status: 200, body: { result: 'duplicate' } });
      const local = await send('application/json', JSON.stringify(page), { ...headers, 'ce-id': 'b-2', 'ce-time': '2026-06-10T11:00:00' });
      expect(local).toMatchObject({ status: 422, body: { errors: [{ pointer: '/time' }] } });
      expect(await recorded('lead-binary')).toEqual(['b-見積']);
    });

    it('takes times in any offset as the moments they are', async () => {
      const same = ['2026-06-10T09:30:00+09:00', '2026-06-09T21:30:00-03:00', '2026-06-10T00:30:00Z'];
      const answers = await Promise.all(same.map((time) => sendOne(viewed('lead-zones', { time }))));
      const last = answers.map(({ body }) => BigInt(body.position!)).reduce((a, b) => (a > b ? a : b));
      const { items } = await getJson<{ items: { occurredAt: string }[] }>(
        `${engine.url}/v1/leads/lead-zones/timeline?after=${last}&lane=customer`,
      );
      expect(items.map(({ occurredAt }) => occurredAt)).toEqual(same.map(() => '2026-06-10T00:30:00.000Z'));
    });

    it('makes one lead of twenty that tell of the same new address at once, however it is written', async () => {
      const ways = ['sora.ito@minato-seiki.example', 'Sora.Ito@Minato-Seiki.example', 'ｓｏｒａ.ito@minato-seiki.example'];
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sendOne(viewed('', { data: { identity: { email: ways[index % 3] }, ...page } }))),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      const leads = new Set(answers.map(({ body }) => body.leadId!));
      expect(leads.size).toBe(1);
      expect((await recorded([...leads][0]!)).sort()).toEqual(answers.map(({ body }) => body.id).sort());
    });
  });

  describe('a text with half a character, or with U+0000', () => {
    const half = 'a\ud800';
    const ask = async (path: string, body?: unknown) => {
      const response = await fetch(
        engine.url + path,
        body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      );
      return { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as Answer };
    };

    it.each<[way: string, path: string, body: object, pointer: string]>([
      ['the note of a rejection', '/v1/handoffs/lead-1.1/reject', { repId: 'rep-1', reason: 'other', note: half }, '/note'],
      ['the reason of a return', '/v1/leads/lead-1/return', { reason: half }, '/reason'],
      ['the id of a command', '/v1/leads/lead-1/disqualify', { reason: 'other', id: 'a\0' }, '/id'],
      ['the lead of a merge', '/v1/leads/lead-1/merge', { mergedId: half }, '/mergedId'],
      ['an insight', '/v1/handoffs/lead-1.1/insight', { kind: 'question', text: half }, '/text'],
      ['a model', '/v1/models/engagement/drafts', { model: half }, '/model'],
      ['a publication', '/v1/models/engagement/publish', { document: half }, '/document'],
      ['SQL', '/v1/sql', { sql: `SELECT '${half}'` }, '/sql'],
      ['a parameter of SQL', '/v1/sql', { sql: 'SELECT $name', parameters: { name: half } }, '/parameters/name'],
      ['a parameter of a report', '/v1/reports/call-timing/run', { parameters: { [half]: 1 } }, '/parameters/a\ufffd'],
    ])('is refused in %s', async (_way, path, body, pointer) => {
      const answer = await ask(path, body);
      isProblem(answer, 422, /lone surrogates/);
      expect(answer.body.errors).toEqual([{ pointer, expected: text(/lone surrogates/), got: text(/ud800|u0000/) }]);
    });

    it('is refused in an address', async () => {
      for (const path of ['/v1/leads?q=%00', '/v1/leads/a%00b', '/v1/leads/a%00b/why', '/v1/inbox?rep=%00'])
        isProblem(await ask(path), 400, /lone surrogates/);
    });

    it('is refused in every form in which an event can come, and harms nobody beside it', async () => {
      const bad = () => viewed('lead-whole', { data: { leadId: 'lead-whole', ...page, contentId: half } });
      isProblem(await sendOne(bad()), 422, /\/data\/contentId: expected text without lone surrogates/);
      const events = [viewed('lead-whole'), bad(), viewed('lead-whole', { subject: 'a\0b' }), viewed('lead-whole')];
      const results = ['accepted', 'rejected', 'rejected', 'accepted'];
      expect((await send(BATCH, JSON.stringify(events))).body.results!.map(({ result }) => result)).toEqual(results);
      const { answers } = await stream(events.map((event) => `${JSON.stringify({ ...event, id: `n-${event.id}` })}\n`).join(''));
      expect(answers.map(({ result }) => result)).toEqual(results);
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': 'b%00',
        'ce-source': '/input',
        'ce-type': 'WebPageViewed',
        'ce-time': HOUR_AGO,
        'ce-subject': 'lead-binary',
      };
      expect(await send('application/json', JSON.stringify(page), headers)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/id' }] },
      });
      expect(await ask('/v1/sql', { sql: `SELECT count(*)::INTEGER FROM events WHERE lead = 'lead-whole'` })).toMatchObject({
        status: 200,
        body: { rows: [[4]] },
      });
    });
  });

  it('a batch: the good ones go in, each bad one comes back with its line', async () => {
    const [a, b] = [viewed('lead-batch'), viewed('lead-batch')];
    const bad = [
      viewed('lead-batch', { type: 'Nonsense' }),
      viewed('lead-batch', { time: '2026-06-10T11:00:00' }),
      viewed('lead-batch', { data: { leadId: 'lead-batch' } }),
    ];
    const { status, body } = await send(BATCH, JSON.stringify([a, bad[0], 7, b, bad[1], a, bad[2]]));
    expect([status, body.accepted, body.duplicates, body.rejected]).toEqual([200, 2, 1, 4]);
    expect(body.results!.map(({ line, result, id, errors }) => [line, result, id, errors?.[0]!.pointer])).toEqual([
      [1, 'accepted', a.id, undefined],
      [2, 'rejected', bad[0]!.id, '/type'],
      [3, 'rejected', undefined, ''],
      [4, 'accepted', b.id, undefined],
      [5, 'rejected', bad[1]!.id, '/time'],
      [6, 'duplicate', a.id, undefined],
      [7, 'rejected', bad[2]!.id, '/data/url'],
    ]);
    expect(await recorded('lead-batch')).toEqual([a.id, b.id]);
    isProblem(await send(BATCH, '{}'), 422, /expected a list of CloudEvents, got \{\}/);
    isProblem(await send(BATCH, `[${JSON.stringify(a)},`), 400, /malformed JSON/);
  });

  describe('NDJSON', () => {
    it('10,000 lines, some of them bad, blank or far too long: an answer a line, exactly the good ones in, their text as it was', async () => {
      const good = Array.from({ length: 10_000 }, (_, index) => viewed(`bulk-${index % 8}`));
      const lines = good.map((event) => JSON.stringify(event));
      // The lines that stand between the good ones; a blank one is no event and has no answer.
      const odd = new Map<number, [text: string, error?: Partial<Record<keyof FieldError, unknown>>]>([
        [1_000, ['{"id": "cut', { pointer: '', got: text(/malformed JSON/) }]],
        [2_500, ['']],
        [4_000, [JSON.stringify(viewed('bulk-0', { time: '2199-01-01T00:00:00Z' })), { pointer: '/time' }]],
        [
          5_000,
          [
            JSON.stringify(viewed('bulk-0', { data: { leadId: 'bulk-0', ...page, text: 'x'.repeat(3 * MIB) } })),
            { expected: text(/at most 1048576 bytes a line/) },
          ],
        ],
        [
          6_000,
          [
            JSON.stringify(viewed('bulk-0', { data: { leadId: 'bulk-0', ...page, category: '価格' } })),
            { pointer: '/data/category', got: '"価格"' },
          ],
        ],
        [6_001, ['  ']],
        [7_000, [`{"data":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, { pointer: '/specversion' }]],
      ]);
      for (const [at, [line]] of odd) lines.splice(at - 1, 0, line);
      const words = viewed('lead-words', {
        type: 'ContentDownloaded',
        data: { leadId: 'lead-words', assetId: 'wp-1', kind: 'whitepaper', title: WORDS },
      });
      const { answers, summary } = await stream(`\ufeff${lines.join('\n')}\n${JSON.stringify(words)}`);

      const refused = [...odd].filter(([, [, error]]) => error);
      expect(summary).toMatchObject({ accepted: 10_001, duplicates: 0, rejected: refused.length });
      expect(answers.filter(({ result }) => result === 'rejected')).toMatchObject(
        refused.map(([line, [, error]]) => ({ line, errors: expect.arrayContaining([expect.objectContaining(error)]) as unknown })),
      );
      expect(answers.map(({ line }) => line)).toEqual(
        lines.concat('words').flatMap((line, index) => (line.trim() === '' ? [] : [index + 1])),
      );
      expect(answers.flatMap(({ id, result }) => (result === 'accepted' ? [id] : []))).toEqual([...good, words].map(({ id }) => id));
      for (let lead = 0; lead < 8; lead++)
        expect(await recorded(`bulk-${lead}`)).toEqual(good.filter((_, index) => index % 8 === lead).map(({ id }) => id));
      const { items } = await getJson<{ items: { data: { title?: string } }[] }>(
        `${engine.url}/v1/leads/lead-words/timeline?after=${summary.position}&lane=customer`,
      );
      expect(items.map(({ data }) => data.title)).toEqual([WORDS]);
    });

    it('keeps what was answered when the connection breaks within a line, nothing of that line, and calls the rest duplicates when all is sent again', async () => {
      const events = Array.from({ length: 4 }, () => viewed('lead-broken'));
      const body = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      // The half line is whole JSON but for its line feed: only the length tells that something is missing.
      const { socket, until } = open(engine, NDJSON, body.length);
      socket.write(body.slice(0, -1));
      await until('"line":3,"result":"accepted"');
      socket.destroy();
      await once(socket, 'close');
      const { answers, summary } = await stream(body);
      expect(answers.map(({ result }) => result)).toEqual(['duplicate', 'duplicate', 'duplicate', 'accepted']);
      expect(summary).toMatchObject({ accepted: 1, duplicates: 3, rejected: 0 });
      expect(await recorded('lead-broken')).toEqual(events.map(({ id }) => id));
    });
  });

  it('half a body: says that it broke off, takes nothing of it and goes on', async () => {
    const event = viewed('lead-half');
    const { socket, until } = open(engine, STRUCTURED, 1_000);
    socket.end(JSON.stringify(event));
    await until('broke off before its end');
    await once(socket, 'close');
    expect(await recorded('lead-half')).toEqual([]);
    expect((await sendOne(event)).status).toBe(201);
  });

  it('what is no HTTP has its answer too', async () => {
    const socket = connect(Number(new URL(engine.url).port), '127.0.0.1');
    socket.write('HELLO\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*the request is no HTTP/);
  });

  it.each(['text/csv', 'text/plain', 'application/xml'])('refuses %s and lists what it takes', async (type) => {
    isProblem(
      await send(type, 'a,b'),
      415,
      /application\/cloudevents\+json, application\/cloudevents-batch\+json, application\/x-ndjson, or application\/json/,
    );
  });

  describe('a body in gzip', () => {
    const gzip = { 'content-encoding': 'gzip' };

    it('is taken in every form, and by commands', async () => {
      const [a, b, c] = [viewed('lead-gzip'), viewed('lead-gzip'), viewed('lead-gzip')];
      expect((await send(STRUCTURED, gzipSync(JSON.stringify(a)), gzip)).status).toBe(201);
      expect((await send(BATCH, gzipSync(JSON.stringify([a, b])), gzip)).body).toMatchObject({ accepted: 1, duplicates: 1 });
      const streamed = await fetch(`${engine.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': NDJSON, ...gzip },
        body: gzipSync([a, b, c].map((event) => `${JSON.stringify(event)}\n`).join('')),
      });
      expect(
        (await streamed.text())
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Answer),
      ).toMatchObject([{ line: 1, result: 'duplicate' }, { line: 2 }, { line: 3, result: 'accepted' }, { accepted: 1, duplicates: 2 }]);
      expect(await recorded('lead-gzip')).toEqual([a, b, c].map(({ id }) => id));
      const asked = await fetch(`${engine.url}/v1/sql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...gzip },
        body: gzipSync('{"sql":"SELECT 42"}'),
      });
      expect(await asked.json()).toMatchObject({ rows: [[42]] });
    });

    it('is refused where it is none, is cut off, or unpacks to more than is taken', async () => {
      const event = gzipSync(JSON.stringify(viewed('lead-gzip-bad')));
      isProblem(await send(STRUCTURED, Buffer.from('{}'), gzip), 400, /not in gzip, as content-encoding says/);
      isProblem(await send(STRUCTURED, event.subarray(0, -9), gzip), 400, /not in gzip/);
      isProblem(await send(NDJSON, Buffer.from([31, 139, 8, 0, 99, 1, 2, 3]), gzip), 400, /not in gzip/);
      isProblem(await send(STRUCTURED, gzipSync(Buffer.alloc(2 * MIB, ' ')), gzip), 413, /at most 1048576 bytes/);
      isProblem(await send(BATCH, gzipSync(Buffer.alloc(64 * MIB, ' ')), gzip), 413, /a batch of at most 8388608/);
      isProblem(await send(STRUCTURED, event, { 'content-encoding': 'br' }), 415, /content-encoding: expected gzip or none, got "br"/);
      expect(await recorded('lead-gzip-bad')).toEqual([]);
    });
  });

  it.each(['/docs', '/openapi.json', '/v1/schemas'])('GET %s answers', async (path) =>
    expect((await fetch(engine.url + path)).status).toBe(200),
  );

  it.each<[path: string, status: number, detail: RegExp, rest?: string]>([
    ['/nowhere', 404, /nowhere/],
    ['/v1/leads/nobody', 404, /id: expected a lead of which an event has been recorded, got "nobody"/],
    ['/v1/schemas/WebPageView', 404, /nearest.*WebPageViewed/],
    ['/v1/leads?limit=many', 400, /limit: expected a whole number from 1 to 200, got "many"/],
    ['/v1/leads?tier=warmish', 400, /tier: expected one of cold, warm, hot/],
    ['/v1/leads?after=soon', 400, /after: expected a position/],
    ['/v1/leads?cursor=x', 400, /cursor: expected a cursor from an earlier page/],
    ['/v1/leads/lead-twice/why?at=2026-06-10T11:00:00', 400, /RFC 3339 with an offset/],
    ['/v1/leads/%E0%A4%A', 400, /not a valid url/],
    ['/v1/leads/a', 414, /exceeding/, 'a'.repeat(600)],
  ])('GET %s answers a problem', async (path, status, detail, rest = '') => {
    const response = await fetch(engine.url + path + rest);
    isProblem(
      { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as Answer },
      status,
      detail,
    );
  });

  it('none of all this was an error of ours', () => expect(engine.stderr.filter((line) => line.includes('"level":50'))).toEqual([]));

  it('gives back a lead and an account under whatever id it took', async () => {
    const ids = ['a/b', '../x', '%2e', '%', '%zz', 'a?b#c', '...', '\\', '部'.repeat(128), '😀'.repeat(128), "'", ';,+&=', '~merges'];
    const sent = await send(BATCH, JSON.stringify(ids.map((id) => viewed(id, { data: { leadId: id, accountId: id, ...page } }))));
    const { position } = sent.body.results!.at(-1)!;
    for (const id of ids) {
      const path = encodeURIComponent(id);
      expect(await getJson(`${engine.url}/v1/leads/${path}?after=${position}`)).toMatchObject({ leadId: id, accountId: id });
      expect(await getJson(`${engine.url}/v1/leads/${path}/timeline`)).toMatchObject({ leadId: id, items: [{ type: 'WebPageViewed' }] });
      expect(await getJson(`${engine.url}/v1/accounts/${path}`)).toMatchObject({ accountId: id });
    }
  });
});

/** A bare connection that has sent the head of a request of so many bytes. */
function open(engine: EngineProcess, type: string, length: number): { socket: Socket; until(found: string): Promise<void> } {
  const socket = connect(Number(new URL(engine.url).port), '127.0.0.1');
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: ${AS_OWNER.authorization}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`,
  );
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
  const until = async (found: string) => {
    while (!got.includes(found)) await once(socket, 'data');
  };
  return { socket, until };
}
