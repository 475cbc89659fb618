import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LeadlogEvent } from '@leadlog/events';
import { cardsProjection, handoffKpis, handoffsProjection, relaysProjection } from '@leadlog/handoff';
import { leadsProjection, mailKpis } from '@leadlog/lead';
import { parseOrganisation } from '@leadlog/organisation';
import type { Projection, ReadModels } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import {
  compileProcess,
  dealLeads,
  dealsProjection,
  noticesProjection,
  parseProcess,
  salesKpis,
  salesWork,
  targetsProjection,
} from '@leadlog/sales';
import { GetRepDay, GetRepDayHandler, WorkReader } from '@leadlog/sales/next-actions/work.handlers';
import { requiredItems } from '@leadlog/sales/process/process';
import { HandoffsOfLeads } from '../handoffs-of-leads';

export const TOKYO = 'Asia/Tokyo';
export const processFile = join(__dirname, '../../../../libs/sales/processes/japan-b2b.yaml');
const compiled = compileProcess(parseProcess(readFileSync(processFile, 'utf8')));
// Nine to six, Monday to Friday.
const organisation = parseOrganisation(`
calendar: { timezone: ${TOKYO}, country: JP, hours: { mon: 09:00-18:00, tue: 09:00-18:00, wed: 09:00-18:00, thu: 09:00-18:00, fri: 09:00-18:00 } }
teams: [{ id: inside-1, kind: inside }, { id: field-1, kind: field }]
reps: [{ id: rep-1, team: inside-1 }, { id: rep-2, team: field-1 }]
`);

export const REQUIRED = requiredItems(compiled.process);
export const TEAMS = organisation.teams;

/** The read models of a company to which these events happened, folded in memory. */
export function readModelsOf(events: readonly LeadlogEvent[]): ReadModels {
  const timezone = TOKYO;
  const projections = [
    salesWork({ timezone }),
    salesKpis({ timezone }),
    dealLeads(),
    mailKpis({ timezone }),
    dealsProjection(),
    targetsProjection(),
    noticesProjection,
    leadsProjection({ timezone }),
    handoffsProjection,
    handoffKpis({ timezone }),
    cardsProjection,
    relaysProjection,
  ] as Projection[];
  const sources = new Map(projections.map((projection) => [projection.name, projection]));
  const folded = new Map<string, ReturnType<typeof foldedView>>();
  const viewOf = (name: string) => {
    let view = folded.get(name);
    if (!view) folded.set(name, (view = foldedView(sources.get(name)!, events)));
    return view;
  };
  return { view: (name) => Promise.resolve(viewOf(name)), reached: () => Promise.resolve() };
}

/** `through`: how far read models are, if not at the end. */
export function readerOf(events: readonly LeadlogEvent[], now: string, through: Record<string, bigint> = {}): WorkReader {
  const folded = readModelsOf(events);
  const readModels: ReadModels = {
    ...folded,
    view: async (name) => {
      const view = await folded.view(name);
      return { ...view, through: through[name] ?? view.through };
    },
  };
  const knowledge = {
    timezone: TOKYO,
    process: () => compiled,
    organisation: () => organisation,
    handoffs: new HandoffsOfLeads(readModels),
  };
  return new WorkReader(readModels, () => Date.parse(now), knowledge);
}

export async function dayOf(events: readonly LeadlogEvent[], now: string, repId = 'rep-1', limit = 500) {
  const { items } = await new GetRepDayHandler(readerOf(events, now)).execute(new GetRepDay(repId, { limit }));
  return items;
}

/** `section lead|deal: what, because, due`. */
export const shown = (items: Awaited<ReturnType<typeof dayOf>>): string[] =>
  items.map(({ section, leadId, dealId, do: verb, because, dueAt }) => {
    const due = new Date(dueAt + 9 * 3_600_000).toISOString().slice(5, 16).replace('T', ' ');
    return `${section} ${dealId ?? leadId}: ${verb}, ${because.en}, ${due}`;
  });
