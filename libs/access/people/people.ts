import { START, type Fold, type Position, type RecordedEvent } from '@leadlog/event-log';
import { decode, type PersonAdded, type PersonRole } from '@leadlog/events';

/** Somebody who may sign in. */
export interface Person {
  personId: string;
  name: string;
  email?: string;
  role: PersonRole;
  /** Of a rep: the representative that they are. */
  repId?: string;
  /** Of somebody who signs in at an identity provider: which one, and by what it knows them. */
  issuer?: string;
  subject?: string;
  addedAt: number;
  isDisabled: boolean;
  /** What rests on an event up to here (a session, a link) ended with it. */
  endedThrough: Position;
}

export type People = Map<string, Person>;

/** The person of whoever owns the machine: there from the first sign-in on, also where nobody has added anybody. */
export const OWNER = 'owner';

export const people: Fold<People> = { initial: () => new Map(), evolve };

/** It changes the given map. */
function evolve(all: People, recorded: RecordedEvent): People {
  const event = decode(recorded);
  const { position, recordedAt } = recorded;
  switch (event.type) {
    case 'PersonAdded':
      return all.has(event.data.personId)
        ? all
        : all.set(event.data.personId, { ...stated(event.data), addedAt: recordedAt, isDisabled: false, endedThrough: START });
    case 'PersonChanged': {
      const now = stated(event.data);
      return changed(all, event.data.personId, ({ role, repId, addedAt, isDisabled, endedThrough }) => ({
        ...now,
        addedAt,
        isDisabled,
        endedThrough: now.role === role && now.repId === repId ? endedThrough : position,
      }));
    }
    case 'PersonDisabled':
      return changed(all, event.data.personId, (person) => ({ ...person, isDisabled: true, endedThrough: position }));
    // What was opened while they were disabled was never of use, and does not become so.
    case 'PersonEnabled':
      return changed(all, event.data.personId, (person) => ({ ...person, isDisabled: false, endedThrough: position }));
    case 'PersonSignedOut':
      return changed(all, event.data.personId, (person) => ({ ...person, endedThrough: position }));
    default:
      return all;
  }
}

function stated({
  personId,
  name,
  email,
  role,
  repId,
  issuer,
  subject,
}: PersonAdded): Omit<Person, 'addedAt' | 'isDisabled' | 'endedThrough'> {
  return {
    personId,
    name,
    role,
    ...(email !== undefined && { email }),
    ...(repId !== undefined && { repId }),
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
  };
}

function changed(all: People, personId: string, change: (person: Person) => Person): People {
  const person = all.get(personId);
  return person ? all.set(personId, change(person)) : all;
}
