import { LeadlogError } from '@leadlog/errors';
import type { Position } from '@leadlog/event-log';

/**
 * The keys under which what is personal is recorded: one for each subject, which is a lead or, for what has none, a stream. The log is
 * never rewritten, so to forget a subject is to destroy its key. Port; `personal-keys.contract.ts` is the specification.
 */
export interface PersonalKeys {
  /**
   * The keys of these subjects; those that are missing are made, and are durable when this resolves: an event may be recorded under one
   * only then. A forgotten subject is not in the answer and never gets a key again.
   */
  ensure(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>>;
  /** The keys that there are. */
  keysOf(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>>;
  /**
   * Forgets these subjects, for ever: when this resolves their keys are in no file of the store, and within two seconds in no process that
   * has it open. Those that never had a key are forgotten too. Repeating it changes nothing. False: the storage does not let anybody write
   * its files anew, so they hold the keys until it does so by itself.
   */
  destroy(subjects: readonly string[]): Promise<boolean>;
  /** All that are forgotten. The same set until there are more. */
  forgotten(): Promise<ReadonlySet<string>>;
  /** Position in the log up to which all that is forgotten there is forgotten here: older keys that are put back have an older one. */
  forgottenThrough(): Promise<Position | undefined>;
  noteForgottenThrough(position: Position): Promise<void>;
  counts(): Promise<{ keys: number; forgotten: number }>;
  close(): Promise<void>;
}

export interface PersonalKey {
  /** Tells keys apart; secret is only `bytes`. */
  readonly id: string;
  /** For AES-256. */
  readonly bytes: Buffer;
}

export const KEY_BYTES = 32;
/** Of an id, which is written in base64url. */
export const KEY_ID_BYTES = 6;

/** The subject that a lead is. */
export const subjectOfLead = (leadId: string): string => `lead-${leadId}`;

/** The store of keys is not what this program needs: another master key made it, or it may lose keys. Somebody has to see to it. */
export class KeysNotFit extends LeadlogError {
  readonly kind = 'invalid';
}
