import { callApi } from '../cli/api-client';

interface WaitingHandoff {
  leadId: string;
  handoffId: string;
  repId: string;
}

/**
 * What the representatives say to the leads that they were handed, by the number of the lead, so that it is the same on every run: most are
 * accepted, some rejected or given back to be looked at today, some stay unanswered; of some, marketing wants to know how it went.
 */
export async function answerHandoffs(url: string, today: string): Promise<void> {
  for (const { leadId, handoffId, repId } of await waitingHandoffs(url)) {
    const post = (path: string, body: object): Promise<unknown> => callApi(url, 'POST', path, { body });
    const handoff = `/v1/handoffs/${encodeURIComponent(handoffId)}`;
    switch (Number(leadId.slice(-1))) {
      case 0:
        await post(`${handoff}/reject`, { repId, reason: 'badTiming' });
        break;
      case 1:
        await post(`/v1/leads/${encodeURIComponent(leadId)}/return`, { repId, handoffId, reason: '来期の予算で再検討', revisitOn: today });
        break;
      case 2:
        await post(`${handoff}/accept`, { repId });
        await post(`${handoff}/insight`, { kind: 'question', side: 'marketing', text: '資料のどこに関心がありましたか' });
        break;
      case 8:
      case 9:
        break;
      default:
        await post(`${handoff}/accept`, { repId });
    }
  }
}

/** All, before the first of them is answered and leaves the list. */
async function waitingHandoffs(url: string): Promise<WaitingHandoff[]> {
  const waiting: WaitingHandoff[] = [];
  let cursor: string | undefined;
  do {
    const query = { state: 'handed-off', limit: '500', cursor };
    const page = await callApi<{ items: WaitingHandoff[]; nextCursor?: string }>(url, 'GET', '/v1/inbox', { query });
    waiting.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return waiting;
}

/** Of these representatives, the one whose day has most kinds of things to do, then most of them. */
export async function busiestOf(url: string, reps: readonly string[]): Promise<string> {
  let busiest = { rep: reps[0]!, kinds: 0, items: 0 };
  for (const rep of reps) {
    const { counts } = await callApi<{ counts: Record<string, number> }>(url, 'GET', `/v1/reps/${rep}/day`, { query: { limit: '1' } });
    const sections = Object.values(counts).filter((count) => count > 0);
    const [kinds, items] = [sections.length, sections.reduce((sum, count) => sum + count, 0)];
    if (kinds > busiest.kinds || (kinds === busiest.kinds && items > busiest.items)) busiest = { rep, kinds, items };
  }
  return busiest.rep;
}
