import { Type, type Static } from '@sinclair/typebox';
import { position, text } from '../answer-schemas';

export const RecordedActivities = Type.Object(
  {
    leadId: Type.String(),
    eventIds: Type.Array(Type.String(), { description: 'As recorded, in their order' }),
    repeated: Type.Boolean({ description: 'All were recorded before: nothing has changed' }),
    notices: Type.Array(text('Where it contradicts what is recorded')),
    position,
  },
  { $id: 'RecordedActivities' },
);
export type RecordedActivities = Static<typeof RecordedActivities>;
