import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';
import { until } from '../support/until.testing';

/** Longer than any test may take, unless somebody takes it back. */
const ENDLESS = 'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c';

interface UnderWay {
  id: string;
  sql: string;
  state: 'waiting' | 'running';
  progress: number;
}

describe('questions under way', () => {
  const { folder, remove } = temporaryFolder();
  const reports = join(folder, 'reports');
  let engine: EngineProcess;
  beforeAll(async () => {
    mkdirSync(reports);
    writeFileSync(join(reports, 'endless.sql'), `---\ntitle: Endless\n---\n${ENDLESS}\n`);
    // Less than the answers are large: nobody but the process that makes one may hold it.
    engine = await startEngine(folder, { LEADLOG_REPORTS: reports, NODE_OPTIONS: '--max-old-space-size=128' });
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });
  const ask = (questionId: string, sql = ENDLESS) =>
    postJson<{ detail: string }>(`${engine.url}/v1/sql`, { sql, questionId, seconds: 600 });
  const underWay = async () => (await getJson<{ items: UnderWay[] }>(`${engine.url}/v1/sql/questions`)).items;
  const takeBack = async (id: string) => (await fetch(`${engine.url}/v1/sql/questions/${id}`, { method: 'DELETE' })).status;
  const runs = (id: string) => until(async () => (await underWay()).some((one) => one.id === id && one.state === 'running'));

  it('can be looked at and cancelled by whoever asked, and by an owner', async () => {
    const asked = ask('q-1');
    await runs('q-1');
    const { body: analyst } = await postJson<{ key: string }>(`${engine.url}/v1/keys`, { name: 'analyst', role: 'analyst' });
    const headers = { authorization: `Bearer ${analyst.key}` };
    const byAnalyst = (path: string, method = 'GET') => fetch(`${engine.url}/v1/sql/questions${path}`, { method, headers });
    await until(async () => (await byAnalyst('')).status === 200);
    expect(await (await byAnalyst('')).json()).toEqual({ items: [] });
    expect([(await byAnalyst('/q-1')).status, (await byAnalyst('/q-1', 'DELETE')).status]).toEqual([404, 404]);
    const shown = { id: 'q-1', askedAt: expect.any(String), sql: ENDLESS, state: 'running', progress: expect.any(Number) };
    expect([await getJson<UnderWay>(`${engine.url}/v1/sql/questions/q-1`), await underWay()]).toEqual([shown, [shown]]);
    expect((await ask('q-1')).status).toBe(409);
    expect(await takeBack('q-1')).toBe(200);
    expect(await asked).toEqual({ status: 422, body: expect.objectContaining({ detail: 'cancelled by the client' }) });
    expect([await takeBack('q-1'), await underWay()]).toEqual([404, []]);
    expect((await ask('not a name!')).status).toBe(400);
  });

  it('one that waits is answered at once when it is cancelled, and takes no place from others', async () => {
    const running = ['r-1', 'r-2'].map((id) => ask(id));
    await Promise.all(['r-1', 'r-2'].map(runs));
    const waiting = Array.from({ length: 20 }, (_, n) => ask(`w-${n}`));
    await until(async () => (await underWay()).length === 22);
    expect((await ask('too-many')).status).toBe(503);
    await takeBack('w-7');
    expect(await waiting[7]).toEqual({ status: 422, body: expect.objectContaining({ detail: 'cancelled before it started' }) });
    const after = ask('after', 'SELECT 42 AS answer');
    await until(async () => (await underWay()).some(({ id }) => id === 'after'));
    for (const { id } of await underWay()) if (id !== 'after') await takeBack(id);
    expect((await after).body).toMatchObject({ rows: [[42]] });
    for (const { status } of await Promise.all([...running, ...waiting])) expect(status).toBe(422);
  });

  const called = (...args: string[]) => {
    const child = spawn(process.execPath, ['bin/leadlog', '--url', engine.url, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...OWNED },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text: Buffer) => (said.out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said.err += text.toString()));
    return { child, said, ended: new Promise<number | null>((done) => child.once('close', done)) };
  };

  it.each([
    ['sql', ['sql', ENDLESS]],
    ['report run', ['report', 'run', 'endless']],
    ['report run --keep', ['report', 'run', 'endless', '--keep']],
  ])('Ctrl-C of leadlog %s takes the question back on the api; how far it is goes to stderr', async (_name, args) => {
    const { child, said, ended } = called(...args, '--seconds', '600', '--progress');
    await until(() => /answer: \d+ %\n/.test(said.err));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect([said.out, said.err]).toEqual(['', expect.stringMatching(/leadlog: cancelled\n$/)]);
    await until(async () => (await underWay()).length === 0);
  });

  it.each(['json', 'ndjson', 'csv'])('an answer that is larger than the memory of the api arrives whole as %s', async (format) => {
    const response = await fetch(`${engine.url}/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: "SELECT n, repeat('部', 1000000) AS text FROM range(60) AS t(n)", format }),
    });
    let bytes = 0;
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const ends: string[] = [];
    for await (const part of response.body!) {
      bytes += part.length;
      ends.push(decoder.decode(part, { stream: true }).slice(-200));
      if (ends.length > 2) ends.shift();
    }
    expect([response.status, response.headers.get('leadlog-rows'), bytes > 180_000_000]).toEqual([200, '60', true]);
    expect(ends.join('').trimEnd()).toMatch({ json: /\],"ms":\d+\}$/, ndjson: /部"\}$/, csv: /部$/ }[format]!);
  });

  it('who asked is in the audit, with what they asked for but not of whom, and SQL itself does not see it', async () => {
    const asked = await ask('of-whom', "SELECT count(*)::INTEGER FROM events WHERE type = 'RequestAudited' OR data LIKE '%田中%'");
    expect(asked.body).toMatchObject({ rows: [[0]] });
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    const { said, ended } = called('audit', '--limit', '1', '--after', position, '--json');
    expect([await ended, said.err]).toEqual([0, '']);
    expect(JSON.parse(said.out)).toMatchObject({
      items: [
        {
          kind: 'read',
          outcome: 'done',
          route: 'POST /v1/sql',
          address: '127.0.0.1',
          sql: 'SELECT count(*)::INTEGER FROM events WHERE type = ? OR data LIKE ?',
        },
      ],
    });
  });

  it('names are for whoever may have them, in no file, and the audit says that they were given', async () => {
    const cloudEvent = {
      specversion: '1.0',
      id: 'named-1',
      source: '/form',
      type: 'LeadCaptured',
      subject: 'lead-named',
      time: '2026-06-10T11:00:00+09:00',
      data: { channel: 'form', profile: { name: '山本 春子', email: 'haruko@leadlog.example' } },
    };
    const { body: sent } = await postJson<{ position: string }>(`${engine.url}/v1/events`, cloudEvent, 'application/cloudevents+json');
    await getJson(`${engine.url}/v1/leads/lead-named?after=${sent.position}`);
    const keyOf = async (more: object) =>
      (await postJson<{ key: string }>(`${engine.url}/v1/keys`, { name: 'a', role: 'analyst', ...more })).body.key;
    const [plain, granted] = [await keyOf({}), await keyOf({ names: true })];
    type Told = { columns: { name: string }[]; rows: unknown[][]; errors: unknown[] };
    const askAs = (key: string, more: object = {}) =>
      postJson<Told>(
        `${engine.url}/v1/sql`,
        { sql: "SELECT 7 AS n, lead FROM leads WHERE lead = 'lead-named' UNION ALL SELECT 8, 'nobody' ORDER BY n", names: true, ...more },
        'application/json',
        { authorization: `Bearer ${key}` },
      );
    await until(async () => (await askAs(granted)).status === 200);
    expect(await askAs(granted)).toMatchObject({
      body: {
        columns: [{ name: 'n' }, { name: 'lead' }, { name: 'lead_name' }, { name: 'lead_email' }],
        rows: [
          [7, 'lead-named', '山本 春子', 'haruko@leadlog.example'],
          [8, 'nobody', null, null],
        ],
      },
    });
    expect(await askAs(plain)).toMatchObject({
      status: 403,
      body: { errors: [expect.objectContaining({ expected: 'a key with the permission personal' })] },
    });
    expect(await askAs(granted, { format: 'csv' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/format' }] } });
    expect(await askAs(granted, { limit: 1_001 })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/limit' }] } });
    expect((await askAs(granted, { sql: "SELECT 'nobody' AS lead FROM range(1200)" })).body.rows).toHaveLength(1_000);
    expect(await askAs(granted, { sql: 'SELECT 1 AS one' })).toMatchObject({ status: 422, body: { errors: [{ got: 'one' }] } });
    const { said, ended } = called('sql', '--names', "SELECT lead AS lead_id FROM leads WHERE lead = 'lead-named'");
    expect([await ended, said.out]).toEqual([0, expect.stringMatching(/lead_email[^]*haruko@leadlog\.example/)]);
    const head = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    const { items } = await getJson<{ items: { names?: boolean; outcome: string }[] }>(
      `${engine.url}/v1/audit?limit=50&after=${head.position}`,
    );
    expect(items.filter(({ names }) => names).map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(['done', 'refused']));
  });

  it('an error of any length is told in short, and a kept answer of any length is kept and given', async () => {
    const { status, body } = await ask('long', "SELECT error(repeat('x', 100000000))");
    expect([status, body.detail.length < 2_100, JSON.stringify(body).length < 5_000]).toEqual([400, true, true]);
    writeFileSync(join(reports, 'large.sql'), `---\ntitle: Large\n---\nSELECT n, repeat('x', 1000000) AS text FROM range(150) AS t(n)\n`);
    const lengthOf = async (response: Response) => {
      let bytes = 0;
      for await (const part of response.body!) bytes += part.length;
      return bytes;
    };
    const kept = await fetch(`${engine.url}/v1/reports/large/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keep: true }),
    });
    const length = await lengthOf(kept);
    const { items } = await getJson<{ items: { id: string; rowCount: number }[] }>(`${engine.url}/v1/reports/large/results`);
    expect([length > 150_000_000, items]).toEqual([true, [expect.objectContaining({ rowCount: 150 })]]);
    expect(await lengthOf(await fetch(`${engine.url}/v1/reports/large/results/${items[0]!.id}`))).toBe(length);
  });

  it.each([
    ['the answer, as with | head', 'leads list', 0],
    ['answer and notices, as with 2>&1 | head', 'leads list 2>&1', 0],
    ['an error', 'nonsense 2>&1 >/dev/null', 2],
  ])('nobody reads %s: the exit code says what it would have said', (_what, args, code) => {
    const command = `${process.execPath} bin/leadlog --url ${engine.url} ${args} | true; exit "\${PIPESTATUS[0]}"`;
    expect(spawnSync('bash', ['-c', command], { env: { ...process.env, ...OWNED } }).status).toBe(code);
  });

  it('the answer stands alone on stdout', async () => {
    const { said, ended } = called('sql', '--progress', '--format', 'csv', 'SELECT 42 AS answer');
    expect([await ended, said.out]).toEqual([0, 'answer\n42\n']);
  });
});

