import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles } from '@leadlog/archive';
import { counted } from '@leadlog/events';
import { LivedCompany, simulate, type CloudEvent, type SimulationOptions } from '@leadlog/simulation';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import { withKeyOf } from '../cli/access-key';
import { callApi } from '../cli/api-client';
import { lineOf } from '../cli/progress';
import { run } from '../cli/run';
import { sendEvents } from '../cli/import/send-events';
import { CommandFailed } from '../cli/terminal';
import { openLog } from '../setup/backends';
import { dataFiles } from '../setup/data-folder';
import { ownerKeyPath } from '../setup/owner-key';
import { howToGetIn, howToSignIn } from '../setup/program';
import { readSettings, WrongSetting, type Settings } from '../setup/settings';
import { DemoEngine } from './demo-engine-process';
import { busiestOf, get, liveThrough, publishDocuments, untilDecided } from './demo-life';

const TIMEZONE = 'Asia/Tokyo';
const DAYS = 183;
/** The last of them, which the engine lives through; what was before is imported. */
const LIVED_DAYS = 56;
const COMPANY: Pick<SimulationOptions, 'seed' | 'accounts' | 'reps'> = { seed: 20_261, accounts: 700, reps: 24 };
const today = localDay(Date.now(), TIMEZONE);
const ENV = { ...process.env, LEADLOG_DATA: process.env.LEADLOG_DATA || join('data', `demo-${today}`) };
const INSIDE = repsFrom(1, 8);
const FIELD = repsFrom(9, 24);
const OUTCOMES =
  `SELECT method, count(*) AS handoffs, count(accept_breached_at) AS accepted_late, count(contact_breached_at) AS contacted_late,
  count(*) FILTER (status = 'returned') AS returned, count(*) FILTER (status = 'in-deal') AS in_deal, count(*) FILTER (status = 'won') AS won
  FROM handoffs GROUP BY method ORDER BY handoffs DESC`.replace(/\s+/g, ' ');
/** By then a signal to both has come to either. */
const SIGNAL_MS = 500;

const startOf = (day: string): number => startOfLocalDay(day, TIMEZONE);

/**
 * Half a year of a made-up company, sent to a started engine through its public API: what was before is imported, then the engine lives through
 * the last weeks by the time of then, handing off leads that its representatives answer. Then what each of its users would look at; then it goes
 * on serving while live events trickle in. The history ends with the last full day, and the data folder is that day's: started again on the
 * same day, the demo shows what is there.
 */
