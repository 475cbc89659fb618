import { COLUMNS } from '../columns';
import { CARD_VIEWS } from './cards';
import { counted, facts, superseded, type View } from './counted-events';
import { COHORT_VIEWS } from './handoff-cohorts';
import { LEAD_VIEWS } from './leads';
import { LIFECYCLE_VIEWS } from './lifecycle';
import { MARKETING_VIEWS } from './marketing';
import { RELAY_VIEWS } from './relays';
import { SALES_VIEWS } from './sales';
import { SUBJECT_VIEWS } from './subjects';

export type { View } from './counted-events';

const events: View = {
  name: 'events',
  description:
    'an event as recorded: nothing is left out but the audit and the names of people who sign in, and nothing is moved to another lead',
  columns: COLUMNS,
  sql: "SELECT * FROM archive.events WHERE type NOT IN ('RequestAudited', 'PersonAdded', 'PersonChanged')",
};

/**
 * The views that SQL sees, in the order of their creation. Merged leads appear as their survivor, and voided events are left out; `events`
 * alone shows everything as recorded. Each column of a view is documented (`leadlog sql --describe`).
 */
export const VIEWS: readonly View[] = [
  events,
  counted,
  superseded,
  facts,
  ...MARKETING_VIEWS,
  ...SALES_VIEWS,
  ...LIFECYCLE_VIEWS,
  ...SUBJECT_VIEWS,
  ...COHORT_VIEWS,
  ...LEAD_VIEWS,
  ...CARD_VIEWS,
  ...RELAY_VIEWS,
];
