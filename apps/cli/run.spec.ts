import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '@leadlog/access';
import { newEvent } from '@leadlog/event-log/log.contract';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { MasterKey } from '@leadlog/personal';
import { sealClearEvents } from '@leadlog/personal/sqlite/seal-clear-events';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { parseModel } from '@leadlog/scoring';
import { run } from './run';
import { sendEvents } from './import/send-events';

async function called(...args: string[]) {
  let out = '';
  let err = '';
  const code = await run(args, { env: {}, out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

let server: Server | undefined;
async function serve(
  answer: (path: string, body: string, method: string) => { status: number; text: string; headers?: Record<string, string> },
): Promise<string> {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { status, text, headers } = answer(request.url!, body, request.method!);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((listening) => server!.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(async () => {
  if (server) await new Promise((closed) => server!.close(closed));
  server = undefined;
});

describe('model new', () => {
  it.each(['engagement', 'saas', 'manufacturing', 'services'])('prints the starting model %s, which is one', async (kind) => {
    const { code, out } = await called('model', 'new', kind);
    expect([code, parseModel(out).model]).toEqual([0, kind]);
  });

  it('of another kind says which there are', async () => {
    expect(await called('model', 'new', 'bank')).toMatchObject({
      code: 2,
      err: expect.stringContaining('engagement, manufacturing, saas, services') as string,
    });
  });
});

describe('a key that cannot be used', () => {
  it.each([
    ['--key-file', ['--key-file', '/none/owner.key'], {}, '/none/owner.key: expected a file with an access key that can be read (ENOENT)'],
    ['LEADLOG_KEY', [], { LEADLOG_KEY: 'll_half' }, 'expected an access key (ll_…), got something else'],
  ])('is told as that, and not as an engine that is away: %s', async (name, options, env, why) => {
    let err = '';
    const said = (text: string) => (err += text);
    expect(await run(['leads', 'list', '--url', 'http://127.0.0.1:9', ...options], { env, out: said, err: said })).toBe(2);
    expect(err).toBe(`leadlog: ${name}: ${why}\n`);
  });
});

describe('doctor', () => {
  const examine = async (env: Record<string, string>) => {
    let out = '';
    const code = await run(['doctor', '--url', 'http://127.0.0.1:9'], { env, out: (text) => (out += text), err: () => undefined });
    return { code, out };
  };
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-doctor-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds nothing wrong before the first start, and leaves nothing behind', async () => {
    const { code, out } = await examine({ LEADLOG_DATA: join(folder, 'new') });
    expect([code, out]).toEqual([0, expect.stringMatching(/fine +log: .*event-log.db is made at the first start/)]);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('finds the API by its address however that ends, and refuses one that is none', async () => {
    const paths: string[] = [];
    const url = await serve((path) => {
      paths.push(path);
      return { status: 200, text: '{}' };
    });
    const asked = async (address: string) => {
      let out = '';
      const code = await run(['doctor', '--url', address], {
        env: { LEADLOG_DATA: join(folder, 'new') },
        out: (text) => (out += text),
        err: (text) => (out += text),
      });
      return { code, out };
    };
    for (const address of [url, `${url}/`]) expect((await asked(address)).out).toMatch(/fine +API: .* is ready/);
    expect(paths).toEqual(['/health/ready', '/health/ready']);
    expect(await asked('here')).toEqual({ code: 2, out: 'leadlog: --url: expected an address like http://127.0.0.1:3000, got "here"\n' });
  });

  it('says whether the API is on this log, also where it takes no key that would tell', async () => {
    const data = join(folder, 'b');
    await SqliteEventLog.open({ file: join(data, 'event-log.db') }).close();
    const { text: key } = newKey();
    let refusal = 401;
    const url = await serve((path) =>
      path === '/health/ready'
        ? { status: 200, text: '{}' }
        : { status: refusal, text: JSON.stringify({ title: 'No', detail: 'why not' }) },
    );
    const said = async (env: Record<string, string>) => {
      let out = '';
      const code = await run(['doctor', '--url', url], { env: { LEADLOG_DATA: data, ...env }, out: (text) => (out += text), err: () => 0 });
      return [code, out.split('\n').find((line) => line.includes(' API: '))];
    };
    const notKnown = (why: string) => [0, `look   API: ${url} is ready; whether it is on this log is not known: ${why}`];
    expect(await said({})).toEqual(notKnown('401 No: why not'));
    // The key of this folder: an API that stands on it has read it there.
    writeFileSync(join(data, 'owner.key'), key);
    expect(await said({})).toEqual([
      1,
      expect.stringMatching(/^WRONG {2}API: .* stands on another log than the settings of this shell name/),
    ]);
    expect(await said({ LEADLOG_KEY: key })).toEqual(notKnown('401 No: why not'));
    refusal = 403;
    expect(await said({})).toEqual(notKnown('403 No: why not'));
  });

  it('says whether something personal is in clear in the log, and that its worker will seal it', async () => {
    const data = join(folder, 'clear');
    const stored = SqliteEventLog.open({ file: join(data, 'event-log.db') });
    const says = async () => (await examine({ LEADLOG_DATA: data })).out.split('\n').find((line) => /^\w+ +personal data: /.test(line));
    expect(await says()).toBe('fine   personal data: none is recorded yet');
    const told = (text: string) => [newEvent({ leadId: 'a', kind: 'demo', text }, 'InquiryReceived')];
    await stored.append('activity-a', told('in clear'), { expected: 'any' });
    expect(await says()).toMatch(/^look   personal data: some of the oldest .* are recorded in clear .*; they are sealed when a worker/);
    await stored.close();
    const keys = SqlitePersonalKeys.open({ file: join(data, 'keys.db'), master: new MasterKey(Buffer.alloc(32, 7)) });
    const sealing = sealClearEvents(join(data, 'event-log.db'), keys, { onLeft: () => undefined });
    expect(await sealing.finally(() => keys.close())).toBe(1);
    expect(await says()).toBe('fine   personal data: none in clear among the oldest 1000 events about people');
  });

  it('says what is wrong and what to set', async () => {
    expect(await examine({ REDIS_URL: 'here' })).toEqual({
      code: 1,
      out: expect.stringMatching(/WRONG +settings: REDIS_URL: expected an address/),
    });
    for (const setting of ['LEADLOG_MODEL', 'LEADLOG_POLICY'])
      expect(await examine({ LEADLOG_DATA: join(folder, 'new'), [setting]: join(folder, 'none.yaml') })).toEqual({
        code: 1,
        out: expect.stringMatching(new RegExp(`WRONG +(scoring model|handoff policy): ${setting}: expected a file that can be read`)),
      });
    writeFileSync(join(folder, 'file'), '');
    expect(await examine({ LEADLOG_DATA: join(folder, 'file', 'data') })).toEqual({
      code: 1,
      out: expect.stringMatching(/WRONG +data folder: .*file is a file; set LEADLOG_DATA to a folder/),
    });
    writeFileSync(join(folder, 'event-log.db'), 'this is no database '.repeat(1_000));
    expect(await examine({ LEADLOG_DATA: folder })).toEqual({
      code: 1,
      out: expect.stringMatching(/WRONG +log: .*damaged; stop Leadlog and restore it/),
    });
  });

  it('says of servers that do not answer which setting to look at', async () => {
    const { code, out } = await examine({
      LEADLOG_DATA: folder,
      EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(
        /WRONG +log: .*EVENTSTORE_URL.*\n.*WRONG +keys of personal data: .*\n.*WRONG +read models: .*REDIS_URL.*\n.*WRONG +jobs: .*REDIS_URL/,
      ),
    ]);
  });
});

describe('exit codes', () => {
  it.each([
    [['leads', 'lsit'], 'the nearest is list'],
    [['why'], '<id>: expected a value, got nothing'],
    [['leads', 'list', '--limit', '0'], '--limit: expected a whole number from 1 to 200, got "0"'],
    [['kpi', '--from', '2026-02-30'], '--from: expected a day as YYYY-MM-DD'],
    [['import', 'leads.csv'], '--mapping: expected a file'],
    [['log', 'head', '--url', 'here'], '--url: expected an address'],
    [['simulate', '--from', '2026-02-01', '--to', '2026-01-01'], '--to: expected a day after --from'],
  ])('wrong usage is 2: %j', async (args, message) => {
    const { code, out, err } = await called(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('help is 0', async () => expect((await called('--help')).code).toBe(0));

  it('a command that is loaded alone is the one of the whole program', async () => {
    const words = (await called('--help')).out
      .split('Commands:')[1]!
      .match(/^ {2}[a-z]+(?= )/gm)!
      .map((word) => word.trim())
      .filter((word) => word !== 'help');
    expect(words.length).toBeGreaterThan(15);
    for (const word of words) expect([word, await called(word, '--help')]).toEqual([word, await called('help', word)]);
    expect((await called('--url', 'http://127.0.0.1:9', 'laeds')).err).toContain('the nearest is leads');
  });

  it.each([
    ['leads', 'show', '..'],
    ['why', '.'],
    ['handoff', 'accept', '..', '--rep', 'rep-1'],
    ['leads', 'merge', '..', 'lead-1'],
    ['model', 'show', '..'],
    ['report', 'show', '.'],
    ['projections', 'drop', 'leads', '..'],
  ])('an id that an address cannot hold is wrong usage, and asks for nothing else: %j %j %j', async (...args) => {
    const asked: string[] = [];
    const url = await serve((path) => {
      asked.push(path);
      return { status: 200, text: '{"items":[]}' };
    });
    const { code, err } = await called(...args, '--url', url);
    expect([code, err, asked]).toEqual([2, 'leadlog: expected an id or a name that may be part of an address, got "." or ".."\n', []]);
  });

  it('a file that cannot be written is 1, and says why without a stack', async () => {
    const url = await serve(() => ({
      status: 200,
      text: '{"columns":[],"rows":[]}',
      headers: { 'leadlog-rows': '0', 'leadlog-position': '1' },
    }));
    const file = join(tmpdir(), 'leadlog-not-there', 'x');
    for (const args of [
      ['sql', 'SELECT 1', '--output', file],
      ['sql', 'SELECT 1', '--format', 'csv', '--output', file],
      ['export', '--output', file],
      ['simulate', '--to', '2026-01-02', '--accounts', '1', '--out', file],
      ['report', 'new', file],
    ]) {
      const { code, err } = await called(...args, '--url', url);
      expect([args, code, err]).toEqual([
        args,
        1,
        expect.stringMatching(new RegExp(`^leadlog: ${file} cannot be written: ENOENT: [^\n]*\n$`)),
      ]);
    }
  });

  it('nobody answering is 1, and says where and what to do', async () => {
    const { code, err } = await called('log', 'head', '--url', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(err).toMatch(/no answer from http:\/\/127\.0\.0\.1:9 .*npm start/);
  });

  it('a problem is 1, told with each of its fields', async () => {
    const url = await serve(() => ({
      status: 422,
      text: JSON.stringify({ title: 'Wrong', detail: 'so it is', errors: [{ pointer: '/a', expected: 'b', got: 'c' }] }),
    }));
    expect(await called('log', 'head', '--url', url)).toEqual({
      code: 1,
      out: '',
      err: 'leadlog: 422 Wrong\nso it is\n  /a: expected b, got c\n',
    });
  });
});

it('--json prints the answer and nothing else', async () => {
  const url = await serve(() => ({ status: 200, text: '{ "position": "7" }' }));
  expect(await called('log', 'head', '--json', '--url', url)).toEqual({ code: 0, out: '{"position":"7"}\n', err: '' });
});

describe('what is counted', () => {
  it.each([
    [1, '1 row would become 1 event; 0 would be rejected.'],
    [2, '2 rows would become 2 events; 0 would be rejected.'],
  ])('is told in words that fit the number: %i', async (count, told) => {
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-cli-'));
    const file = join(folder, 'events.ndjson');
    const event = (n: number) => ({
      specversion: '1.0',
      id: `e-${n}`,
      source: '/web',
      type: 'WebPageViewed',
      subject: 'lead-1',
      time: '2026-06-01T10:00:00Z',
      data: { url: 'https://www.leadlog.example/', category: 'price' },
    });
    writeFileSync(file, Array.from({ length: count }, (_, n) => `${JSON.stringify(event(n))}\n`).join(''));
    expect(await called('import', file, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`\n${told} Nothing was sent.\n`) as string,
    });
    rmSync(folder, { recursive: true });
    const url = await serve(() => ({ status: 200, text: JSON.stringify({ keys: Array.from({ length: count }, (_, n) => `lead-${n}`) }) }));
    expect((await called('projections', 'unpark', 'leads', '--url', url)).out).toBe(
      count === 1 ? '1 key is folded again\n' : '2 keys are folded again\n',
    );
  });
});

describe('leads whose scores are at the cap', () => {
  it('are shown with what is above it, where there is anything', async () => {
    const lead = (leadId: string, uncapped: number) => ({
      leadId,
      tier: 'hot',
      scores: { engagement: Math.min(100, uncapped), fit: 30 },
      uncapped: { engagement: uncapped, fit: 30 },
    });
    const url = await serve((path) => ({
      status: 200,
      text: JSON.stringify(path === '/v1/leads' ? { items: [lead('a', 143.24), lead('b', 60)] } : lead('a', 143.24)),
    }));
    const { out } = await called('leads', 'list', '--url', url);
    const rows = out
      .split('\n')
      .filter((row) => row.startsWith('│'))
      .map((row) =>
        row
          .split('│')
          .map((cell) => cell.trim())
          .slice(1, 5),
      );
    expect(rows).toEqual([
      ['lead', 'tier', 'score', 'uncapped'],
      ['a', 'hot', 'engagement 100, fit 30', 'engagement 143.24'],
      ['b', 'hot', 'engagement 60, fit 30', ''],
    ]);
    expect((await called('leads', 'show', 'a', '--url', url)).out).toContain('engagement 143.24');
  });
});

describe('control characters in what others wrote', () => {
  /** ESC, BEL, DEL, CSI as one character, a carriage return, an override and an isolate of the order of letters. */
  const hostile = 'A\x1b[2J\x07\x7f\x9b31m\r\u202eB\u2066';
  const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

  it('are shown in tables and facts, whose columns stay straight', async () => {
    const lead = {
      leadId: `lead-${hostile}`,
      profile: { name: hostile, company: hostile },
      scores: { engagement: 1 },
      uncapped: { engagement: 1 },
      tier: 'hot',
    };
    const url = await serve((path) => ({
      status: 200,
      text: JSON.stringify(path === '/v1/leads' ? { items: [lead, { ...lead, leadId: 'lead-2' }] } : lead),
    }));
    for (const args of [
      ['leads', 'list'],
      ['leads', 'show', 'x'],
    ]) {
      const { code, out } = await called(...args, '--url', url);
      expect([code, obeyed.exec(out)]).toEqual([0, null]);
      expect(out.replace(/[\s│]/g, '')).toContain('\\u001b[2J\\u0007');
      expect(
        new Set(
          out
            .split('\n')
            .filter((line) => /^[│┌├└]/.test(line))
            .map((line) => line.length),
        ).size,
      ).toBe(1);
    }
  });

  it('are shown in messages, which keep their lines', async () => {
    const url = await serve(() => ({
      status: 422,
      text: JSON.stringify({ title: 'Wrong', detail: `${hostile}!`, errors: [{ pointer: `/${hostile}`, expected: 'b', got: hostile }] }),
    }));
    const shown = 'A\\u001b[2J\\u0007\\u007f\\u009b31m\\u000d\\u202eB\\u2066';
    expect(await called('log', 'head', '--url', url)).toEqual({
      code: 1,
      out: '',
      err: `leadlog: 422 Wrong\n${shown}!\n  /${shown}: expected b, got ${shown}\n`,
    });
    expect((await called('leads', hostile)).err).not.toMatch(obeyed);
  });

  it('are escaped in JSON, which says the same', async () => {
    const answer = { name: hostile, path: 'C:\\x\\' };
    const url = await serve(() => ({ status: 200, text: JSON.stringify(answer) }));
    const { out } = await called('log', 'head', '--json', '--url', url);
    expect([JSON.parse(out), obeyed.exec(out)]).toEqual([answer, null]);
  });

  it('stay as they are in CSV, which is a file', async () => {
    const url = await serve(() => ({
      status: 200,
      text: `name\n"${hostile}"\n`,
      headers: { 'leadlog-rows': '1', 'leadlog-position': '1' },
    }));
    expect((await called('sql', 'SELECT name FROM leads', '--format', 'csv', '--url', url)).out).toBe(`name\n"${hostile}"\n`);
  });
});

it('an import tells rejected events by row, keeps the others and answers 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-cli-'));
  try {
    const file = join(folder, 'events.ndjson');
    writeFileSync(file, '{"n":1}\n\n{"n":3}\r\n');
    const url = await serve(() => ({
      status: 200,
      text: '{"line":1,"result":"accepted"}\n{"line":2,"result":"rejected","errors":[{"pointer":"/id","expected":"a text","got":"nothing"}]}\n{"accepted":1}\n',
    }));
    const { code, out, err } = await called('import', file, '--json', '--url', url);
    expect([code, out]).toEqual([1, '{"accepted":1,"duplicates":0,"rejected":1,"rows":2}\n']);
    expect(err).toContain('row 3: /id: expected a text, got nothing');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('an import of events as lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-lines-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('waits until all of it counts, also with a key that may not look at read models', async () => {
    const file = join(folder, 'one.ndjson');
    writeFileSync(file, '{"n":1}');
    const asked: string[] = [];
    const url = await serve((path) => {
      asked.push(path.split('?')[0]!);
      if (path.startsWith('/v1/projections')) return { status: 403, text: '{"title":"Forbidden"}' };
      if (path.startsWith('/v1/log/head'))
        return asked.filter((one) => one === '/v1/log/head').length === 1
          ? { status: 503, text: '{"title":"Not yet"}' }
          : { status: 200, text: '{"position":"7"}' };
      return { status: 200, text: '{"line":1,"result":"accepted"}\n{"accepted":1,"position":"7"}\n' };
    });
    const { code, err } = await called('import', file, '--url', url);
    expect([code, err]).toEqual([0, expect.stringContaining('leads, scores and KPIs have all of it, as of position 7')]);
    expect(asked.slice(-3)).toEqual(['/v1/log/head', '/v1/projections', '/v1/log/head']);
  });

  it('ends lines at line feeds alone, in the file and in the answers, whatever else the texts hold', async () => {
    const file = join(folder, 'separators.ndjson');
    const lines = ['{"a":"x\u2028y\u2029z\u0085"}', '{"b":\r2}'];
    writeFileSync(file, `\ufeff${lines.join('\n')}`);
    const bodies: string[] = [];
    const url = await serve((_, body) => {
      bodies.push(body);
      const error = { pointer: '/data/title', expected: 'less', got: '"x\u2028y"' };
      return {
        status: 200,
        text: `${JSON.stringify({ line: 1, result: 'rejected', errors: [error] })}\n{"line":2,"result":"accepted"}\n{"accepted":1}`,
      };
    });
    const { code, out, err } = await called('import', file, '--json', '--url', url);
    expect([code, out, bodies]).toEqual([1, '{"accepted":1,"duplicates":0,"rejected":1,"rows":2}\n', [`${lines.join('\n')}\n`]]);
    expect(err).toContain('row 1: /data/title: expected less, got "x\u2028y"');
  });

  it('refuses a line of other bytes than UTF-8, as the API does, and sends those around it', async () => {
    const file = join(folder, 'cp932.ndjson');
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('{"a":1}\n{"b":"'), Buffer.from([0x90, 0xc2, 0x8e, 0x52]), Buffer.from('"}\n{"c":3}\n')]),
    );
    const bodies: string[] = [];
    const url = await serve((_, body) => {
      bodies.push(body);
      return { status: 200, text: '{"line":1,"result":"accepted"}\n{"line":2,"result":"accepted"}\n{"accepted":2}\n' };
    });
    const { code, out, err } = await called('import', file, '--json', '--url', url);
    expect([code, out, bodies]).toEqual([1, '{"accepted":2,"duplicates":0,"rejected":1,"rows":3}\n', ['{"a":1}\n{"c":3}\n']]);
    expect(err).toContain('row 2: expected text in UTF-8, got other bytes');
    expect((await called('import', file, '--dry-run', '--json')).out).toContain('"rejected":3');
  });

  it('takes no file of other bytes than UTF-8 for a mapping, a model or a question', async () => {
    const file = join(folder, 'cp932.yaml');
    writeFileSync(file, Buffer.from([0x23, 0x90, 0xc2, 0x8e, 0x52, 0x0a]));
    writeFileSync(join(folder, 'leads.csv'), 'a\n1\n');
    for (const [args, name] of [
      [['import', join(folder, 'leads.csv'), '--mapping', file], '--mapping'],
      [['model', 'validate', file], '<file>'],
      [['model', 'preview', file], '<file>'],
      [['sql', '--file', file], '--file'],
      [['replay', file], file],
    ] as const) {
      const { code, err } = await called(...args);
      expect([args, [1, 2].includes(code), err]).toEqual([args, true, expect.stringMatching(/expected a file in UTF-8, got .*convert it/)]);
      expect(err).toContain(name);
    }
  });
});

it('a simulation tells how many of its ids stand for something else', async () => {
  const url = await serve((_, body) => {
    const lines = body.trimEnd().split('\n');
    return { status: 200, text: lines.map((_, at) => `{"line":${at + 1},"result":"${at === 0 ? 'conflict' : 'duplicate'}"}\n`).join('') };
  });
  const { code, out, err } = await called('simulate', '--send', '--to', '2026-01-02', '--accounts', '1', '--reps', '2', '--url', url);
  expect([code, out]).toEqual([1, expect.stringMatching(/^0 events accepted, \d+ duplicates?, 1 conflict, 0 rejected\n$/)]);
  expect(err).toContain('1 event has an id that stands for other content already');
});

it('a busy API is asked again after the time it named, with the events that have no answer yet', async () => {
  const bodies: string[] = [];
  const waits: number[] = [];
  const url = await serve((_, body) => {
    bodies.push(body);
    if (bodies.length === 1) return { status: 503, text: '{}', headers: { 'retry-after': '3' } };
    if (bodies.length === 2)
      return { status: 200, text: '{"line":1,"result":"accepted"}\n{"incomplete":{"title":"busy","detail":""},"retryAfter":2}\n' };
    return { status: 200, text: '{"line":1,"result":"accepted"}\n{"accepted":1}\n' };
  });
  const lines = [
    { row: 1, text: 'a' },
    { row: 2, text: 'b' },
  ];
  const answers = await sendEvents(lines, { url, rejected: () => undefined, wait: async (seconds) => waits.push(seconds) });
  expect(answers).toEqual({ accepted: 2, duplicates: 0, rejected: 0 });
  expect([waits, bodies]).toEqual([
    [3, 2],
    ['a\nb\n', 'a\nb\n', 'b\n'],
  ]);
});

describe('projections drop', () => {
  it('forgets one generation, whatever is in its name', async () => {
    const asked: string[] = [];
    const url = await serve((path, _, method) => {
      asked.push(`${method} ${path}`);
      return { status: 200, text: '{"projection":"scores","dropped":"scores/2"}', headers: { 'content-type': 'application/json' } };
    });
    expect(await called('--url', url, 'projections', 'drop', 'scores', 'scores/2')).toEqual({
      code: 0,
      out: 'scores: scores/2 is forgotten\n',
      err: '',
    });
    expect(asked).toEqual(['DELETE /v1/projections/scores/generations/scores%2F2']);
  });

  it('says why it may not', async () => {
    const url = await serve(() => ({
      status: 409,
      text: '{"detail":"scores-1 is live; switch to another before dropping it"}',
      headers: { 'content-type': 'application/problem+json' },
    }));
    const { code, err } = await called('--url', url, 'projections', 'drop', 'scores', 'scores-1');
    expect([code, err]).toEqual([1, expect.stringContaining('scores-1 is live; switch to another before dropping it')]);
  });
});