async function main(): Promise<void> {
  const exit = process.argv.includes('--exit');
  const settings = readSettings(ENV);
  const lived = join(settings.dataFolder, 'demo-lived');
  const isThere = existsSync(lived);
  const [from, begins, ends] = [startOf(addDays(today, -DAYS)), startOf(addDays(today, -LIVED_DAYS)), startOf(today)];
  if (!isThere) await makeRoom(settings);
  const engine = await DemoEngine.start({ ...ENV, PORT: String(settings.port) }, isThere ? 0 : begins, leaveWith);
  const { url, child } = engine;
  say(
    `An engine on ${url}, its data in ${settings.dataFolder}. ${isThere ? 'It has lived through its half year' : 'Half a year of a made-up company follows'}.`,
  );

  const terminal = {
    env: ENV,
    out: (text: string) => void process.stdout.write(text),
    err: (text: string) => void process.stderr.write(text),
  };
  const archive = new ArchiveFiles(settings.archiveFolder);
  const line = lineOf('demo', terminal);
  if (!isThere) {
    const began = Date.now();
    const company = new LivedCompany({ ...COMPANY, from: new Date(from), to: new Date(ends) });
    await publishDocuments(url, company);
    const total = await liveThrough(engine, company, { begins, ends }, archive, {
      sent: (row, day) => line.say(`${counted(row, 'event')} sent, day ${dayOf(day, from)} of ${DAYS}`),
      folding: (text) => line.say(text),
      rejected: (row, errors) => say(`line ${row} was rejected: ${JSON.stringify(errors)}`),
    });
    mkdirSync(settings.dataFolder, { recursive: true });
    writeFileSync(lived, '');
    line.end();
    say(
      `${counted(total.accepted + total.duplicates + total.rejected, 'event')} sent in ${((Date.now() - began) / 1_000).toFixed(1)} s: ${total.accepted} accepted, ${counted(total.duplicates, 'duplicate')}, ${total.rejected} rejected.`,
    );
  }
  await untilDecided(url, archive, { folding: (text) => line.say(text) });
  line.end();

  // What is printed works as it stands, in a shell that knows nothing of the folder of the demo.
  const keyFile = ownerKeyPath(settings);
  const where = [
    ...(url === 'http://127.0.0.1:3000' ? [] : ['--url', url]),
    ...(keyFile === undefined ? [] : ['--key-file', relative('', keyFile)]),
  ];
  const leadlog = async (title: string, ...args: string[]): Promise<void> => {
    const typed = [...args, ...where].map((one) => (/\s/.test(one) ? `"${one}"` : one));
    say(`\n${title} (bin/leadlog ${typed.join(' ')}):`);
    await run([...args, '--url', url], terminal);
  };
  await leadlog('The hottest leads', 'leads', 'list', '--tier', 'hot', '--limit', '10');
  const hottest = (await get<{ items: { leadId: string }[] }>(url, '/v1/leads', { tier: 'hot', limit: '2' })).items;
  for (const { leadId } of hottest) {
    await leadlog(`Why ${leadId}?`, 'why', leadId, '--top', '8');
  }
  await leadlog('With sales now', 'inbox', '--limit', '5');
  await leadlog('Hot, and waiting for somebody who is at work and has room', 'inbox', '--waiting', '--limit', '5');
  await leadlog('What an inside representative has to do', 'day', await busiestOf(url, INSIDE), '--limit', '6');
  await leadlog('What a field representative has to do', 'day', await busiestOf(url, FIELD), '--limit', '12');
  await leadlog('What became of relayed appointments', 'relay', 'summary');
  await leadlog('What became of leads that were handed off; those that came back go to the rep who knew them', 'sql', OUTCOMES);
  await leadlog('Returned leads to look at today', 'revisits', '--limit', '5');
  await leadlog('Questions that nobody has answered', 'questions', '--limit', '5');
  await leadlog('Business cards, and how many of them are dormant', 'cards', 'summary');
  await leadlog('Both departments, with the targets of the month', 'board', addDays(today, -1).slice(0, 7));
  await leadlog('The funnel of the last three months', 'kpi', '--from', addDays(today, -90), '--to', addDays(today, 1));

  if (exit) return engine.end();
  say(
    `\nServing on ${url} (documentation at ${url}/docs). ${howToGetIn(url, { ownerKeyFile: keyFile, hasKeys: true })}${await ownerLink(url)}Live events trickle in; Ctrl-C ends it.`,
  );
  child.once('exit', (code) => process.exit(leaving ? 130 : (code ?? 0)));
  await trickle(url, ends);
}

async function ownerLink(url: string): Promise<string> {
  const { link, expiresAt } = await callApi<{ link: string; expiresAt: string }>(url, 'POST', '/v1/people/owner/link');
  return howToSignIn({ link, expiresAt: Date.parse(expiresAt) });
}

/** Of an engine of before, whose company was not lived through to the end, nothing can be gone on with. */
async function makeRoom(settings: Settings): Promise<void> {
  const { dataFolder, eventStoreUrl } = settings;
  if (eventStoreUrl !== undefined) return refuseLogInUse(settings);
  if (!existsSync(dataFiles(dataFolder).log)) return;
  if (process.env.LEADLOG_DATA)
    throw new WrongSetting(`LEADLOG_DATA: expected a folder without a log, or one in which a demo came to its end, got ${dataFolder}`);
  say(`The demo in ${dataFolder} was interrupted; it begins again.`);
  rmSync(dataFolder, { recursive: true });
}

/** Nobody can take a made-up company out of a log again. */
async function refuseLogInUse(settings: Settings): Promise<void> {
  const log = openLog(settings);
  try {
    for await (const { events } of log.read({ filter: { streamPrefixes: ['activity-', 'lead-'] }, sliceSize: 1 }))
      if (events.length > 0)
        throw new WrongSetting('EVENTSTORE_URL: expected a log without leads, since the demo fills it, got one that has some');
  } finally {
    await log.close();
  }
}

const dayOf = (at: number, from: number): number => Math.floor((at - from) / 86_400_000) + 1;

/** The same company goes on from today: two events a second, dated now. */
async function trickle(url: string, from: number): Promise<void> {
  const live = simulate({ ...COMPANY, seed: COMPANY.seed + 1, from: new Date(from), to: new Date(from + 30 * 86_400_000) });
  for (const event of live) {
    await sleep(500);
    const now: CloudEvent = { ...event, time: new Date().toISOString() };
    await sendEvents([{ row: 1, text: JSON.stringify(now) }], {
      url,
      rejected: (_row, errors) => say(`a live event was rejected: ${JSON.stringify(errors)}`),
    });
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
