import type { Rep } from './company';

/** A CloudEvent 1.0 as an integrator would send it. */
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  /** RFC 3339 with an offset. */
  time: string;
  subject?: string;
  actorkind?: 'rep';
  actorid?: string;
  actorteam?: string;
  data: Record<string, unknown>;
}

/** Puts an event on its way from one of the company's systems. */
export type Send = (source: string, type: string, at: number, data: Record<string, unknown>, rep?: Rep) => CloudEvent;
