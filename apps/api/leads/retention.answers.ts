import { Type, type Static } from '@sinclair/typebox';
import { KEPT_BY } from '@leadlog/handoff/retention/retention';
import { oneOf, position, text, time } from '../answer-schemas';

const before = text('A day: their last act was before it began');

export const RetentionPreview = Type.Object(
  {
    before,
    items: Type.Array(
      Type.Object({
        leadId: Type.String(),
        name: Type.Optional(Type.String()),
        company: Type.Optional(Type.String()),
        lastActAt: time('The last act of the customer or of one of us; else when the lead was first heard of'),
        keptBy: Type.Array(oneOf(KEPT_BY), { description: 'Why a run would keep the person; empty: it would forget them' }),
      }),
      { description: 'By the last act of the customer, the longest ago first' },
    ),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'RetentionPreview' },
);
export type RetentionPreview = Static<typeof RetentionPreview>;

export const RetentionRun = Type.Object(
  {
    before,
    leadIds: Type.Array(Type.String(), { description: 'Who is forgotten: each by an erasure of their own' }),
    more: Type.Boolean({ description: 'There are others: run it again' }),
    position,
  },
  { $id: 'RetentionRun' },
);
export type RetentionRun = Static<typeof RetentionRun>;
