import { Type, type Static } from '@sinclair/typebox';
import { NOTICE_KINDS } from '@leadlog/sales';
import { oneOf, position, text, time } from '../answer-schemas';

const Notice = Type.Object(
  {
    noticeId: text('Another one as soon as other facts contradict'),
    kind: oneOf(NOTICE_KINDS),
    leadId: Type.String(),
    dealId: Type.Optional(Type.String()),
    quoteId: Type.Optional(Type.String()),
    meetingId: Type.Optional(Type.String()),
    at: time('When the last of the facts happened'),
    says: Type.Object({ en: Type.String(), ja: Type.String() }),
    eventIds: Type.Array(Type.String(), { description: 'The events that contradict each other: TouchpointInvalidated may void one' }),
  },
  { $id: 'Notice' },
);

export const Notices = Type.Object({ items: Type.Array(Notice), nextCursor: Type.Optional(Type.String()), position }, { $id: 'Notices' });
export type Notices = Static<typeof Notices>;
