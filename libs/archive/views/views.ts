import { COLUMNS } from '../columns';
import { counted, facts, superseded, type View } from './counted-events';
import { LEAD_VIEWS } from './leads';
import { LIFECYCLE_VIEWS } from './lifecycle';
import { MARKETING_VIEWS } from './marketing';
import { SALES_VIEWS } from './sales';
import { SUBJECT_VIEWS } from './subjects';

export type { View } from './counted-events';

const events: View = {
  name: 'events',
  says: 'an event as it was recorded: nothing is left out, nothing is put under another lead',
  columns: COLUMNS,
  sql: 'SELECT * FROM archive.events',
};

/**
 * What SQL sees, in the order in which it is made. Leads that were merged are shown as their survivor, voided events are left out; `events`
 * alone shows everything as it was recorded. Each view has its columns documented one by one (`leadlog sql --describe`).
 */
export const VIEWS: readonly View[] = [events, counted, superseded, facts, ...MARKETING_VIEWS, ...SALES_VIEWS, ...LIFECYCLE_VIEWS, ...SUBJECT_VIEWS, ...LEAD_VIEWS];
