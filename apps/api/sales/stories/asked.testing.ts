import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { LeadlogEvent } from '@leadlog/events';
import { asAppend } from '@leadlog/events/recorded.testing';
import { dossierOf, type Dossier } from '@leadlog/handoff';
import { summariseRelays } from '@leadlog/handoff/relays/relay-queries';
import { ListNotices, ListNoticesHandler } from '@leadlog/sales/notices/notices.handlers';
import { PresentKpis } from '@leadlog/sales/kpis/present-kpis';
import type { KpiBy } from '@leadlog/sales/kpis/kpis';
import { boardOf } from '@leadlog/sales/targets/board';
import { weekdays } from '@leadlog/sales/targets/progress';
import { ofPeriod, type Target } from '@leadlog/sales/targets/targets.projection';
import { readModelsOf, REQUIRED, TEAMS, TOKYO } from './company.testing';

const presentOf = (events: readonly LeadlogEvent[], now: string): PresentKpis =>
  new PresentKpis(
    readModelsOf(events),
    () => Date.parse(now),
    { timezone: TOKYO, fiscalYearStart: 4 },
    () => TEAMS,
    () => REQUIRED,
  );

/** KPIs of June: `name group: numerator/denominator`, or the count alone; groups of which nothing counts are left out. */
export async function kpisOf(
  events: readonly LeadlogEvent[],
  now: string,
  names: readonly string[],
  by: KpiBy = 'none',
): Promise<string[]> {
  const { rows } = await presentOf(events, now).table({ kpis: [...names], by, from: '2026-06-01', to: '2026-07-01', period: 'none' });
  const counted = rows.filter(({ numerator, denominator }) => by === 'none' || numerator > 0 || denominator);
  return counted.map(({ kpi, group, numerator, denominator }) =>
    [by === 'none' ? kpi : `${kpi} ${group}`, denominator === null ? numerator : `${numerator}/${denominator}`].join(': '),
  );
}

/** The joint board of June: `step actual`, with its target and pace if it has one. */
export async function boardOfJune(events: readonly LeadlogEvent[], now: string): Promise<string[]> {
  const targets = await readModelsOf(events).view('targets');
  const targetsOf = async (period: string): Promise<Target[]> => {
    const keys = (await targets.list(ofPeriod(period), {})).map(({ key }) => key);
    return (await targets.many<{ target: Target }>(keys)).map((state) => state!.target);
  };
  const { board } = (await boardOf('2026-06', targetsOf, presentOf(events, now), weekdays))!;
  return board.steps.map(({ step, currency, actual, target, pace }) =>
    [step, currency, actual, target === null ? undefined : `of ${target}, pace ${pace?.toFixed(2)}`]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

/** What became of relays: `inside → field: relayed, held, won`. */
export async function relaysOf(events: readonly LeadlogEvent[]): Promise<string[]> {
  const relays = await readModelsOf(events).view('relays');
  const pairs = await summariseRelays(relays, { by: 'pair', from: '2026-06-01', to: '2026-07-01', timezone: TOKYO });
  return pairs.map(({ insideRepId, fieldRepId, relayed, held, won }) => `${insideRepId} → ${fieldRepId}: ${relayed}, ${held}, ${won}`);
}

/** As the lead is at that moment. */
export async function dossierOfLead(events: readonly LeadlogEvent[], leadId: string, now: string): Promise<Dossier> {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-story-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  await log.appendMany(events.map(asAppend));
  const dossier = await dossierOf(log, readModelsOf(events), leadId, { now: Date.parse(now), timezone: TOKYO });
  await log.close();
  rmSync(folder, { recursive: true });
  return dossier!;
}

/** Contradictions that stand. */
export async function noticesOf(events: readonly LeadlogEvent[]): Promise<string[]> {
  const { items } = await new ListNoticesHandler(readModelsOf(events)).execute(new ListNotices({ limit: 50 }));
  return items.map(({ leadId, says }) => `${leadId}: ${says.en}`);
}
