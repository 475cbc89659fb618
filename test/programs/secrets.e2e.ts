import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentOf, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';

/** In every place of a setting where a secret may stand. */
const SECRETS = { event: 'Zq-event-71', redis: 'Zq-redis-72', collector: 'Zq-collector-73', header: 'Zq-header-74' };
const HOOK = Buffer.from('Zq-hook-75, a secret of this test').toString('base64');
const ALL = [...Object.values(SECRETS), HOOK, 'Zq-hook-75'];
const NOWHERE = '127.0.0.1:1';

const TRACED = {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://traces:${SECRETS.collector}@${NOWHERE}`,
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${SECRETS.header}`,
  // So that it gives up soon, and says so.
  OTEL_EXPORTER_OTLP_TIMEOUT: '300',
  OTEL_BSP_SCHEDULE_DELAY: '100',
};
const ON_SERVERS = {
  EVENTSTORE_URL: `esdb://admin:${SECRETS.event}@${NOWHERE}?tls=false`,
  REDIS_URL: `redis://leadlog:${SECRETS.redis}@${NOWHERE}`,
};

const found = (text: string): string[] => ALL.filter((secret) => text.includes(secret));

describe('the secrets in settings', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  beforeAll(async () => {
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: 'http://${NOWHERE}/hook', secretEnv: TEST_SECRET }]\n`,
    );
    engine = await startEngine(folder, { ...TRACED, LEADLOG_POLICY: policy, TEST_SECRET: HOOK, LEADLOG_LOG_LEVEL: 'trace' });
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine.kill();
    remove();
  });

  it('are in no answer, log, file or command line of an engine, also while everything it calls fails', async () => {
    const { url } = engine;
    const tell = (id: string, type: string, data: object) =>
      postJson(
        `${url}/v1/events`,
        { specversion: '1.0', id, source: '/secrets', type, subject: 'lead-1', time: new Date().toISOString(), data },
        'application/cloudevents+json',
      );
    await tell('s-1', 'LeadCaptured', { channel: 'form', profile: { title: '部長', company: '株式会社みなと精機' } });
    for (const kind of ['demo', 'quote']) await tell(`s-${kind}`, 'InquiryReceived', { kind });

    const answers: string[] = [];
    const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
      const response = await fetch(url + path, init);
      const text = await response.text();
      answers.push(JSON.stringify([...response.headers]), text);
      return text;
    };
    while (!(await ask('/v1/jobs/webhooks.sfa?state=waiting')).includes('ECONNREFUSED')) await new Promise((turn) => setTimeout(turn, 50));

    const { paths } = JSON.parse(await ask('/openapi.json')) as { paths: Record<string, object> };
    // That of /v1/live has no end.
    const asked = Object.keys(paths)
      .filter((path) => path !== '/v1/live')
      .map((path) => path.replace(/\{[^}]+\}/g, 'none'));
    expect(asked.length).toBeGreaterThan(50);
    for (const path of [...asked, '/nowhere', '/v1/leads?limit=x', '/v1/leads/%ff', '/docs']) await ask(path);
    await ask('/v1/sql', { method: 'POST', body: '{"sql":', headers: { 'content-type': 'application/json' } });
    expect(found(answers.join('\n'))).toEqual([]);

    expect(found(commandLines(engine.pid).join('\n'))).toEqual([]);
    while (!engine.stderr.some((line) => line.includes('traces'))) await new Promise((turn) => setTimeout(turn, 50));
    await engine.stop();
    expect(found(engine.stderr.join('\n'))).toEqual([]);
    for (const file of filesIn(folder)) expect([file, found(readFileSync(file, 'latin1'))]).toEqual([file, []]);
  });

  it('are told by no program when its servers do not answer or their addresses are wrong', async () => {
    const said = await Promise.all(
      [
        ON_SERVERS,
        {
          EVENTSTORE_URL: ON_SERVERS.EVENTSTORE_URL.replace('tls=false', 'tls=maybe&tlsCAFile=/none'),
          REDIS_URL: `leadlog:${SECRETS.redis}@host`,
        },
        { ...ON_SERVERS, EVENTSTORE_URL: `admin:${SECRETS.event}@host`, LEADLOG_URL: `http://owner:${SECRETS.redis}@${NOWHERE}` },
      ].flatMap((env) =>
        [['dist/apps/api/main.js'], ['dist/apps/worker/main.js'], ['bin/leadlog', 'doctor'], ['bin/leadlog', 'leads', 'list']].map(
          (command) => saidBy(command, { ...environmentOf(folder), ...TRACED, ...env, PORT: '0' }),
        ),
      ),
    );
    for (const { code, text } of said) {
      expect([code, text]).not.toEqual([0, '']);
      expect(found(text)).toEqual([]);
    }
  });
});

function saidBy([file, ...args]: string[], env: Record<string, string>): Promise<{ code: unknown; text: string }> {
  return new Promise((done) =>
    execFile(process.execPath, [resolve(file!), ...args], { env: { ...process.env, ...env }, timeout: 120_000 }, (error, stdout, stderr) =>
      done({ code: error ? error.code : 0, text: stdout + stderr }),
    ),
  );
}

/** Of a process and of those that it started, as every user of the machine may read them. */
function commandLines(pid: number): string[] {
  const lines = [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
  for (const task of readdirSync(`/proc/${pid}/task`))
    for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
      if (child !== '') lines.push(...commandLines(Number(child)));
  return lines;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile());
