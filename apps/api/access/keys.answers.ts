import { Type, type Static } from '@sinclair/typebox';
import { ROLES } from '@leadlog/events';
import { oneOf, position, text, time } from '../answer-schemas';

const KEY_STATES = ['valid', 'expired', 'revoked'] as const;

export const Key = Type.Object(
  {
    keyId: text('The part of the key that is no secret'),
    name: text('What it is for'),
    role: oneOf(ROLES),
    state: oneOf(KEY_STATES),
    source: Type.Optional(text('Of a sender: the only source of its events')),
    types: Type.Optional(Type.Array(Type.String(), { description: 'Of a sender: the only types of its events' })),
    repId: Type.Optional(text('Of a rep: who it is')),
    teams: Type.Optional(Type.Array(Type.String(), { description: 'Of a manager: the only teams whose people and handoffs it reaches' })),
    names: Type.Optional(Type.Boolean({ description: 'Of an analyst: SQL tells it names and addresses, too' })),
    createdAt: time(),
    lastUsedAt: Type.Optional(time('When somebody was last let in by it; up to a minute older, since it is written once a minute')),
    expiresAt: Type.Optional(time()),
    formerUntil: Type.Optional(time('After a rotation: until when the key before it is accepted too')),
    revokedAt: Type.Optional(time()),
  },
  { $id: 'Key' },
);
export type Key = Static<typeof Key>;

export const Keys = Type.Object({ items: Type.Array(Key) }, { $id: 'Keys' });
export type Keys = Static<typeof Keys>;

export const CurrentKey = Type.Object(
  { keyId: Type.String(), name: Type.String(), role: oneOf(ROLES), permissions: Type.Array(Type.String()) },
  { $id: 'CurrentKey' },
);
export type CurrentKey = Static<typeof CurrentKey>;

export const MadeKey = Type.Object(
  { keyId: Type.String(), key: text('The key. It is told only here; keep it'), position },
  { $id: 'MadeKey' },
);
export type MadeKey = Static<typeof MadeKey>;

export const RevokedKey = Type.Object(
  { position, repeated: Type.Boolean({ description: 'It was revoked before: nothing was recorded' }) },
  { $id: 'RevokedKey' },
);
export type RevokedKey = Static<typeof RevokedKey>;
