import type { Actor } from '@leadlog/event-log';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { pageOfItems, type ListEntry, type PageQuery, type ReadModelView } from '@leadlog/projections';
import type { HandoffState, Insight } from './handoff-facts';
import { openHandoffs } from './standing';

export interface Question {
  questionId: string;
  handoffId: string;
  from: 'sales' | 'marketing';
  askedBy: Actor;
  /** When, ms. */
  at: number;
  text: string;
  /** The representative who has the handoff. */
  repId?: string;
}

/**
 * Questions about open handoffs that nobody has answered, the first first. An answer answers the question that it names, else every question
 * that is open then of the other side; if that has none, those of its own side.
 */
export function openQuestions(state: HandoffState): Question[] {
  if (!state.handoffs?.some(({ insights }) => insights)) return [];
  return openHandoffs(state)
    .flatMap(({ handoffId, repId }) => {
      const { insights = [] } = state.handoffs!.find((one) => one.handoffId === handoffId)!;
      return unanswered(insights).map(({ eventId, side, by, at, text }) => ({
        questionId: eventId,
        handoffId,
        from: side!,
        askedBy: by,
        at,
        text: text!,
        repId,
      }));
    })
    .sort((a, b) => a.at - b.at || (a.questionId < b.questionId ? -1 : 1));
}

function unanswered(insights: readonly Insight[]): Insight[] {
  let open: Insight[] = [];
  const named = new Set(insights.flatMap(({ questionId }) => questionId ?? []));
  for (const one of [...insights].sort((a, b) => a.at - b.at || a.position - b.position)) {
    if (one.kind === 'question') {
      if (!named.has(one.eventId)) open.push(one);
    } else if (one.questionId === undefined) {
      const side = one.side ?? 'marketing';
      const ofOther = open.filter((question) => question.side !== side);
      open = ofOther.length > 0 ? open.filter((question) => question.side === side) : [];
    }
  }
  return open;
}

export interface QuestionQuery extends PageQuery {
  /** Who has to answer. */
  to?: 'sales' | 'marketing';
  /** The representative who has the handoff. */
  rep?: string;
}

export interface QuestionItem extends Question {
  leadId: string;
  to: 'sales' | 'marketing';
  profile: { name?: string; company?: string };
}

/** Those that have waited longest first, by lead. Views of `handoffs` and `leads`. Throws InvalidCursor. */
export async function listQuestions(
  list: string,
  { handoffs, leads }: { handoffs: ReadModelView; leads: ReadModelView },
  query: QuestionQuery,
): Promise<{ items: QuestionItem[]; cursor?: string }> {
  const isWanted = ({ to, repId }: QuestionItem): boolean =>
    (query.to === undefined || query.to === to) && (query.rep === undefined || query.rep === repId);
  const itemsOf = async (entries: readonly ListEntry[]): Promise<QuestionItem[][]> => {
    const ids = entries.map(({ key }) => key);
    const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
    return ids.map((leadId, place) => {
      const { name, company } = people[place] ? summaryOf(leadId, people[place]).profile : {};
      return (states[place] ? openQuestions(states[place]) : [])
        .map((one): QuestionItem => ({ leadId, ...one, to: one.from === 'sales' ? 'marketing' : 'sales', profile: { name, company } }))
        .filter(isWanted);
    });
  };
  const placeOf = ({ at, questionId }: QuestionItem) => [at, questionId] as const;
  return pageOfItems({ view: handoffs, list, direction: 'ascending', itemsOf, placeOf }, query);
}
