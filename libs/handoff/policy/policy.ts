import type { Duration } from '@leadlog/organisation';

/** Not handed off until consent is granted again, or handed off with a warning. */
export type Refused = 'withhold' | 'warn';

export interface Escalation {
  /** Names of destinations. */
  notify: readonly string[];
  reassign: boolean;
}

/** Who takes hot leads, how fast, and who is notified. Written by marketing and sales together, in YAML. */
export interface HandoffPolicy {
  /** For whoever has no organisation; empty otherwise. */
  reps: readonly { id: string; team: string; weight: number }[];
  /** From the handoff on; business time is that of the rep. */
  sla: { accept: Duration; contact: Duration };
  /** What follows from a missed deadline: whom to tell, and whether the handoff goes to the next rep. */
  escalation: { accept?: Escalation; contact?: Escalation };
  destinations: readonly { name: string; url: string; secretEnv: string }[];
  /**
   * How to treat a lead that has withdrawn its consent for a channel: the same for all channels, or by channel, with `others` for those not
   * named.
   */
  consent: Refused | Readonly<Record<string, Refused>>;
  /**
   * How long a lead that was returned or rejected is not handed off again, unless it asks for something (InquiryReceived); without a pause,
   * its next act is enough.
   */
  returns: { pause?: Duration };
  /** Handoffs a day for leads whose past is imported with decisions=trickle. */
  imports: { perDay: number };
}

/**
 * Whether a lead that has withdrawn its consent for this channel waits until it grants it again. Names of channels are compared without
 * regard to case, width and outer spaces, because people type them.
 */
export function isWithheld({ consent }: Pick<HandoffPolicy, 'consent'>, channel: string): boolean {
  if (typeof consent === 'string') return consent === 'withhold';
  const named = Object.entries(consent).find(([name]) => plain(name) === plain(channel));
  return (named?.[1] ?? consent['others'] ?? 'warn') === 'withhold';
}

const plain = (channel: string): string => channel.trim().normalize('NFKC').toLowerCase();
