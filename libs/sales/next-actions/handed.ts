/** What sales knows of an open handoff; of another capability, so the program says it. Times in ms. */
export interface Handed {
  handoffId: string;
  state: 'handed-off' | 'accepted' | 'in-deal';
  at: number;
  acceptBy: number;
  contactBy: number;
  acceptedAt?: number;
  contactedAt?: number;
  /** Who has it, and since when, if it was assigned to them. */
  repId?: string;
  assignedAt?: number;
  /** The deal that decides it. */
  dealId?: string;
}

export interface DormantCards {
  items: DormantCard[];
  /** The position of the read model of cards. */
  through: bigint;
}

/** Of one lead. */
export interface LeadHandoffs {
  /** By time. */
  open: readonly Handed[];
  /** When one was first returned. */
  returnedAt?: number;
  /** When a handoff last ended otherwise than by a win, by the lead that was handed off, which may have been merged into this one. */
  over?: readonly { leadId: string; at: number }[];
  /** Deals whose handoff has ended. */
  endedDeals?: readonly string[];
  /** Nobody works on it any more. */
  disqualified: boolean;
  /** Of marketing, about open handoffs, that nobody has answered. */
  questions?: readonly AskedQuestion[];
}

export interface AskedQuestion {
  questionId: string;
  handoffId: string;
  at: number;
  text: string;
  /** Who has the handoff. */
  repId?: string;
}

/** A card that nothing has come of. */
export interface DormantCard {
  leadId: string;
  cardId: string;
  /** From when it is dormant. */
  since: number;
}

/** What the program answers from the read model of handoffs: capabilities do not know one another. */
export interface Handoffs {
  /** What is answered from now on includes everything up to here. */
  through(): Promise<bigint>;
  /** The leads that a rep has. */
  leadsOf(repId: string): Promise<string[]>;
  /** In the order of the leads. */
  of(leadIds: readonly string[]): Promise<LeadHandoffs[]>;
  /** Cards of a rep exchanged since then that are dormant at the moment `now`, of leads that nobody in sales has. */
  dormantCards(repId: string, since: number, asOf: { now: number; timezone: string }): Promise<DormantCards>;
}
