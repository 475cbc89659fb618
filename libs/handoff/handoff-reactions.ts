import type { DocumentInForce, InForce } from '@leadlog/documents';
import type { EventLog, NewEvent } from '@leadlog/event-log';
import { decisionId, leadStream, ownEvent, type LeadHandedOff, type OwnEvent } from '@leadlog/events';
import type { Jobs } from '@leadlog/jobs';
import { handoffIdOf, proposeOnLead, readLead, runIdOf } from '@leadlog/lead';
import type { Reaction, ReadModels } from '@leadlog/projections';
import { dueForRep, type Duration, type Organisation } from '@leadlog/organisation';
import type { Clock } from '@leadlog/time';
import { nextAtWork, takersOf, type Assignment } from './assignment/assignment';
import { placesOn } from './assignment/reservations';
import { colleaguesOf, dossierHash, dossierOf, type Dossier } from './dossier';
import { REFUSED, TO_HAND_OFF, UNDELIVERED, type HandoffState } from './handoffs.projection';
import type { PauseOf } from './pause';
import { isWithheld, type HandoffPolicy } from './policy/policy';
import { dueSince, handoffsOf, hasBought, openHandoffs, pastHandoffs, runOf, withdrawnConsents, type Handoff } from './standing';
import { enqueueDelivery, isStillTold } from './webhooks/webhook-jobs';

interface Parts {
  log: EventLog;
  readModels: ReadModels;
  policy: DocumentInForce<HandoffPolicy>;
  organisation: () => Organisation;
  pauseOf: PauseOf;
  clock: Clock;
  /** IANA name. */
  timezone: string;
  /** Whether the decisions that count make it hot: a rolled-back decision causes no handoff. */
  isHot?: (leadId: string) => Promise<boolean>;
}

/**
 * Withheld leads are checked again when their rank changes, which does not show that one withdrawn consent replaced another. Leads that
 * nobody can take wait for somebody to come back to work; what a policy decided that this program cannot read, for one that can.
 */
export const LOOK_AGAIN_MS = 60_000;
/** How soon a lead that waits gets a place that has become free. Looked at sooner, those that wait would keep a worker from all else. */
const ROOM_AGAIN_MS = 5_000;

/**
 * Hands off every lead that is hot and armed: dossier and assignment in one append. If a consent was withdrawn, the policy for its channel
 * applies.
 */
export function handoffReactions(parts: Parts): Reaction[] {
  return [
    handoffReaction(parts, TO_HAND_OFF),
    ...(parts.policy.now().content.consent === 'withhold' ? [] : [handoffReaction(parts, REFUSED)]),
  ];
}

function handoffReaction({ log, readModels, policy, organisation, pauseOf, clock, timezone, isHot }: Parts, list: string): Reaction {
  const firstWithRoom = placesOn(log, readModels);
  return {
    name: list === REFUSED ? 'hand-off-with-warning' : 'hand-off',
    projection: 'handoffs',
    list,
    async react(leadId, _rank, view) {
      const state = await view.get<HandoffState>(leadId);
      const due = state && dueSince(state);
      if (!state || due === undefined) return 'again';
      // A publication hands off nobody: who was withheld when it came due stays so until then.
      const inForce = policy.now();
      const withholding = [inForce, policy.at(due)];
      if (withdrawnConsents(state).some(({ channel }) => withholding.some(({ content }) => isWithheld(content, channel))))
        return { notBefore: clock() + LOOK_AGAIN_MS };
      if (isHot && !(await isHot(leadId))) return 'again';
      const now = clock();
      const pausedUntil = pauseOf(state) ?? now;
      // Somebody may ask for something meanwhile that is dated before what has made it due.
      if (pausedUntil > now) return { notBefore: Math.min(pausedUntil, now + LOOK_AGAIN_MS) };
      const colleagues = await colleaguesOf(readModels, leadId);
      const previousReps = pastHandoffs(state)
        .flatMap(({ repId }) => repId ?? [])
        .reverse();
      const account = await statesOf(readModels, colleagues.people);
      const accountReps = repsOf(account);
      const business = [state, ...account].some(hasBought) ? 'existing' : 'new';
      const handoffId = handoffIdOf(leadId, (await readLead(log, leadId)).handoffs + 1);
      const sales = organisation();
      const takers = takersOf(sales, { handoffId, previousReps, accountReps, now });
      if (takers.length === 0) {
        const opening = Math.min(nextAtWork(sales, now) ?? Infinity, now + LOOK_AGAIN_MS);
        return { notBefore: Math.max(opening, now + ROOM_AGAIN_MS) };
      }
      const assignment = await firstWithRoom(sales, takers, { leadId, handoffId, now });
      if (!assignment) return { notBefore: now + ROOM_AGAIN_MS };
      const dossier = await dossierOf(log, readModels, leadId, { now, timezone, colleagues });
      if (!dossier) return 'again';
      const answer = await proposeOnLead(log, leadId, ({ run, latest, tierChange }) => {
        const runId = runIdOf(leadId, Math.max(run, runOf(state)));
        // A lead that was hot all along is handed off again because of an act, but the read model does not tell which.
        const cause = due === state.since && tierChange?.data.to === 'hot' ? tierChange : undefined;
        return handedOff(leadId, handoffId, runId, dossier, assignment, inForce, sales, business, Math.max(now, latest ?? now), cause);
      });
      // Refused: the stream is ahead of the read model that put the lead on the list.
      return answer.ok ? answer.position : 'again';
    },
  };
}

