import type { Role } from '@leadlog/events';
import type { AccessKey } from './access-keys';
import type { Person } from './people/people';

/** Whoever asks, by a key or by a session: who acts, and within which limits. */
export interface Holder {
  kind: 'key' | 'person';
  /** Of the key or of the person; says in the log who acted. */
  id: string;
  name: string;
  role: Role;
  /** Of a rep: who it is. */
  repId?: string;
  /** Of a sender: what its events must be; left out, anything. */
  source?: string;
  types?: readonly string[];
  /** Of a manager's key: whose people and handoffs; left out, those of everybody. */
  teams?: readonly string[];
  /** Of an analyst's key: SQL tells it names, too. */
  names?: boolean;
  /** Of a person. `endsAt`: ms. */
  session?: { sessionId: string; endsAt: number };
}

export const holderOfKey = ({ keyId: id, name, role, repId, source, types, teams, names }: AccessKey): Holder => ({
  kind: 'key',
  id,
  name,
  role,
  repId,
  source,
  types,
  teams,
  names,
});

/** As the person is now: another role would have ended the session. */
export const holderOf = ({ personId: id, name, role, repId }: Person, session: Holder['session']): Holder => ({
  kind: 'person',
  id,
  name,
  role,
  repId,
  session,
});
