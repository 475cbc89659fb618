import { Type, type Static } from '@sinclair/typebox';
import { oneOf, text } from '../answer-schemas';
import { factsOf, liveKinds } from './kinds';

/** The data of a message of `GET /v1/live`. */
export const LiveChanges = Type.Object(
  {
    position: text('Everything up to here was told, and read models have it'),
    changes: Type.Optional(
      Type.Array(
        Type.Object({
          kind: oneOf(liveKinds, liveKinds.map((kind) => `${kind}: ${factsOf(kind).holds}`).join('; ')),
          ids: Type.Optional(Type.Array(Type.String(), { description: 'Which ones; left out, any of them' })),
        }),
        { description: 'Of `changed`; a kind that is not known is to be passed over, since there may be more of them one day' },
      ),
    ),
  },
  { $id: 'LiveChanges', description: 'The data of each event of the stream' },
);
export type LiveChanges = Static<typeof LiveChanges>;