async function statesOf(readModels: ReadModels, people: readonly { leadId: string }[]): Promise<HandoffState[]> {
  if (people.length === 0) return [];
  const states = await (await readModels.view('handoffs')).many<HandoffState>(people.map(({ leadId }) => leadId));
  return states.filter((state) => state !== undefined);
}

/** Reps who hold, or last held, one of these people of the account. */
function repsOf(account: readonly HandoffState[]): string[] {
  return account
    .flatMap(handoffsOf)
    .sort((a, b) => b.at - a.at)
    .flatMap(({ repId }) => repId ?? []);
}

function handedOff(
  leadId: string,
  handoffId: string,
  runId: string,
  dossier: Dossier,
  assignment: Assignment,
  { id: policyId, version: policyVersion, content: policy }: InForce<HandoffPolicy>,
  organisation: Organisation,
  business: 'new' | 'existing',
  now: number,
  cause: Cause,
): NewEvent[] {
  const by = (within: Duration) => new Date(dueForRep(organisation, assignment.repId, now, within)).toISOString();
  const { accountId } = dossier;
  const about = { leadId, ...(accountId !== undefined && { accountId }), handoffId };
  const handoff = decision(
    'LeadHandedOff',
    handoffId,
    now,
    {
      ...about,
      runId,
      dossierHash: dossierHash(dossier),
      acceptBy: by(policy.sla.accept),
      contactBy: by(policy.sla.contact),
      policyId,
      policyVersion,
      business,
      dossier,
    },
    cause,
  );
  return [handoff, decision('LeadAssigned', handoffId, now, { ...about, ...assignment }, handoff)];
}

type Cause = OwnEvent['cause'];

const decision = (type: 'LeadHandedOff' | 'LeadAssigned', handoffId: string, at: number, data: object, cause: Cause): NewEvent =>
  ownEvent({ id: decisionId(type, handoffId), type, data, at, by: 'handoff', cause });

/** Later than any event: the queue keeps an enqueued job, so this worker need not look again. */
export const NEVER = 2n ** 62n;

/**
 * Enqueues the delivery of every unanswered handoff to every destination of the policy that decided it: a publication sends nothing out. There is no mark "enqueued": the
 * id of the job is derived from the handoff, so enqueuing it again after a restart or crash does not deliver it twice.
 */
export function deliveryReaction(log: EventLog, jobs: Jobs, policy: DocumentInForce<HandoffPolicy>, clock: Clock): Reaction {
  return {
    name: 'deliver-handoff',
    projection: 'handoffs',
    list: UNDELIVERED,
    async react(leadId, _rank, view) {
      const state = await view.get<HandoffState>(leadId);
      const unanswered = (state ? openHandoffs(state) : []).filter((open) => open.state === 'handed-off');
      if (unanswered.length === 0) return 'again';
      const now = clock();
      const waiting = new Map(unanswered.filter(({ at }) => isStillTold(at, now)).map((open) => [open.eventId, open]));
      if (waiting.size === 0) return NEVER;
      let unreadable = false;
      for (const member of await view.family(leadId)) {
        for await (const page of log.readStream(leadStream(member))) {
          for (const { id, data: event } of page) {
            const handoff = waiting.get(id);
            if (!handoff) continue;
            const { policyVersion } = event as Partial<LeadHandedOff>;
            const decidedBy = policy.decidedBy(policyVersion);
            unreadable ||= !decidedBy;
            for (const { name } of decidedBy?.content.destinations ?? []) {
              await enqueueDelivery(jobs, name, {
                id,
                type: 'lead.handed_off',
                timestamp: new Date(handoff.at).toISOString(),
                data: { handoff: shownOutside(handoff), event },
              });
            }
          }
        }
      }
      return unreadable ? { notBefore: now + LOOK_AGAIN_MS } : NEVER;
    },
  };
}

/** External times are RFC 3339. */
export function shownOutside({ at, contactedAt, acceptedAt, endedAt, ...rest }: Handoff) {
  const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
  return { ...rest, at: time(at), contactedAt: time(contactedAt), acceptedAt: time(acceptedAt), endedAt: time(endedAt) };
}
