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
  /** By which identities are named in the log: the same for ever, whatever becomes of the master key. */
  readonly identityKey: Buffer;
  /**
   * Wraps every key by the newest master key, also those that any process makes meanwhile, and answers how many it has wrapped. When it
   * resolves, no file of the store holds a key by another one, unless the storage does not let anybody write its files anew. Interrupted at
   * any point, both master keys are needed until it is repeated.
   */
  rewrap(): Promise<{ rewrapped: number; filesRewritten: boolean }>;
  close(): Promise<void>;
}

export interface PersonalKey {
  /** Tells keys apart; secret is only `bytes`. */
  readonly id: string;
  /** For AES-256. */
  readonly bytes: Buffer;
}

/** Subjects of the store itself: by the first it is checked whether the master key is the right one; by the second identities are named. */
export const CHECKED = 'master key';
export const IDENTITIES = 'identities';

/**
 * Processes from before identities were named by a key look for them under the names that everybody can compute, and would make a second
 * lead of a person. So the keys that they need are moved to other names, in one step and for ever, before the first identity is named by a
 * key; under the old names they find this, and can record nothing more.
 */
export const FENCE = 'these keys are in use by a newer version of Leadlog: stop this program and start that version';

export const KEY_BYTES = 32;
/** Of an id, which is written in base64url. */
export const KEY_ID_BYTES = 6;

/** The subject that a lead is. */
export const subjectOfLead = (leadId: string): string => `lead-${leadId}`;

/** The store of keys is not what this program needs: another master key made it, or it may lose keys. Somebody has to see to it. */
export class KeysNotFit extends LeadlogError {
  readonly kind = 'invalid';
}
