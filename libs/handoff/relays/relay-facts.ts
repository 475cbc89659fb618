import type { Happened } from '@leadlog/events';

/** Read model `relays`, by lead: its appointments, who relayed them to whom, and what came of them. */
export interface RelaysState {
  appointments?: RelayedAppointment[];
  /** Each as it was reported last. */
  meetings?: RelayMeeting[];
  deals?: RelayDeal[];
}

export interface RelayedAppointment {
  appointmentId: string;
  /** The first booking, and the lead in whose stream it is. */
  booked?: Happened & { leadId: string; repId: string; dealId?: string };
  scheduled?: Happened & { for: number };
  /** By event. */
  relays?: RelayTold[];
  answers?: RelayAnswer[];
}

export interface RelayTold extends Happened {
  eventId: string;
  leadId: string;
  fromRepId: string;
  toRepId: string;
  note?: string;
}

export interface RelayAnswer extends Happened {
  eventId: string;
  how: 'accepted' | 'rejected';
  repId: string;
  reason?: string;
}

export interface RelayMeeting extends Happened {
  meetingId: string;
  /** For which they met. */
  appointmentId?: string;
  startedAt: number;
  dealId?: string;
}

/** The last outcome of a deal: by events of this lead, and, as was told last, by those of all. */
export interface RelayDeal {
  dealId: string;
  own?: DealEnd;
  told?: { position: number; end?: DealEnd };
}

export interface DealEnd extends Happened {
  won: boolean;
}
