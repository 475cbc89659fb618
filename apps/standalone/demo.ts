import { spawn, type ChildProcess } from 'node:child_process';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles, throughOf } from '@leadlog/archive';
import { counted } from '@leadlog/events';
import { simulate, type CloudEvent } from '@leadlog/simulation';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import { keyFor, withKeyOf } from '../cli/access-key';
import { callApi } from '../cli/api-client';
import { lineOf } from '../cli/progress';
import { run } from '../cli/run';
import { sendEvents, type Line } from '../cli/import/send-events';
import { CommandFailed } from '../cli/terminal';
import { ownerKeyPath } from '../setup/owner-key';
import { howToGetIn, howToSignIn } from '../setup/program';
import { readSettings, WrongSetting } from '../setup/settings';
import { answerHandoffs, busiestOf } from './demo-sales';

const TIMEZONE = 'Asia/Tokyo';
const DAYS = 183;
const SEED = 20_261;
const today = localDay(Date.now(), TIMEZONE);
const ENV = { ...process.env, LEADLOG_DATA: process.env.LEADLOG_DATA || join('data', `demo-${today}`) };
/** Those who are handed leads, and the field. */
const INSIDE = repsFrom(1, 4);
const FIELD = repsFrom(21, 60);
/** By then a signal to both has come to either. */
const SIGNAL_MS = 500;

/**
 * Half a year of a made-up company, sent to a started engine through its public API; its representatives answer what they were handed; then
 * what each of its users would look at; then it goes on serving while live events trickle in. The history ends with the last full day, and
 * the data folder is that day's, so running it again on the same day sends the same events, and nothing changes.
 */
async function main(): Promise<void> {
  const exit = process.argv.includes('--exit');
  const to = new Date(startOfLocalDay(today, TIMEZONE));
  const from = new Date(startOfLocalDay(addDays(today, -DAYS), TIMEZONE));
  const settings = readSettings(ENV);
  const { child, url } = await startEngine(settings.dataFolder, String(settings.port));
  leaveWith(child);
  say(`An engine on ${url}, its data in ${settings.dataFolder}. Half a year of a made-up company follows.`);

  const began = Date.now();
  const terminal = {
    env: ENV,
    out: (text: string) => void process.stdout.write(text),
    err: (text: string) => void process.stderr.write(text),
  };
  const line = lineOf('demo', terminal);
  let day = 0;
  const sent = numbered(
    simulate({ seed: SEED, from, to, cycle: true }),
    (time) => (day = Math.floor((Date.parse(time) - from.getTime()) / 86_400_000) + 1),
  );
  const answers = await sendEvents(sent, {
    url,
    answered: (row) => line.say(`${counted(row, 'event')} sent, day ${day} of ${DAYS}`),
    rejected: (row, errors) => say(`line ${row} was rejected: ${JSON.stringify(errors)}`),
  });
  const seconds = (Date.now() - began) / 1_000;
  const total = answers.accepted + answers.duplicates + answers.rejected;
  const archive = new ArchiveFiles(settings.archiveFolder);
  await untilDecided(url, archive, line);
  await answerHandoffs(url, today);
  await untilDecided(url, archive, line);
  line.end();
  say(
    `${counted(total, 'event')} sent in ${seconds.toFixed(1)} s: ${answers.accepted} accepted, ${counted(answers.duplicates, 'duplicate')}, ${answers.rejected} rejected.`,
  );

  // What is printed works as it stands, in a shell that knows nothing of the folder of the demo.
  const keyFile = ownerKeyPath(settings);
  const where = [
    ...(url === 'http://127.0.0.1:3000' ? [] : ['--url', url]),
    ...(keyFile === undefined ? [] : ['--key-file', relative('', keyFile)]),
  ];
  const leadlog = async (title: string, ...args: string[]): Promise<void> => {
    say(`\n${title} (bin/leadlog ${[...args, ...where].join(' ')}):`);
    await run([...args, '--url', url], terminal);
  };
  await leadlog('The hottest leads', 'leads', 'list', '--tier', 'hot', '--limit', '10');
  const hottest = (await getJson<{ items: { leadId: string }[] }>(`${url}/v1/leads?tier=hot&limit=2`)).items;
  for (const { leadId } of hottest) {
    await leadlog(`Why ${leadId}?`, 'why', leadId, '--top', '8');
  }
  await leadlog('With sales now', 'inbox', '--limit', '5');
  await leadlog('What an inside representative has to do', 'day', await busiestOf(url, INSIDE), '--limit', '6');
  await leadlog('What a field representative has to do', 'day', await busiestOf(url, FIELD), '--limit', '12');
  await leadlog('What became of relayed appointments', 'relay', 'summary');
  await leadlog('Returned leads to look at today', 'revisits', '--limit', '5');
  await leadlog('Both departments, with the targets of the month', 'board', addDays(today, -1).slice(0, 7));
  await leadlog('The funnel of the last three months', 'kpi', '--from', addDays(today, -90), '--to', addDays(today, 1));

  if (exit) {
    child.kill('SIGTERM');
    await new Promise((gone) => child.once('exit', gone));
    return;
  }
  say(
    `\nServing on ${url} (documentation at ${url}/docs). ${howToGetIn(url, { ownerKeyFile: keyFile, hasKeys: true })}${await ownerLink(url)}Live events trickle in; Ctrl-C ends it.`,
  );
  child.once('exit', (code) => process.exit(leaving ? 130 : (code ?? 0)));
  await trickle(url, to);
}

