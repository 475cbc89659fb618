import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { askChild, startChild } from '@leadlog/children';

/** Answers as `work` does, by the half of this library that is for children. */
const PROGRAM = `
const { answerParent, tellParent } = require('./answer-parent');
const work = {
  twice: async (given) => { tellParent({ progress: 0.5 }); return new Map([[given, 2n]]); },
  fails: async () => { throw Object.assign(new RangeError('too far'), { reason: 'distance', of: 'no matter' }); },
  dies: () => process.kill(process.pid, 'SIGKILL'),
  ends: () => process.exit(7),
  waits: () => new Promise((_, failed) => { cancel = () => failed(new Error('cancelled')); tellParent({ progress: 0 }); }),
};
let cancel;
answerParent((question) => work[question](question), { cancel: () => cancel(), once: process.argv[2] === 'once' });
`;

let folder: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-children-'));
  for (const name of ['answer-parent', 'messages']) {
    const { code } = transformFileSync(join(__dirname, `${name}.ts`), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    writeFileSync(join(folder, `${name}.js`), code);
  }
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  writeFileSync(join(folder, 'once.js'), `process.argv[2] = 'once';\n${PROGRAM}`);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const started = (program = 'program.js', options = {}): ChildProcess => {
  const child = startChild(join(folder, program), options);
  children.push(child);
  return child;
};
const died = (by: unknown): Error => new Error(`ended with ${String(by)}`);
const gone = (child: ChildProcess): Promise<number | null> =>
  new Promise((end) => (child.exitCode === null && child.signalCode === null ? child.once('exit', end) : end(child.exitCode)));

describe('a child', () => {
  it('answers one question after another, with values of any kind, and says how far it is', async () => {
    const child = started();
    const parts: number[] = [];
    for (let asked = 0; asked < 20; asked += 1)
      await expect(askChild(child, 'twice', { died, onProgress: (part) => parts.push(part) })).resolves.toEqual(new Map([['twice', 2n]]));
    expect(parts).toEqual(Array(20).fill(0.5));
    // Nothing of a question is left behind: of listeners there are those of startChild alone.
    expect([child.listenerCount('message'), child.listenerCount('exit'), child.listenerCount('error')]).toEqual([0, 0, 1]);
  });

  it('fails under the name that the error has there, and answers the next', async () => {
    const child = started();
    const failed = await askChild(child, 'fails', { died }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).toMatchObject({ name: 'RangeError', message: 'too far', reason: 'distance' });
    expect(failed).not.toHaveProperty('of');
    await expect(askChild(child, 'twice', { died })).resolves.toBeDefined();
  });

  it.each([
    ['dies', 'ended with SIGKILL'],
    ['ends', 'ended with 7'],
  ])('that %s without an answer is told of', async (question, message) => {
    await expect(askChild(started(), question, { died })).rejects.toThrow(message);
  });

  it('is not waited for when whoever looks fails', async () => {
    const onProgress = (): never => {
      throw new Error('the disk is full');
    };
    await expect(askChild(started(), 'twice', { died, onProgress })).rejects.toThrow('the disk is full');
  });

  it('hears that a question is cancelled', async () => {
    const child = started();
    await expect(askChild(child, 'waits', { died, onProgress: () => child.send({ cancel: true }) })).rejects.toThrow('cancelled');
  });

  it('for one question ends with its answer', async () => {
    const child = started('once.js');
    await askChild(child, 'twice', { died });
    expect(await gone(child)).toBe(0);
  });

  it('ends with its parent', async () => {
    const child = started();
    await askChild(child, 'twice', { died });
    child.disconnect();
    expect(await gone(child)).toBe(0);
  });

  it('is killed by an aborted signal, also behind its answer', async () => {
    const aborting = new AbortController();
    const [waiting, answered] = [started('program.js', { signal: aborting.signal }), started('program.js', { signal: aborting.signal })];
    await askChild(answered, 'twice', { died });
    const asked = askChild(waiting, 'waits', { died, onProgress: () => aborting.abort() });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await Promise.all([gone(waiting), gone(answered)]);
    expect([waiting.signalCode, answered.signalCode]).toEqual(['SIGKILL', 'SIGKILL']);
  });
});
