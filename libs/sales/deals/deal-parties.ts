import { latest, type DealShared, type Happened } from '@leadlog/events';

export interface DealClosed extends Happened {
  state: 'won' | 'lost';
  reason?: string;
}

/** What a lead's own events report about a deal, and what was last recorded for it about the events of others. */
export interface Party {
  leadId: string;
  opened?: boolean;
  outcome?: DealClosed;
  /** A meeting or an appointment of the lead is about it. */
  met?: boolean;
  told?: Told;
}

/** `at`: when the deal was closed, as was told; `times`: how often the lead was told something. */
export interface Told {
  position: number;
  times: number;
  opened: boolean;
  at?: number;
  what: string;
}

interface DealAsKnown {
  opened?: Happened;
  outcome?: DealClosed & { leadId?: string };
  parties?: readonly Party[];
}

/** List of the deals with facts to record for some lead. */
export const UNTOLD = 'untold';

/** The outcome that was told, as a text to compare. */
const outcomeIn = (data: DealShared): string => JSON.stringify(outcomeOf(data));
const outcomeOf = ({ state, closedWith, closedAt, reason }: DealShared) => [state, closedWith, closedAt && Date.parse(closedAt), reason];

export function toldBy(data: DealShared, position: number, earlier: Told | undefined): Told {
  const times = (earlier?.times ?? 0) + 1;
  if (earlier && earlier.position > position) return { ...earlier, times };
  const at = data.closedAt === undefined ? undefined : Date.parse(data.closedAt);
  return { position, times, opened: data.opened, at, what: outcomeIn(data) };
}

/**
 * What the leads of a deal do not know about it, or know otherwise. Read models of a lead are folded from its own events only, so a deal
 * opened with one person and won with another would stay open for ever with the first, and one whose win was voided would stay won. A lead
 * whose own events report nothing of the deal any more is told nothing: the deal is none of its own.
 */
export function untold(dealId: string, { opened, outcome, parties = [] }: DealAsKnown): DealShared[] {
  return parties.flatMap((party) => {
    if (!party.opened && !party.outcome && !party.met) return [];
    const what: DealShared = {
      leadId: party.leadId,
      dealId,
      opened: opened !== undefined,
      state: outcome?.state ?? 'open',
      ...(outcome?.leadId !== undefined && { closedWith: outcome.leadId }),
      ...(outcome && { closedAt: new Date(outcome.at).toISOString() }),
      ...(outcome?.reason !== undefined && { reason: outcome.reason }),
    };
    return knowsOpening(party, what) && knowsOutcome(party, outcome, what) ? [] : [what];
  });
}

/** Only where a deal begins with its outcome does it matter whether it was opened with another. */
const knowsOpening = ({ opened, outcome, told }: Party, what: DealShared): boolean =>
  opened === true || outcome === undefined || (told?.opened ?? false) === what.opened;

/** As the read models of leads see it: what was told competes with the lead's own by business time. */
function knowsOutcome({ outcome: own, told }: Party, outcome: DealClosed | undefined, what: DealShared): boolean {
  const shared = told?.at === undefined ? undefined : { at: told.at, position: told.position };
  const holds = shared ? latest<Happened>(own, shared) : own;
  return holds !== undefined && holds === shared ? told!.what === outcomeIn(what) : own?.position === outcome?.position;
}

/** Tells one telling from another: a lead may be told again what it was told before something else. */
export const tellingOf = (data: DealShared, parties: readonly Party[] = []): string[] => {
  const times = parties.find(({ leadId }) => leadId === data.leadId)?.told?.times ?? 0;
  const what = JSON.stringify([data.opened, ...outcomeOf(data)]);
  return times === 0 ? [what] : [what, String(times)];
};

/**
 * When what is told was so, ms: when the deal was closed, or was opened. Of a deal of which neither is left, a lead is only told that what it was
 * told before is no longer so.
 */
export const timeOfTelling = ({ leadId }: DealShared, { outcome, opened, parties = [] }: DealAsKnown): number =>
  outcome?.at ?? opened?.at ?? parties.find((party) => party.leadId === leadId)!.told!.at!;
