import type { EventLog } from '@leadlog/event-log';
import { handoffsOf, openHandoffs, type Handoff, type HandoffState } from '@leadlog/handoff';
import type { ReadModels } from '@leadlog/projections';
import { relayPartiesOf, repsAtWork, repsOfThing, type DealState, type WorkFacts } from '@leadlog/sales';
import type { Change, Party } from './changes';

/** Given to somebody else, a handoff says no more who had it. Looked for among so many events of the lead before. */
const FORMER_AMONG = 100;

/**
 * Finds whose things events concern, as read models have them now: those of whom a lead is, and those whose it was until that event, since they
 * have to hear that it is gone.
 */
export async function findWhose(changes: readonly Change[], readModels: ReadModels, log: EventLog): Promise<void> {
  const ofLeads = changes.filter(({ leadIds, whose }) => leadIds.length > 0 && !whose);
  if (ofLeads.length === 0) return;
  const [leads, handoffs, work, deals] = await Promise.all(
    (['leads', 'handoffs', 'sales-work', 'deals'] as const).map((name) => readModels.view(name)),
  );
  const named = [...new Set(ofLeads.flatMap(({ leadIds }) => leadIds))];
  const survivors = await leads!.resolveAll(named);
  const survivorOf = new Map(named.map((leadId, place) => [leadId, survivors[place]!]));
  const people = [...new Set(survivors)];
  const dealIds = [...new Set(ofLeads.flatMap(({ dealId = [] }) => dealId))];
  const [states, facts, dealStates] = await Promise.all([
    handoffs!.many<HandoffState>(people),
    work!.many<WorkFacts>(people),
    deals!.many<DealState>(dealIds),
  ]);
  const handoffsBy = new Map(people.map((leadId, place) => [leadId, states[place]]));
  const workBy = new Map(people.map((leadId, place) => [leadId, facts[place]]));
  const dealBy = new Map(dealIds.map((dealId, place) => [dealId, dealStates[place]]));
  for (const change of ofLeads) {
    const own = [...new Set(change.leadIds.map((leadId) => survivorOf.get(leadId)!))];
    const ofPeople = own.flatMap((leadId) => handoffsBy.get(leadId) ?? []);
    const works = own.flatMap((leadId) => workBy.get(leadId) ?? []);
    const former = change.type === 'LeadAssigned' ? await formerOf(change, log) : [];
    const opener = change.dealId === undefined ? undefined : dealBy.get(change.dealId)?.opened?.repId;
    const { reps, handoffId } = change.named;
    const concerned = ofPeople.flatMap((state) => handoffsOf(state).filter((one) => isConcerned(one, handoffId, change.at)));
    const handoffParty = partyOf([...reps, ...former, ...concerned.flatMap(repsOf)], concerned.flatMap(teamsOf));
    const dealReps = [...reps, ...(opener === undefined ? [] : [opener])];
    const relayReps = [...reps, ...works.flatMap((one) => relayPartiesOf(one, change.named.appointmentId))];
    const atWork = works.flatMap((one) => [...repsAtWork(one), ...repsOfThing(one, change.named)]);
    change.whose = {
      people: own.map((leadId) => {
        const state = handoffsBy.get(leadId);
        const open = state ? openHandoffs(state) : [];
        const holders = partyOf(
          open.flatMap(({ repId = [] }) => repId),
          open.flatMap(teamsOf),
        );
        return { leadIds: [...new Set([leadId, ...change.leadIds.filter((one) => survivorOf.get(one) === leadId)])], with: holders };
      }),
      handoffs: handoffParty,
      deals: partyOf(dealReps),
      cards: partyOf(reps),
      relays: partyOf(relayReps),
      day: partyOf([...handoffParty.reps, ...dealReps, ...relayReps, ...atWork], [...handoffParty.teams]),
    };
  }
}

const isConcerned = (one: Handoff, handoffId: string | undefined, at: number): boolean =>
  one.endedAt === undefined || one.endedAt === at || one.handoffId === handoffId;

const repsOf = ({ repId, takenOverFrom }: Handoff): string[] => [repId, takenOverFrom].filter((one) => one !== undefined);
const teamsOf = ({ teamId }: Handoff): string[] => (teamId === undefined ? [] : [teamId]);

const partyOf = (reps: readonly string[], teams: readonly string[] = []): Party => ({ reps: new Set(reps), teams: new Set(teams) });

/** Who had the handoff until it was given to somebody else. */
async function formerOf({ stream, revision, named: { handoffId } }: Change, log: EventLog): Promise<string[]> {
  if (revision === 0n) return [];
  let left = FORMER_AMONG;
  for await (const page of log.readStream(stream, { from: revision - 1n, direction: 'backwards', limit: FORMER_AMONG })) {
    for (const { type, data } of page) {
      if ((left -= 1) < 0) return [];
      const { repId, handoffId: of } = data as { repId?: string; handoffId?: string };
      if ((type === 'LeadAssigned' || type === 'HandoffAccepted') && repId !== undefined && of === handoffId) return [repId];
    }
  }
  return [];
}
