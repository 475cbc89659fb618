import { Type, type Static } from '@sinclair/typebox';
import { AUDITED_KINDS } from '@leadlog/events';
import { oneOf, position, text, time } from '../answer-schemas';

const AuditEntry = Type.Object(
  {
    eventId: Type.String(),
    at: time('When it was recorded, before it was answered'),
    kind: oneOf(AUDITED_KINDS),
    outcome: oneOf(
      ['done', 'refused'],
      'done: it was answered; refused: without a valid key or session, without the permission, or because it belongs to others',
    ),
    route: text('Method and path, with the names of parameters'),
    actor: Type.Object({
      kind: oneOf(['person', 'rep', 'system', 'integration']),
      id: text('Key, person or representative; unknown: nobody whose key or session is, or was, one of here'),
      by: Type.Optional(text('The key that it came with, or the person who had signed in')),
      name: Type.Optional(text('What that key or person is called now, also where it was revoked or disabled')),
    }),
    address: text('From where'),
    leadId: Type.Optional(text('The lead that it was about, by the id it was asked by')),
    targets: Type.Optional(Type.Array(Type.String(), { description: 'The other ids in the path' })),
    sql: Type.Optional(text('The question, without its values')),
    names: Type.Optional(Type.Boolean({ description: 'It was to be answered with names and addresses' })),
  },
  { $id: 'AuditEntry' },
);

export const AuditPage = Type.Object(
  { items: Type.Array(AuditEntry), nextCursor: Type.Optional(Type.String()), position },
  { $id: 'AuditPage' },
);
export type AuditPage = Static<typeof AuditPage>;
