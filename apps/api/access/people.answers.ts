import { Type, type Static } from '@sinclair/typebox';
import { PERSON_ROLES, ROLES } from '@leadlog/events';
import { PERMISSIONS, type Permission } from './roles';
import { oneOf, position, text, time, whole } from '../answer-schemas';

export const Person = Type.Object(
  {
    personId: Type.String(),
    name: Type.String(),
    email: Type.Optional(Type.String()),
    role: oneOf(PERSON_ROLES),
    repId: Type.Optional(text('Of a rep: which representative they are')),
    issuer: Type.Optional(text('Of somebody who signs in at an identity provider: which one')),
    subject: Type.Optional(text('By what it knows them')),
    state: oneOf(['enabled', 'disabled']),
    addedAt: time(),
    sessions: whole('How many are open'),
  },
  { $id: 'Person' },
);
export type Person = Static<typeof Person>;

export const People = Type.Object({ items: Type.Array(Person) }, { $id: 'People' });
export type People = Static<typeof People>;

export const ChangedPerson = Type.Object(
  { personId: Type.String(), position, repeated: Type.Boolean({ description: 'It was so before: nothing was recorded' }) },
  { $id: 'ChangedPerson' },
);
export type ChangedPerson = Static<typeof ChangedPerson>;

export const SignInLink = Type.Object(
  {
    personId: Type.String(),
    link: text('To be opened in a browser, once. It is told only here'),
    expiresAt: time('Until then it may be opened'),
    position,
  },
  { $id: 'SignInLink' },
);
export type SignInLink = Static<typeof SignInLink>;

export const Session = Type.Object(
  {
    kind: oneOf(['key', 'person'], 'By what the request says who asks'),
    id: text('Of the key or of the person'),
    name: Type.String(),
    role: oneOf(ROLES),
    repId: Type.Optional(text('Of a rep: who it is')),
    teamId: Type.Optional(text('Of a rep: their team')),
    permissions: Type.Array(oneOf(Object.keys(PERMISSIONS) as Permission[])),
    own: Type.Array(oneOf(Object.keys(PERMISSIONS) as Permission[]), {
      description: 'Of a rep: what they may do besides, with what is theirs and as themselves',
    }),
    timezone: text('Of the company: whose days and hours count'),
    endsAt: Type.Optional(time('Of a session')),
  },
  { $id: 'Session' },
);
export type Session = Static<typeof Session>;

export const StartedSession = Type.Object(
  { personId: Type.String(), endsAt: time(), position },
  { $id: 'StartedSession', description: 'The session itself is in the cookie' },
);
export type StartedSession = Static<typeof StartedSession>;

export const EndedSession = Type.Object({ position }, { $id: 'EndedSession' });
export type EndedSession = Static<typeof EndedSession>;
