import type { Holder } from '@leadlog/access';
import type { Position } from '@leadlog/event-log';
import type { TeamOf } from '@leadlog/lead';
import { may } from '../access/roles';
import type { Change, Party, Whose } from './changes';
import { factsOf, liveKinds, type LiveKind } from './kinds';

/** Named one by one; of more it is only said that there are some. */
const MOST_IDS = 100;

/** What somebody hears of a kind: of all things, of their own, or nothing. */
type Hearing = 'all' | { has(party: Party): boolean; reps(party: Party): string[] };

/** Of a representative: their own. Of a manager whose key is bound to teams: what is of these. Of anybody else: what their role reads. */
export function hearingOf(holder: Holder, teamOf: TeamOf): ReadonlyMap<LiveKind, Hearing> {
  const { role, repId, teams } = holder;
  const hearing = new Map<LiveKind, Hearing>();
  for (const kind of liveKinds) {
    const { needs, owned } = factsOf(kind);
    // A contradiction is for managers to settle, whoever's it is.
    if (role === 'rep' && owned && kind !== 'notices')
      hearing.set(
        kind,
        ofReps((rep) => rep === repId),
      );
    else if (may(holder, needs)) hearing.set(kind, owned && teams ? ofTeams(teams, teamOf) : 'all');
  }
  return hearing;
}

const ofReps = (isTheirs: (rep: string) => boolean): Hearing => ({
  has: ({ reps }) => [...reps].some(isTheirs),
  reps: ({ reps }) => [...reps].filter(isTheirs),
});

function ofTeams(teams: readonly string[], teamOf: TeamOf): Hearing {
  const isTheirs = (rep: string): boolean => teams.includes(teamOf(rep) ?? '');
  return {
    has: (party) => [...party.teams].some((team) => teams.includes(team)) || [...party.reps].some(isTheirs),
    reps: ({ reps }) => [...reps].filter(isTheirs),
  };
}

/** What has changed, by kind: the ids, or undefined for any of them. */
export class ToldChanges {
  private readonly kinds = new Map<LiveKind, Set<string> | undefined>();

  get isEmpty(): boolean {
    return this.kinds.size === 0;
  }

  add(kind: LiveKind, ids?: readonly string[]): void {
    const before = this.kinds.get(kind);
    if (this.kinds.has(kind) && before === undefined) return;
    const both = ids && new Set([...(before ?? []), ...ids]);
    this.kinds.set(kind, both && both.size <= MOST_IDS ? both : undefined);
  }

  /** In the order of the table of kinds. */
  asJson(): { kind: LiveKind; ids?: string[] }[] {
    return liveKinds
      .filter((kind) => this.kinds.has(kind))
      .map((kind) => {
        const ids = this.kinds.get(kind);
        return { kind, ...(ids && { ids: [...ids] }) };
      });
  }
}

/** `told`: how far each kind was told before, `ready`: how far the read models have come. */
export function tell(
  changes: readonly Change[],
  hearing: ReadonlyMap<LiveKind, Hearing>,
  told: ReadonlyMap<LiveKind, Position>,
  ready: ReadonlyMap<LiveKind, Position>,
  into: ToldChanges,
): void {
  for (const change of changes) {
    for (const kind of change.kinds) {
      const hears = hearing.get(kind);
      if (!hears || change.position <= told.get(kind)! || change.position > ready.get(kind)!) continue;
      const ids = idsFor(kind, change, hears);
      if (ids !== 'none') into.add(kind, ids);
    }
  }
}

function idsFor(kind: LiveKind, change: Change, hears: Hearing): readonly string[] | undefined | 'none' {
  const { leadIds, whose, dealId, id } = change;
  // Of all leads, such as a scoring model.
  if (leadIds.length === 0) return id === undefined || factsOf(kind).owned ? undefined : [id];
  if (!factsOf(kind).owned || !whose) return undefined;
  if (kind === 'day') return orNone(hears === 'all' ? [...whose.day.reps] : hears.reps(whose.day));
  if (hears === 'all') return kind === 'deals' ? listOf(dealId) : whose.people.flatMap((one) => one.leadIds);
  const theirs = whose.people.filter((one) => hears.has(one.with)).flatMap((one) => one.leadIds);
  if (kind === 'leads' || kind === 'notices') return orNone(theirs);
  if (!hears.has(partyOf(kind, whose))) return 'none';
  if (kind === 'deals') return listOf(dealId);
  // Whoever has just lost a handoff, or has a card of a lead that is with others, may not read the lead.
  return theirs.length > 0 ? theirs : undefined;
}

const listOf = (id: string | undefined): string[] | undefined => (id === undefined ? undefined : [id]);

const orNone = (ids: readonly string[]): readonly string[] | 'none' => (ids.length > 0 ? ids : 'none');

const partyOf = (kind: Exclude<LiveKind, 'leads'>, whose: Whose): Party => whose[kind as 'handoffs' | 'deals' | 'cards' | 'relays'];
