import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ArchiveFiles } from '@leadlog/archive';
import { LivedCompany } from '@leadlog/simulation';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import { DemoEngine } from '../../apps/standalone/demo-engine-process';
import { liveThrough, publishDocuments, untilDecided } from '../../apps/standalone/demo-life';

import { OWNED } from './owner-key';

const TIMEZONE = 'Asia/Tokyo';
const COMPANY = { seed: 5, accounts: 40, reps: 6 };
/** Of which the engine lives through the last ones. */
const DAYS = 70;
const LIVED_DAYS = 12;

/**
 * A folder of data of a small company that lived with Leadlog until last midnight, as of the demo: `rep-01` and `rep-02` are inside sales, the
 * others field sales. Made once a day, in half a minute, and copied for each who asks.
 */
export async function demoData(folder: string): Promise<void> {
  const today = localDay(Date.now(), TIMEZONE);
  const kept = resolve('node_modules/.cache/leadlog', `demo-${today}-${hashOfSimulation()}`);
  if (!existsSync(kept)) {
    const made = `${kept}.${process.pid}`;
    await live(made, today);
    for (const old of readdirSync(resolve(kept, '..')))
      if (/^demo-\d/.test(old) && !old.startsWith(`demo-${today}`)) rmSync(resolve(kept, '..', old), { recursive: true });
    if (existsSync(kept)) rmSync(made, { recursive: true });
    else renameSync(made, kept);
  }
  cpSync(kept, folder, { recursive: true });
}

async function live(folder: string, today: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [from, begins, ends] = [DAYS, LIVED_DAYS, 0].map((before) => startOfLocalDay(addDays(today, -before), TIMEZONE)) as [
    number,
    number,
    number,
  ];
  const environment = { ...process.env, LEADLOG_DATA: folder, ...OWNED, PORT: '0' };
  const engine = await DemoEngine.start(environment, begins, undefined, resolve('dist/apps/standalone/demo-engine.js'));
  try {
    const archive = new ArchiveFiles(join(folder, 'archive'));
    const company = new LivedCompany({ ...COMPANY, from: new Date(from), to: new Date(ends) });
    await publishDocuments(engine.url, company);
    await liveThrough(engine, company, { begins, ends }, archive, {
      sent: () => undefined,
      folding: () => undefined,
      rejected: (row, errors) => {
        throw new Error(`line ${row} of the made-up company is rejected: ${JSON.stringify(errors)}`);
      },
    });
    await untilDecided(engine.url, archive);
  } finally {
    await engine.end();
  }
  writeFileSync(join(folder, 'demo-lived'), '');
}

/** Another simulation is another company. */
function hashOfSimulation(): string {
  const hash = createHash('sha256').update(JSON.stringify([COMPANY, DAYS, LIVED_DAYS]));
  for (const name of readdirSync('libs/simulation').sort()) hash.update(readFileSync(join('libs/simulation', name)));
  return hash.update(readFileSync('apps/standalone/demo-life.ts')).digest('hex').slice(0, 12);
}
