import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import type { LeadAssigned, LeadHandedOff } from '@leadlog/events';
import { backendsOf, getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { leadlog as calledWith } from '../support/leadlog.testing';
import { until } from '../support/until.testing';

interface Answer {
  id: string;
  version: string;
  position: string;
  repeated: boolean;
}
interface Problem {
  detail: string;
  errors: object[];
}
interface Past {
  live: { version: string; ofSettings?: true };
  versions: { version: string; published: boolean }[];
  published: { version: string; rollbackTo?: string }[];
}

const policyOf = (hours: number, rep: string) => `# who takes leads
reps:
  - { id: ${rep}, team: team-of-${rep} }
sla: { accept: ${hours}h, contact: 24h }
`;

describe('documents that people write, in a running engine', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let sent = 0;

  const start = async () => {
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, policyOf(1, 'rep-1'));
    engine = await startEngine(folder, { LEADLOG_POLICY: file });
    await untilReady(engine.url);
  };
  beforeAll(start);
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  const get = async <T>(path: string) => getJson<T>(`${engine.url}/v1/${path}`);
  const head = async () => (await get<{ position: string }>('log/head')).position;
  const command = <T = Answer>(path: string, body: unknown) =>
    postJson<T>(`${engine.url}/v1/${path}`, body, typeof body === 'string' ? 'application/yaml' : 'application/json');
  const leadlog = (...args: string[]) => calledWith(engine.url, ...args);
  const past = async (path: string) => get<Past>(`${path}/history?after=${await head()}`);

  /** What is decided on a lead that becomes hot now. */
  const decidedNow = async () => {
    const leadId = `lead-${(sent += 1)}`;
    for (const [type, data] of [
      ['LeadCaptured', { channel: 'form', profile: { name: leadId, title: '部長', company: '株式会社みなと精機' } }],
      ['InquiryReceived', { kind: 'demo' }],
      ['InquiryReceived', { kind: 'quote' }],
    ] as const) {
      const event = {
        specversion: '1.0',
        id: `d-${(sent += 1)}`,
        source: '/documents',
        type,
        subject: leadId,
        time: new Date().toISOString(),
        data,
      };
      await postJson(`${engine.url}/v1/events`, event, 'application/cloudevents+json');
    }
    return until(async () => {
      const { log, close } = await backendsOf(folder);
      const found: RecordedEvent[] = [];
      for await (const page of log.readStream(`lead-${leadId}`)) found.push(...page);
      await close();
      const [handedOff, assigned] = ['LeadHandedOff', 'LeadAssigned'].map((type) => found.find((one) => one.type === type)?.data);
      return handedOff === undefined ? undefined : { handedOff: handedOff as LeadHandedOff, assigned: assigned as LeadAssigned };
    });
  };
  const handedOffNow = async () => (await decidedNow()).handedOff.policyVersion;
  const assignedNow = async () => (await decidedNow()).assigned.repId;
  const decidedBy = (version: string) => until(async () => (await handedOffNow()) === version);

  it('a policy is checked, drafted, compared, published and taken back, over HTTP and on the command line', async () => {
    const ofFile = (await get<Past>('policies/standard/history')).live;
    expect(ofFile).toEqual({ version: expect.any(String) as string, ofSettings: true });
    expect(await handedOffNow()).toBe(ofFile.version);

    const wrong = policyOf(2, 'rep-2').replace('2h', 'soon');
    expect(await command<Problem>('policies/standard/validate', wrong)).toMatchObject({
      status: 422,
      body: {
        errors: [
          { line: 4, column: 16, message: expect.stringContaining('sla: accept: expected a duration such as 30m, 4h or 1d') as string },
        ],
      },
    });
    const file = join(folder, 'mine.yaml');
    writeFileSync(file, wrong);
    expect(await leadlog('policy', 'validate', file)).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /mine\.yaml:4:16: sla: accept: expected a duration .*got "soon"\nleadlog: mine\.yaml is no handoff policy\n$/,
      ) as string,
    });
    writeFileSync(file, policyOf(2, 'rep-2'));
    const { version } = JSON.parse((await leadlog('--json', 'policy', 'draft', file)).out) as Answer;
    expect(await past('policies/standard')).toMatchObject({ live: ofFile, versions: [{ version, published: false }], published: [] });
    expect((await leadlog('policy', 'compare', 'standard')).out).toMatch(/reps\.rep-1 .*\n[^]*reps\.rep-2 [^]*sla\.accept +│ 1h +│ 2h/);
    expect(await handedOffNow()).toBe(ofFile.version);

    expect(await leadlog('policy', 'publish', 'standard')).toMatchObject({ code: 0, out: `standard ${version} is published\n` });
    expect(await past('policies/standard')).toMatchObject({ live: { version }, published: [{ version: ofFile.version }, { version }] });
    expect((await get<{ text: string }>('policies/standard')).text).toBe(policyOf(2, 'rep-2'));
    expect(await command('policies/standard/publish', { version })).toMatchObject({ status: 200, body: { version, repeated: true } });
    await decidedBy(version);
    expect(await command<Problem>('policies/another/publish', { document: policyOf(3, 'rep-3') })).toMatchObject({
      status: 409,
      body: { errors: [{ expected: 'standard, the handoff policy in use, as the settings name it', got: 'another' }] },
    });

    await engine.kill();
    await start();
    expect(await handedOffNow()).toBe(version);
    expect(engine.stderr.join('\n')).toContain(`but version ${version} was published, and that is what counts`);

    expect((await leadlog('policy', 'rollback', 'standard')).out).toBe(`standard goes back from ${version} to ${ofFile.version}\n`);
    expect(await command('policies/standard/rollback', { from: version })).toMatchObject({
      body: { version: ofFile.version, repeated: true },
    });
    await decidedBy(ofFile.version);
    const [first] = (await past('policies/standard')).published;
    expect((await past('policies/standard')).published.at(-1)).toMatchObject({
      version: ofFile.version,
      rollbackTo: (first as { position?: string }).position,
    });
  });

  it('an organisation takes the place of the reps of the policy once it is published, and is taken back', async () => {
    const organisation = (rep: string) => `# who sells
calendar: { timezone: Asia/Tokyo, country: none, hours: { mon: 00:00-24:00, tue: 00:00-24:00, wed: 00:00-24:00, thu: 00:00-24:00, fri: 00:00-24:00, sat: 00:00-24:00, sun: 00:00-24:00 } }
teams: [{ id: inside, kind: inside }]
reps: [{ id: ${rep}, team: inside }]
`;
    const before = (await past('organisation')).live;
    expect(before).toMatchObject({ ofSettings: true });
    expect((await get<{ text: string }>('organisation')).text).toContain('rep-1');
    expect(await command<Problem>('organisation/validate', organisation('rep 9'))).toMatchObject({
      status: 422,
      body: { errors: [{ line: 4, column: 14 }] },
    });
    const file = join(folder, 'organisation.yaml');
    writeFileSync(file, organisation('rep-9'));
    expect(await leadlog('org', 'draft', file)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/publish it with: leadlog org publish --version/) as string,
    });
    expect((await leadlog('org', 'compare')).out).toMatch(/reps\.rep-1 [^]*reps\.rep-9 /);
    expect(await leadlog('org', 'publish')).toMatchObject({ code: 0 });
    const { live } = await past('organisation');
    expect((await get<{ text: string }>('organisation')).text).toBe(organisation('rep-9'));

    const assignedTo = (rep: string) => until(async () => (await assignedNow()) === rep);
    await assignedTo('rep-9');
    expect(await leadlog('org', 'rollback')).toMatchObject({
      code: 0,
      out: `organisation goes back from ${live.version} to ${before.version}\n`,
    });
    await assignedTo('rep-1');
  });

  it('a sales process changes the day of a rep at once, and is taken back', async () => {
    const [ofFile] = (await get<{ items: (Past & { id: string })[] }>(`processes?after=${await head()}`)).items;
    const { text } = await get<{ text: string }>(`processes/${ofFile!.id}`);
    const file = join(folder, 'process.yaml');
    writeFileSync(file, text.replaceAll(/within: \w+/g, 'within: 3h'));
    expect(await leadlog('process', 'draft', file)).toMatchObject({ code: 0 });
    expect((await leadlog('process', 'compare', ofFile!.id)).out).toContain('within');
    expect(await leadlog('process', 'publish', ofFile!.id)).toMatchObject({ code: 0 });
    const { live } = await past(`processes/${ofFile!.id}`);
    const answers = (version: string) =>
      until(async () => (await get<{ process: { version: string } }>('reps/rep-1/day')).process.version === version);
    await answers(live.version);
    expect(await leadlog('process', 'rollback', ofFile!.id)).toMatchObject({ code: 0 });
    await answers(ofFile!.live.version);
  });
});
