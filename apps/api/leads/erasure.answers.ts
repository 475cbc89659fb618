import { Type, type Static } from '@sinclair/typebox';
import { NOT_REWRITTEN } from '@leadlog/events';
import { oneOf, position, text, time } from '../answer-schemas';

export const ErasureAsked = Type.Object(
  {
    leadId: text('The lead, or the one it was merged into'),
    position,
    repeated: Type.Boolean({ description: 'It had been asked for before' }),
  },
  { $id: 'ErasureAsked' },
);
export type ErasureAsked = Static<typeof ErasureAsked>;

const counted = (description: string) => Type.Optional(Type.Integer({ description }));

export const Erasure = Type.Object(
  {
    leadId: Type.String(),
    state: oneOf(
      ['none', 'requested', 'erased', 'completed'],
      'requested: it will be done, whatever happens; erased: nothing personal can be read from the log any more; completed: nor is it kept anywhere else',
    ),
    requestId: Type.Optional(Type.String()),
    requestedAt: Type.Optional(time('When it was asked for')),
    completedAt: Type.Optional(time('When nothing was left')),
    leadIds: Type.Optional(Type.Array(Type.String(), { description: 'The leads that were the person' })),
    jobs: counted('Webhook deliveries in which something was left out'),
    generations: counted('Earlier builds of read models that were dropped'),
    clearEvents: counted(
      'Events about the person recorded before there were keys: they stay in the log as they are, and nothing reads them',
    ),
    notRewritten: Type.Optional(
      Type.Array(oneOf([...NOT_REWRITTEN]), {
        description:
          'Files that hold what was there until they are written anew: the storage does so by itself alone, or, of the log, the disk was full',
      }),
    ),
    waitsFor: Type.Optional(
      Type.Array(
        Type.Object({
          generation: text('Build of a read model that has not folded the person again yet'),
          paused: Type.Boolean({ description: 'It goes on only once somebody resumes it' }),
        }),
        { description: 'What holds it up' },
      ),
    ),
    position,
  },
  { $id: 'Erasure' },
);
export type Erasure = Static<typeof Erasure>;
