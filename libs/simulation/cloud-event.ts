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
