import type { DealShared, Happened } from '@leadlog/events';

export interface DealClosed extends Happened {
  state: 'won' | 'lost';
  reason?: string;
}

/** What a lead's own events report about a deal, and what was last recorded for it about the events of others. */
export interface Party {
  leadId: string;
  opened?: boolean;
  outcome?: DealClosed;
  told?: { position: number; what: string };
}

interface DealAsKnown {
  opened?: Happened;
  outcome?: DealClosed & { leadId?: string };
  parties?: readonly Party[];
}

/** List of the deals with facts to record for some lead. */
export const UNTOLD = 'untold';

/** What was told, as a text to compare. */
export const toldIn = ({ opened, state, closedWith, closedAt, reason }: DealShared): string =>
  JSON.stringify([opened, state, closedWith, closedAt && Date.parse(closedAt), reason]);

/**
 * What the leads of a deal do not know about it. Read models of a lead are folded from its own events only, so a deal opened
 * with one person and won with another would stay open for ever with the first.
 */
export function untold(dealId: string, { opened, outcome, parties = [] }: DealAsKnown): DealShared[] {
  if (parties.length < 2) return [];
  return parties.flatMap((party) => {
    const knowsOutcome = outcome === undefined || party.outcome?.position === outcome.position;
    const knowsOpening = opened === undefined || party.opened === true || party.outcome === undefined;
    if (knowsOutcome && knowsOpening) return [];
    const what: DealShared = {
      leadId: party.leadId,
      dealId,
      opened: opened !== undefined,
      state: outcome?.state ?? 'open',
      ...(outcome?.leadId !== undefined && { closedWith: outcome.leadId }),
      ...(outcome && { closedAt: new Date(outcome.at).toISOString() }),
      ...(outcome?.reason !== undefined && { reason: outcome.reason }),
    };
    return party.told?.what === toldIn(what) ? [] : [what];
  });
}
