import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBackends, type Backends } from '../../apps/setup/backends';
import { readSettings, type Settings } from '../../apps/setup/settings';
import { checkAnswer } from './described-answers.testing';
import { OWNED } from './owner-key';

/** So that a test process that is killed leaves no engine behind. */
const WITH_ITS_PARENT = resolve(process.cwd(), 'test/support/with-its-parent.js');
const running = new Set<ChildProcess>();

/** `api` and `worker` are halves of an engine, as processes of their own. */
export type Program = 'standalone' | 'api' | 'worker';

/** A started engine: the real program in its own process, on its own folder, on a free port of 127.0.0.1. */
export interface EngineProcess {
  readonly url: string;
  readonly pid: number;
  /** kill -9, and waits until the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits; answers the exit code. */
  stop(): Promise<number | null>;
  readonly stderr: string[];
}

export interface Limits {
  /** No file of the engine may grow beyond; to it that is a disk which takes no more. Lifted again with `liftFileLimit`. */
  fileKiB?: number;
}

/** The same for one of the halves; its url is where it listens. */
export function startHalf(program: 'api' | 'worker', folder: string, env: Record<string, string> = {}): Promise<EngineProcess> {
  return startProgram(program, folder, env, {});
}

export function startEngine(folder: string, env: Record<string, string> = {}, limits: Limits = {}): Promise<EngineProcess> {
  return startProgram('standalone', folder, env, limits);
}

async function startProgram(name: Program, folder: string, env: Record<string, string>, { fileKiB }: Limits): Promise<EngineProcess> {
  const command = [process.execPath, '--max-semi-space-size=32', resolve(process.cwd(), `dist/apps/${name}/main.js`)];
  // The soft limit alone, so that it can be lifted without being root.
  const [program, ...args] = fileKiB === undefined ? command : ['bash', '-c', `ulimit -S -f ${fileKiB}; exec "$@"`, 'bash', ...command];
  const child = spawn(program!, args, {
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${WITH_ITS_PARENT}`,
      TEST_PROCESS_ID: `${process.pid}`,
      ...environmentOf(folder),
      ...OWNED,
      PORT: '0',
      HOST: '127.0.0.1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const stderr: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line));
  const gone = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const url = await new Promise<string>((ready, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) ready(found[0]);
    });
    void gone.then((code) => failed(new Error(`the engine ended with ${code} before it listened:\n${stderr.join('\n')}`)));
  });
  return {
    url,
    pid: child.pid!,
    stderr,
    kill: () => end(child, 'SIGKILL', gone).then(() => undefined),
    stop: () => end(child, 'SIGTERM', gone),
  };
}

/** Ends what a test that failed or timed out in the middle has left; after each file of tests. */
export async function endLeft(): Promise<void> {
  await Promise.all([...running].map((child) => end(child, 'SIGKILL', new Promise((gone) => child.once('exit', gone)))));
}
// Benches start engines too, and have no such hook.
(globalThis as { afterAll?: (work: () => Promise<void>) => void }).afterAll?.(endLeft);

/** Every projection has a live generation. On a log server that many tests share, the first build goes through what all of them wrote. */
export async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/health/ready`)).ok) await sleep(50);
}

/** Settings of the engine of one test: its own folder, and its own part of the servers where the suite runs on servers. */
export function environmentOf(folder: string): Record<string, string> {
  return { LEADLOG_DATA: folder, LEADLOG_NAMESPACE: basename(folder) };
}

/** The storage of a stopped or running engine, as another process sees it. */
export function backendsOf(folder: string): Promise<Backends> {
  return openBackends(settingsOf(folder));
}

export function settingsOf(folder: string): Settings {
  return readSettings({ ...process.env, ...environmentOf(folder) });
}

export function liftFileLimit({ pid }: EngineProcess): void {
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
}

function end(child: ChildProcess, signal: NodeJS.Signals, gone: Promise<number | null>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return gone;
}

export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** As a client does it: what is not possible at the moment is asked again when the answer says so. The test's own time ends it. */
export async function getJson<T>(url: string): Promise<T> {
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (response.ok) {
      await checkAnswer('GET', url, response, text);
      return JSON.parse(text) as T;
    }
    const again = response.status === 503 ? response.headers.get('retry-after') : null;
    if (again === null) throw new Error(`GET ${url} answered ${response.status}: ${text}`);
    await sleep(Number(again) * 1_000);
  }
}

export async function postJson<T>(
  url: string,
  body: unknown,
  type = 'application/json',
  headers: Record<string, string> = {},
): Promise<{ status: number; body: T }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  await checkAnswer('POST', url, response, text);
  return { status: response.status, body: JSON.parse(text) as T };
}
