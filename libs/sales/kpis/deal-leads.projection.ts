import { dealStream } from '@leadlog/events';
import { addFingerprint, defineProjection, partOf, type Projection } from '@leadlog/projections';

/** The leads that events of a deal name, sorted; as recorded, so merged ones and those of voided events are among them. */
export interface DealLeads {
  leads: string[];
}

/** List of the deals that several leads share, by part; and what tells which parts of it have changed. */
export const SHARED = 'shared';

/** Read model `deal-leads`, by deal. It says which deals `sales-kpis` cannot count by lead (shared-deals.ts). */
export function dealLeads(): Projection<DealLeads> {
  return defineProjection<DealLeads>({
    name: 'deal-leads',
    version: '3',
    handles: [
      'AppointmentBooked',
      'MeetingHeld',
      'DealOpened',
      'DealStageChanged',
      'ProductProposed',
      'QuoteSubmitted',
      'ClosingAnswered',
      'DealWon',
      'DealLost',
    ],
    key: (event) => (event.data as { dealId?: string }).dealId,
    keyedBy: ['dealId'],
    streams: (dealId) => [dealStream(dealId)],
    initial: () => ({ leads: [] }),
    evolve: (state, event) => {
      const { leadId } = event.data as { leadId?: string };
      if (leadId !== undefined && !state.leads.includes(leadId)) state.leads = [...state.leads, leadId].sort();
      return state;
    },
    lists: ({ leads }, dealId): Record<string, number> => (leads.length > 1 ? { [SHARED]: partOf(dealId) } : {}),
    tallies: ({ leads }, dealId) => {
      const cells: Record<string, number> = {};
      if (leads.length > 1) addFingerprint(cells, SHARED, dealId, leads.join('\0'));
      return cells;
    },
  });
}