describe('KPIs as of a moment', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(folder);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });
  const RANGE = 'from=2026-06-01&to=2026-07-01';
  let sent = 0;
  /** Answers the position of the last. */
  const send = async (...events: [type: string, time: string, subject: string, data: object][]): Promise<string> => {
    const batch = events.map(([type, time, subject, data]) => ({
      specversion: '1.0',
      type,
      id: `kpi-${sent++}`,
      source: 'crm',
      time,
      subject,
      data,
    }));
    const response = await fetch(`${engine.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(batch),
    });
    const { results } = (await response.json()) as { results: { result: string; position: string }[] };
    expect(results.map(({ result }) => result)).toEqual(events.map(() => 'accepted'));
    return results.reduce((last, { position }) => (BigInt(position) > BigInt(last) ? position : last), '0');
  };
  const kpis = (query: string) =>
    getJson<{ items: { kpi: string; group?: string; numerator: number; currency?: string }[]; asOf?: string }>(
      `${engine.url}/v1/kpis?${RANGE}&${query}`,
    );

  it('are those that were answered then, in every way they can be split; what came later, also about earlier days, is in none of them', async () => {
    const call = (rep: string, outcome: string) => ({
      callId: `call-${sent}`,
      repId: rep,
      outcome,
      startedAt: '2026-06-02T10:00:00+09:00',
      seconds: 60,
    });
    const amount = { value: 1234.5, currency: 'USD' };
    await send(
      ['CallCompleted', '2026-06-02T10:00:00+09:00', 'lead/l-1', call('佐藤', 'reached')],
      ['DealOpened', '2026-06-03T10:00:00+09:00', 'lead/l-1', { dealId: 'd-1', repId: '佐藤', amount }],
    );
    const after = await send([
      'DealWon',
      '2026-06-20T10:00:00+09:00',
      'lead/l-1',
      { dealId: 'd-1', amount, signedAt: '2026-06-20T10:00:00+09:00' },
    ]);
    const ways = ['by=none', 'by=rep&period=week', 'by=team&period=day', 'by=origin&period=month'];
    const before = await Promise.all(ways.map((way) => kpis(`${way}&after=${after}`)));
    const moment = new Date().toISOString();
    await until(() => Date.now() > Date.parse(moment) + 1);
    const later = await send(
      ['CallCompleted', '2026-06-02T11:00:00+09:00', 'lead/l-2', call('鈴木', 'reached')],
      ['DealLost', '2026-06-21T10:00:00+09:00', 'lead/l-1', { dealId: 'd-1', reason: '費用が折り合わず', declaredBy: 'customer' }],
    );
    const now = await Promise.all(ways.map((way) => kpis(`${way}&after=${later}`)));
    for (const [at, way] of ways.entries()) {
      const past = await kpis(`${way}&asOf=${encodeURIComponent(moment)}`);
      expect([way, past.asOf, past.items]).toEqual([way, moment, before[at]!.items]);
      expect([way, (await kpis(`${way}&asOf=${encodeURIComponent(new Date().toISOString())}`)).items]).toEqual([way, now[at]!.items]);
    }
    const totals = (table: { items: { kpi: string; numerator: number }[] }) =>
      ['calls', 'wins'].map((name) => table.items.find(({ kpi }) => kpi === name)!.numerator);
    expect([totals(before[0]!), totals(now[0]!)]).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  it.each([
    ['asOf=2999-01-01T00:00:00Z', { pointer: '/asOf', expected: 'a moment that is not in the future', got: '"2999-01-01T00:00:00Z"' }],
    ['asOf=yesterday', { pointer: '/asOf', expected: 'a moment in RFC 3339 with an offset', got: '"yesterday"' }],
    ['asOf=2026-06-10T00:00:00', { pointer: '/asOf', expected: 'a moment in RFC 3339 with an offset', got: '"2026-06-10T00:00:00"' }],
    ['asOf=2026-W14', { pointer: '/asOf', expected: 'a moment in RFC 3339 with an offset', got: '"2026-W14"' }],
    [
      'asOf=2026-06-10T00:00:00Z&by=rep&kpi=leads',
      { pointer: '/by', expected: 'one of none, origin, campaign, region, industry for leads', got: '"rep"' },
    ],
  ])('refuse %s', async (query, error) => {
    const response = await fetch(`${engine.url}/v1/kpis?${RANGE}&${query}`);
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ errors: [error] })]);
  });
});
