/**
 * What SQL sees. Leads that were merged are shown as their survivor, voided events are left out; `events` alone shows everything as it
 * was recorded. Each view has its columns documented one by one (`leadlog sql --describe`).
 */
export interface View {
  readonly name: string;
  readonly says: string;
  readonly columns: readonly { name: string; says: string }[];
  readonly sql: string;
}

/** Events that count, of the leads that they count for today. */
const COUNTED = `
  SELECT events.* REPLACE (coalesce(survivors.survivor, events.lead) AS lead)
  FROM archive.events AS events LEFT JOIN archive.survivors AS survivors ON survivors.lead = events.lead
  WHERE NOT EXISTS (FROM archive.voided AS voided WHERE voided.event_id = events.event_id AND voided.lead = coalesce(survivors.survivor, events.lead))`;

export const VIEWS: readonly View[] = [
  { name: 'counted', says: 'internal', columns: [], sql: COUNTED },
];
