import { dormantCards, handoffsOf, isDisqualified, openQuestions, type Handoff, type HandoffState } from '@leadlog/handoff';
import type { ReadModels } from '@leadlog/projections';
import type { DormantCards, Handed, Handoffs, LeadHandoffs } from '@leadlog/sales';

const PAGE = 1_000;

/** What sales knows of handoffs, from their read model: the two capabilities meet here. */
export class HandoffsOfLeads implements Handoffs {
  constructor(private readonly readModels: ReadModels) {}

  async through(): Promise<bigint> {
    return (await this.readModels.view('handoffs')).through;
  }

  async leadsOf(repId: string): Promise<string[]> {
    const view = await this.readModels.view('handoffs');
    const leadIds: string[] = [];
    for (let after: { key: string; rank: number } | undefined; ;) {
      const page = await view.list(`inbox:rep:${repId}`, { limit: PAGE, after });
      leadIds.push(...page.map(({ key }) => key));
      after = page.at(-1);
      if (page.length < PAGE) return leadIds;
    }
  }

  async of(leadIds: readonly string[]): Promise<LeadHandoffs[]> {
    const states = await (await this.readModels.view('handoffs')).many<HandoffState>(leadIds);
    return states.map((state) => (state ? handoffsOfLead(state) : { open: [], disqualified: false }));
  }

  async dormantCards(repId: string, since: number, asOf: { now: number; timezone: string }): Promise<DormantCards> {
    const [cards, leads, handoffs] = await Promise.all(['cards', 'leads', 'handoffs'].map((name) => this.readModels.view(name)));
    const views = { cards: cards!, leads: leads!, handoffs: handoffs! };
    return { items: await dormantCards(views, { repId, since }, asOf), through: views.cards.through };
  }
}

function handoffsOfLead(state: HandoffState): LeadHandoffs {
  const all = handoffsOf(state);
  const past = all.filter(({ endedAt }) => endedAt !== undefined);
  const over = [
    ...past.flatMap(({ handoffId, state: how, endedAt }) =>
      how === 'won' ? [] : [{ leadId: state.handoffs!.find((one) => one.handoffId === handoffId)!.handed!.leadId, at: endedAt! }],
    ),
    ...(state.ends ?? []).map(({ leadId, at }) => ({ leadId, at })),
  ];
  const endedDeals = past.flatMap(({ dealId }) => dealId ?? []);
  const questions = openQuestions(state).filter(({ from }) => from === 'marketing');
  const returned = past.flatMap(({ state: how, endedAt }) => (how === 'returned' ? (endedAt ?? []) : []));
  return {
    open: all.flatMap((handoff) => (handoff.endedAt === undefined ? [handedOf(handoff, state)] : [])),
    disqualified: isDisqualified(state),
    ...(questions.length > 0 && { questions }),
    ...(over.length > 0 && { over }),
    ...(endedDeals.length > 0 && { endedDeals }),
    ...(returned.length > 0 && { returnedAt: Math.min(...returned) }),
  };
}

function handedOf(
  { handoffId, state, at, acceptBy, contactBy, acceptedAt, contactedAt, repId, dealId }: Handoff,
  { handoffs = [] }: HandoffState,
): Handed {
  const assigned = handoffs.find((one) => one.handoffId === handoffId)?.assigned;
  return {
    handoffId,
    state: state as Handed['state'],
    at,
    acceptBy: Date.parse(acceptBy),
    contactBy: Date.parse(contactBy),
    acceptedAt,
    contactedAt,
    repId,
    ...(assigned && assigned.repId === repId && { assignedAt: assigned.at }),
    dealId,
  };
}
