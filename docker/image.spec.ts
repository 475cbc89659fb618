import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, SETTING_NAMES } from '../apps/setup/settings';
import { expectProgram, read, ROOT, withHttp } from './deployment.testing';

type Instruction = [name: string, argument: string];

/** Its stages, each a list of instructions; a line that ends with a backslash goes on in the next. */
function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const instructions = lines
    .filter((line) => line.trim() !== '')
    .map((line): Instruction => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()]);
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction[0] === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

describe('the image', () => {
  const [build, final] = stagesOf(read('docker/Dockerfile')) as [Instruction[], Instruction[]];
  const all = (stage: Instruction[], name: string) => stage.filter(([one]) => one === name).map(([, argument]) => argument);
  const env = Object.fromEntries(all(final, 'ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])));
  const list = (name: string): string[] => JSON.parse(all(final, name)[0]!.replace(/^.*?(?=\[)/, '')) as string[];

  it('is made of files that are there and that the builder is given', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = all(build, 'COPY').flatMap((line) => line.split(' ').slice(0, -1));
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied) expect(statSync(join(ROOT, source), { throwIfNoEntry: false })).toBeDefined();
    expect(allowed.sort()).toEqual([...copied].sort());
  });

  it('takes everything of its last stage from the build', () => {
    for (const line of all(final, 'COPY')) expect(line).toMatch(/^--from=build /);
  });

  it('builds and runs on the same Debian and Node, of a version that package.json takes', () => {
    const [version] = /NODE=(\S+)/.exec(read('docker/Dockerfile'))!.slice(1);
    expect([all(build, 'FROM'), all(final, 'FROM')]).toEqual([['node:${NODE} AS build'], ['node:${NODE}-slim']]);
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(Number.parseInt(version!, 10)).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
  });

  it('runs as a user other than root, named by a number', () => {
    expect(all(final, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    const folder = /install -d -o (\d+) -g (\d+) (\S+)/.exec(all(final, 'RUN').join('\n'));
    expect([`${folder?.[1]}:${folder?.[2]}`, folder?.[3]]).toEqual([all(final, 'USER')[0], env.LEADLOG_DATA]);
  });

  it('is set by names that there are, and listens where it says', () => {
    expect(Object.keys(env).filter((name) => !(name in SETTING_NAMES) && !name.startsWith('NODE_'))).toEqual([]);
    const { host, port } = readSettings(env);
    expect([host, String(port)]).toEqual(['0.0.0.0', all(final, 'EXPOSE')[0]]);
  });

  it('starts a program of ours by default, under tini', () => {
    expect(list('ENTRYPOINT')).toEqual(['tini', '--', 'node']);
    expect(all(final, 'COPY').join('\n')).toContain('/usr/local/bin/tini');
    expectProgram(list('CMD')[0]);
  });

  it.each(['api', 'worker'] as const)('has a health check that passes while the %s listens, and only then', async (which) => {
    const [program, ...args] = list('HEALTHCHECK');
    expect(program).toBe('node');
    const checked = (port: number) =>
      new Promise<number>((done) =>
        execFile(process.execPath, args, { env: { PORT: String(port) } }, (error) => done(error ? Number(error.code) : 0)),
      );
    const used = await withHttp(which, async (url) => {
      const port = Number(new URL(url).port);
      expect(await checked(port)).toBe(0);
      return port;
    });
    expect(await checked(used)).toBe(1);
  });
});
