import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, localDay, startOfLocalDay } from '@leadlog/lead';
import { simulate, type CloudEvent } from '@leadlog/simulation';
import { progressOf } from '../cli/progress';
import { run } from '../cli/run';
import { sendEvents, type Line } from '../cli/send-events';
import { readSettings } from '../settings';

const TIMEZONE = 'Asia/Tokyo';
const DAYS = 183;
const SEED = 20_261;

/**
 * Half a year of a made-up company, sent to a started engine through its public API; then what each of its users would look
 * at; then it goes on serving while live events trickle in. The history ends with the last full day, and the data folder is
 * that day's, so running it again on the same day sends the same events, and nothing changes.
 */
async function main(): Promise<void> {
  const exit = process.argv.includes('--exit');
  const today = localDay(Date.now(), TIMEZONE);
  const to = new Date(startOfLocalDay(today, TIMEZONE));
  const from = new Date(startOfLocalDay(addDays(today, -DAYS), TIMEZONE));
  const settings = readSettings({ ...process.env, LEADLOG_DATA: process.env.LEADLOG_DATA || join('data', `demo-${today}`) });
  const { child, url } = await startEngine(settings.dataFolder, String(settings.port));
  say(`An engine on ${url}, its data in ${settings.dataFolder}. Half a year of a made-up company follows.`);

  const began = Date.now();
  const terminal = { env: process.env, out: (text: string) => void process.stdout.write(text), err: (text: string) => void process.stderr.write(text) };
  const progress = progressOf('events sent', terminal);
  const answers = await sendEvents(numbered(simulate({ seed: SEED, from, to })), { url, answered: (row) => progress.at(row), rejected: (row, errors) => say(`line ${row} was rejected: ${JSON.stringify(errors)}`) });
  progress.end();
  const seconds = (Date.now() - began) / 1_000;
  const total = answers.accepted + answers.duplicates + answers.rejected;
  say(`${total} events sent in ${seconds.toFixed(1)} s: ${answers.accepted} accepted, ${answers.duplicates} duplicates, ${answers.rejected} rejected.`);
  await untilDecided(url);

  const leadlog = (...args: string[]) => run([...args, '--url', url], terminal);
  say('\nThe hottest leads (leadlog leads list --tier hot):');
  await leadlog('leads', 'list', '--tier', 'hot', '--limit', '10');
  const hottest = (await getJson<{ items: { leadId: string }[] }>(`${url}/v1/leads?tier=hot&limit=2`)).items;
  for (const { leadId } of hottest) {
    say(`\nWhy ${leadId}? (leadlog why ${leadId})`);
    await leadlog('why', leadId, '--top', '8');
  }
  say('\nWith sales now (leadlog inbox):');
  await leadlog('inbox', '--limit', '5');
  say('\nThe funnel of the last three months (leadlog kpi):');
  await leadlog('kpi', '--from', addDays(today, -91), '--to', today);

  if (exit) {
    child.kill('SIGTERM');
    await new Promise((gone) => child.once('exit', gone));
    return;
  }
  say(`\nServing on ${url} (documentation at ${url}/docs). Live events trickle in; Ctrl-C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGTERM'));
  child.once('exit', (code) => process.exit(code ?? 0));
  await trickle(url, to);
}

/** The same company goes on from today: two events a second, dated now. */
async function trickle(url: string, from: Date): Promise<void> {
  const live = simulate({ seed: SEED + 1, from, to: new Date(from.getTime() + 30 * 86_400_000), accounts: 2_000 });
  for (const event of live) {
    await sleep(500);
    const now: CloudEvent = { ...event, time: new Date().toISOString() };
    await sendEvents([{ row: 1, text: JSON.stringify(now) }], { url, rejected: (_row, errors) => say(`a live event was rejected: ${JSON.stringify(errors)}`) });
  }
}

function* numbered(events: Iterable<CloudEvent>): Generator<Line> {
  let row = 0;
  for (const event of events) yield { row: (row += 1), text: JSON.stringify(event) };
}

function startEngine(dataFolder: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [...process.execArgv, join(__dirname, 'main.js')], { env: { ...process.env, LEADLOG_DATA: dataFolder, PORT: port }, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((ready, failed) => {
    child.once('exit', (code) => failed(new Error(`the engine ended with code ${code}; what it said is above`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /http:\/\/\S+?:\d+/.exec(line)?.[0];
      if (!url) return;
      child.removeAllListeners('exit');
      ready({ child, url });
    });
  });
}

/**
 * Until every read model has come to the end of the log, and no decision is due that would make it longer. By positions and not by a pause: where log
 * and read models are on servers, decisions come with longer pauses than any that one would wait for.
 */
async function untilDecided(url: string): Promise<void> {
  for (let settledAt = ''; ; ) {
    const { items, position } = await getJson<{ items: { lag: number; due: number; generations: { state: string }[] }[]; position: string }>(`${url}/v1/projections`);
    const settled = items.length > 0 && items.every(({ lag, due, generations }) => lag <= 0 && due === 0 && generations.every(({ state }) => state !== 'building'));
    // Nothing was written since the look before, so what it saw of each read model was of the same log.
    if (settled && position === settledAt) return;
    settledAt = settled ? position : '';
    await sleep(200);
  }
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (response.status === 503) {
    await sleep(1_000);
    return getJson(url);
  }
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

void main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
});
