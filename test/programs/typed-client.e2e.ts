import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { OWNER_KEY } from '../support/owner-key';

/** What an integrator writes over the generated types; prints what it has read. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { paths } from './api';

const client = createClient<paths>({ baseUrl: process.argv[2]!, headers: { authorization: \`Bearer \${process.argv[3]}\` } });

async function main(): Promise<void> {
  const event = { specversion: '1.0', id: '1', source: '/web', type: 'InquiryReceived', subject: 'lead-7', time: new Date().toISOString(), data: { kind: 'demo' } } as const;
  const sent = await client.POST('/v1/events', { body: event, headers: { 'content-type': 'application/cloudevents+json' } });
  if (!sent.data || !('result' in sent.data)) throw new Error(JSON.stringify(sent.error));
  const after: string | undefined = sent.data.position;
  const { data: page } = await client.GET('/v1/leads', { params: { query: { limit: 5, after } } });
  const { data: why } = await client.GET('/v1/leads/{id}/why', { params: { path: { id: 'lead-7' }, query: { after } } });
  const points: number = why!.contributions.reduce((sum, one) => sum + one.points, 0);
  const { data: kpis } = await client.GET('/v1/kpis', { params: { query: { kpi: ['calls'] } } });
  const calls: (number | null)[] = kpis!.items.map((one) => one.value);
  const { error } = await client.GET('/v1/leads/{id}', { params: { path: { id: 'nobody' } } });
  const status: number = error!.status;
  console.log(JSON.stringify({ leads: page!.items.map((lead) => lead.leadId), tier: page!.items[0]!.tier, more: points > 0, calls, status }));
}

main().catch((error) => { console.error(error); process.exit(1); });
`;

/** Of each operation: the body of what it answers where all went well must be a type that says something. */
const CHECK = `
import type { paths } from './api';
type Says<T> = [T] extends [never] ? false : unknown extends T ? false : true;
type Good<Responses> = { [Status in keyof Responses & (200 | 201 | 202)]: Responses[Status] extends { content: infer Content } ? Content[keyof Content] : never }[keyof Responses & (200 | 201 | 202)];
type Mute<Operation, Name> = [Operation] extends [never] ? never : Operation extends { responses: infer Responses } ? (Says<Good<Responses>> extends true ? never : Name) : never;
type Silent = { [Path in keyof paths]: { [Method in keyof paths[Path]]-?: Mute<Exclude<paths[Path][Method], undefined>, [Path, Method]> }[keyof paths[Path]] }[keyof paths];
const silent: Silent[] = [];
const none: never[] = silent;
export { none };
`;

describe('a client generated from the OpenAPI document', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess | undefined;
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  it('compiles, has a type for every answer, and reads what an event has come to', async () => {
    engine = await startEngine(join(folder, 'data'));
    await untilReady(engine.url);
    // Where its packages are found as in a project of one's own.
    const project = join(folder, 'project');
    mkdirSync(project);
    symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'openapi.json'), await (await fetch(`${engine.url}/openapi.json`)).text());
    const run = (program: string, ...args: string[]): string =>
      execFileSync(process.execPath, [resolve('node_modules', program), ...args], {
        cwd: project,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    run('openapi-typescript/bin/cli.js', 'openapi.json', '-o', 'api.d.ts');
    // An object of which the document says nothing becomes one that may hold nothing; the first two are of the generator itself.
    const empty = readFileSync(join(project, 'api.d.ts'), 'utf8')
      .split('\n')
      .filter((line) => /Record<string, never>|content\?: never/.test(line) && !/^export type (webhooks|\$defs) /.test(line));
    expect(empty).toEqual([]);
    writeFileSync(join(project, 'client.ts'), PROGRAM);
    writeFileSync(join(project, 'check.ts'), CHECK);
    let problems = '';
    try {
      run(
        'typescript/bin/tsc',
        '--strict',
        '--target',
        'es2022',
        '--lib',
        'es2023,dom',
        '--module',
        'node16',
        '--moduleResolution',
        'node16',
        '--types',
        'node',
        '--outDir',
        'out',
        'client.ts',
        'check.ts',
      );
    } catch (error) {
      problems = String((error as { stdout?: string }).stdout ?? error);
    }
    expect(problems).toBe('');
    const read: unknown = JSON.parse(
      execFileSync(process.execPath, [join(project, 'out', 'client.js'), engine.url, OWNER_KEY], { encoding: 'utf8' }),
    );
    expect(read).toEqual({
      leads: ['lead-7'],
      tier: expect.stringMatching(/^(hot|warm|cold)$/) as string,
      more: true,
      calls: [0],
      status: 404,
    });
    rmSync(project, { recursive: true });
  });
});