async function ownerLink(url: string): Promise<string> {
  const { link, expiresAt } = await callApi<{ link: string; expiresAt: string }>(url, 'POST', '/v1/people/owner/link');
  return howToSignIn({ link, expiresAt: Date.parse(expiresAt) });
}

/** The same company goes on from today: two events a second, dated now. */
async function trickle(url: string, from: Date): Promise<void> {
  const live = simulate({ seed: SEED + 1, from, to: new Date(from.getTime() + 30 * 86_400_000), accounts: 2_000 });
  for (const event of live) {
    await sleep(500);
    const now: CloudEvent = { ...event, time: new Date().toISOString() };
    await sendEvents([{ row: 1, text: JSON.stringify(now) }], {
      url,
      rejected: (_row, errors) => say(`a live event was rejected: ${JSON.stringify(errors)}`),
    });
  }
}

function* numbered(events: Iterable<CloudEvent>, at: (time: string) => void): Generator<Line> {
  let row = 0;
  for (const event of events) {
    at(event.time);
    yield { row: (row += 1), text: JSON.stringify(event) };
  }
}

function repsFrom(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, place) => `rep-${String(first + place).padStart(2, '0')}`);
}

let leaving = false;
/** Ctrl-C, whenever it comes, ends the engine and then this, and is no failure. */
function leaveWith(child: ChildProcess): void {
  const leave = (): void => {
    if (leaving) return;
    leaving = true;
    if (child.exitCode !== null || child.signalCode !== null) process.exit(130);
    child.once('exit', () => process.exit(130));
    child.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave);
}

function startEngine(dataFolder: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [...process.execArgv, join(__dirname, 'main.js')], {
    env: { LEADLOG_LOG_LEVEL: 'error', ...process.env, LEADLOG_DATA: dataFolder, PORT: port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((ready, failed) => {
    child.once('exit', (code) => failed(new CommandFailed(`the engine ended with code ${code}; what it said is above`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /https?:\/\/\S+:\d+/.exec(line)?.[0];
      if (!url) return;
      child.removeAllListeners('exit');
      ready({ child, url });
    });
  });
}

/**
 * Until every read model has come to the end of the log, and no decision is due that would make it longer. By positions and not by a pause:
 * where log and read models are on servers, decisions come with longer pauses than any that one would wait for.
 */
async function untilDecided(url: string, archive: ArchiveFiles, line: { say(text: string): void }): Promise<void> {
  for (let settledAt = ''; ;) {
    const { items, position } = await getJson<{
      items: { lag: number; due: number; generations: { state: string }[] }[];
      position: string;
    }>(`${url}/v1/projections`);
    const settled =
      items.length > 0 &&
      items.every(({ lag, due, generations }) => lag <= 0 && due === 0 && generations.every(({ state }) => state !== 'building'));
    // Nothing was written since the look before, so what it saw of each read model was of the same log.
    if (settled && position === settledAt) return;
    settledAt = settled ? position : '';
    const manifest = archive.read();
    const part = (at: number): string => `${Math.min(100, Math.max(0, Math.floor((100 * at) / Math.max(1, Number(position)))))} %`;
    const behind = Math.max(0, ...items.map(({ lag }) => lag));
    line.say(
      `folding ${part(Number(position) - behind)} of ${counted(position, 'position')}, ${counted(
        items.reduce((sum, { due }) => sum + due, 0),
        'decision',
      )} due; archive ${part(manifest ? Number(throughOf(manifest)) : 0)}`,
    );
    await sleep(200);
  }
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: keyFor(new URL(url)) });
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

void withKeyOf(() => ({ env: ENV }), main).catch(async (error: unknown) => {
  // Ctrl-C goes to the engine as well, which may close its door before this hears of it: the engine that answers no longer is the one that
  // was told to end.
  await sleep(SIGNAL_MS);
  if (leaving) return;
  const saysEnough = error instanceof WrongSetting || error instanceof CommandFailed;
  process.stderr.write(`${saysEnough ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
