import { Type, type Static } from '@sinclair/typebox';
import { RELAY_STATES } from '@leadlog/handoff';
import { oneOf, position, text, time, whole } from '../answer-schemas';

const Relay = Type.Object(
  {
    appointmentId: Type.String(),
    leadId: Type.String(),
    fromRepId: text('Who relayed it, and keeps the credit for the appointment'),
    toRepId: text('To whom it was relayed'),
    repId: text('Who has it by this relay: who accepted it, else to whom it was relayed'),
    state: oneOf(RELAY_STATES),
    relayedAt: time(),
    note: Type.Optional(Type.String()),
    answeredAt: Type.Optional(time()),
    reason: Type.Optional(text('Of a rejection')),
    scheduledAt: Type.Optional(time('Agreed time of the appointment')),
    held: Type.Optional(Type.Object({ meetingId: Type.String(), at: time() }, { description: 'The first meeting for it after the relay' })),
    deal: Type.Optional(
      Type.Object(
        { dealId: Type.String(), state: oneOf(['won', 'lost']), at: time() },
        { description: 'The deal of the meeting, once closed' },
      ),
    ),
    profile: Type.Object({ name: Type.Optional(Type.String()), company: Type.Optional(Type.String()) }),
  },
  { $id: 'Relay' },
);

export const Relays = Type.Object({ items: Type.Array(Relay), nextCursor: Type.Optional(Type.String()), position }, { $id: 'Relays' });
export type Relays = Static<typeof Relays>;

const rate = (description: string) => Type.Unsafe<number | null>({ type: ['number', 'null'], description: `${description}; null of none` });

export const RelaySummaries = Type.Object(
  {
    from: text('First day of the relays'),
    to: text('The day after the last'),
    timezone: Type.String(),
    items: Type.Array(
      Type.Object(
        {
          insideRepId: Type.Optional(text('Who relayed')),
          fieldRepId: Type.Optional(text('Who has it by the relay')),
          relayed: whole(),
          waiting: whole(),
          accepted: whole(),
          rejected: whole(),
          held: whole('With a meeting since'),
          won: whole('With a deal won'),
          heldRate: rate('held of relayed'),
          wonRate: rate('won of held'),
        },
        { $id: 'RelaySummary' },
      ),
    ),
    position,
  },
  { $id: 'RelaySummaries' },
);
export type RelaySummaries = Static<typeof RelaySummaries>;
