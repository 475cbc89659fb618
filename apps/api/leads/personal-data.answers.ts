import { Type, type Static } from '@sinclair/typebox';
import { oneOf, position, text, time } from '../answer-schemas';
import { Actor, Lead } from './leads.answers';

const told = {
  eventId: Type.String(),
  position: Type.String(),
  occurredAt: time('When it happened'),
  recordedAt: time('When it was recorded'),
  source: text('The system that sent it'),
  actor: Actor,
  mergedLeadId: Type.Optional(text('The lead it was recorded for, where that has since become part of this one')),
  voided: Type.Optional(
    Type.Object(
      { reason: oneOf(['bot', 'internal', 'test', 'duplicate', 'requalified']), by: Type.String() },
      { description: 'It counts as never having happened' },
    ),
  ),
};

const { consent, identities, mergedLeadIds } = Lead.properties;

export const ConsentHistory = Type.Object(
  {
    leadId: Type.String(),
    now: consent,
    items: Type.Array(Type.Object({ ...told, channel: Type.String(), status: oneOf(['granted', 'withdrawn']) })),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'ConsentHistory' },
);
export type ConsentHistory = Static<typeof ConsentHistory>;

const Known = Type.Object(
  {
    mergedLeadIds,
    profile: Type.Array(
      Type.Object({
        field: Type.String(),
        value: Type.Union([Type.String(), Type.Number()]),
        personal: Type.Boolean(),
        eventId: text('The event that said so last'),
        occurredAt: time(),
        source: Type.String(),
      }),
    ),
    identities,
    consent,
    told: Type.Array(
      Type.Object({
        what: oneOf(['lead.handed_off', 'handoff.assigned', 'handoff.breached']),
        handoffId: Type.String(),
        eventId: Type.String(),
        at: time(),
        destinations: Type.Array(Type.String(), { description: 'Webhook destinations, by their names in the policy' }),
      }),
      { description: 'Of what systems outside were told, or are due to be, the latest first' },
    ),
    inDossiersOf: Type.Array(
      Type.Object({
        leadId: Type.String(),
        handoffId: Type.String(),
        eventId: Type.String(),
        occurredAt: time(),
        data: Type.Unknown({ description: 'What it says' }),
      }),
      { description: 'Dossiers of other leads that name this one as a colleague' },
    ),
  },
  { description: 'What is known now; on the first page' },
);

export const PersonalData = Type.Object(
  {
    leadId: Type.String(),
    known: Type.Optional(Known),
    items: Type.Array(
      Type.Object({
        ...told,
        type: text('Name in the catalogue'),
        data: Type.Unknown({ description: 'As recorded; see the schema of the type' }),
        personal: Type.Optional(Type.Unknown({ description: 'The part of `data` that is personal' })),
      }),
    ),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'PersonalData' },
);
export type PersonalData = Static<typeof PersonalData>;
