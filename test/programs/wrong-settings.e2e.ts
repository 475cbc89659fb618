import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentOf, temporaryFolder, type Program } from '../support/engine-process';

const EVERY: Program[] = ['standalone', 'api', 'worker'];
const WORKING: Program[] = ['standalone', 'worker'];

describe('a setting that is wrong', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  const policy = (name: string, url = 'http://127.0.0.1:9', more = ''): string =>
    file(
      `${name}.yaml`,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: '${url}', secretEnv: TEST_SECRET }${more}]\n`,
    );
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  /** On files: a folder of data is nothing to an engine on servers. */
  const started = (program: Program, env: Record<string, string>) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(`dist/apps/${program}/main.js`)], {
      env: { ...process.env, ...environmentOf(folder), EVENTSTORE_URL: '', REDIS_URL: '', PORT: '0', LEADLOG_LOG_LEVEL: 'error', ...env },
      encoding: 'utf8',
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    return { program, status, stdout, said: stderr.trimEnd().split('\n') };
  };

  it.each<[what: string, programs: Program[], env: () => Record<string, string>, said: RegExp]>([
    [
      'no secret of a webhook',
      WORKING,
      () => ({ LEADLOG_POLICY: policy('no-secret') }),
      /^TEST_SECRET: expected the secret of webhook destination sfa \(base64.*\), got nothing; set it in /,
    ],
    [
      'a secret that is none',
      WORKING,
      () => ({ LEADLOG_POLICY: policy('no-base64'), TEST_SECRET: 'no base64!' }),
      /^TEST_SECRET: webhook sfa: expected a secret in base64(?!.*no base64!).*; set it to what the receiver has$/,
    ],
    [
      'a network that is none',
      EVERY,
      () => ({ LEADLOG_WEBHOOK_ALLOW: 'sfa.internal, 10.4' }),
      /^LEADLOG_WEBHOOK_ALLOW: expected host names, addresses or networks such as .*, got "10\.4"$/,
    ],
    [
      'a policy that is not there',
      EVERY,
      () => ({ LEADLOG_POLICY: join(folder, 'none.yaml') }),
      /^LEADLOG_POLICY: expected a file that can be read, got .*none\.yaml \(ENOENT\); name another/,
    ],
    [
      'a model that is not there',
      EVERY,
      () => ({ LEADLOG_MODEL: join(folder, 'none.yaml') }),
      /^LEADLOG_MODEL: expected a file that can be read, got .*none\.yaml \(ENOENT\); name another/,
    ],
    [
      'a model of other bytes',
      EVERY,
      () => {
        writeFileSync(join(folder, 'cp932.yaml'), Buffer.from([0x23, 0x90, 0xc2, 0x8e, 0x52, 0x0a]));
        return { LEADLOG_MODEL: join(folder, 'cp932.yaml') };
      },
      /^LEADLOG_MODEL: expected a file in UTF-8, got .*cp932\.yaml with other bytes; convert it$/,
    ],
    [
      'a file in place of the data folder',
      EVERY,
      () => ({ LEADLOG_DATA: file('data', '') }),
      /^LEADLOG_DATA: expected a folder that this user may write to, .*\(EEXIST\); name another/,
    ],
    [
      'a file in place of the archive',
      EVERY,
      () => ({ LEADLOG_ARCHIVE: file('archived', '') }),
      /^LEADLOG_ARCHIVE: expected a folder, .*, got .*archived, where a file is in the way; name another$/,
    ],
    [
      'a folder of reports below a file',
      EVERY,
      () => ({ LEADLOG_REPORTS: join(file('below', ''), 'reports') }),
      /^LEADLOG_REPORTS: expected a folder, .*, got .*reports, where a file is in the way; name another$/,
    ],
    ['an address that others reach, without TLS', EVERY, () => ({ HOST: '0.0.0.0' }), /^HOST: expected 127\.0\.0\.1 .*LEADLOG_TLS_CERT/],
    ['a port that is none', EVERY, () => ({ PORT: 'x' }), /^PORT: expected a whole number/],
  ])('%s is told in one line, without a stack', (_, programs, env, said) => {
    for (const program of programs)
      expect(started(program, env())).toEqual({ program, status: 1, stdout: '', said: [expect.stringMatching(said)] });
  });

  it.each([
    ['LEADLOG_POLICY', 'a handoff policy', /^.*wrong\.yaml:1:7: reps: expected at least one, got none$/],
    ['LEADLOG_MODEL', 'a scoring model', /^.*wrong\.yaml:1:1: model: /],
  ])('%s that is no such document is told with its places', (setting, what, place) => {
    for (const program of EVERY) {
      const { status, said } = started(program, { [setting]: file('wrong.yaml', 'reps: []\n') });
      expect([status, said[0], said.some((line) => place.test(line)), said.filter((line) => /^ +at /.test(line))]).toEqual([
        1,
        `${setting}: expected ${what}; fix these places, or leave it out for the one that comes with Leadlog`,
        true,
        [],
      ]);
    }
  });
});
