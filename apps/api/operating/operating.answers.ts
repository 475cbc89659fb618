import { Type, type Static } from '@sinclair/typebox';
import { number, oneOf, position, text, time, whole } from '../answer-schemas';

const state = oneOf(['building', 'caught-up', 'live', 'retired', 'failed']);

const Generation = Type.Object(
  {
    id: Type.String(),
    version: Type.String(),
    state,
    paused: Type.Boolean(),
    autoSwitch: Type.Boolean(),
    error: Type.Optional(Type.String()),
    createdAt: time(),
    switchedAt: Type.Optional(time()),
    insteadOf: Type.Optional(text('The version that was rolled back from to this one')),
    checkpoint: Type.String(),
  },
  { $id: 'Generation' },
);

const Projection = Type.Object(
  {
    name: Type.String(),
    generation: Type.String(),
    version: Type.String(),
    state,
    paused: Type.Boolean(),
    checkpoint: Type.String(),
    head: Type.String(),
    lag: whole('Positions between the checkpoint and the end of the log'),
    done: Type.Optional(number('Of a build: positions folded')),
    total: Type.Optional(number('Of a build: positions to fold in all')),
    rate: number('Events a second'),
    secondsLeft: Type.Optional(Type.Number()),
    parked: whole('Keys that wait because an event of theirs could not be folded'),
    due: whole('Decisions of the engine that are due by what it shows and not made yet; no more than 1,000 are counted'),
    error: Type.Optional(Type.String()),
    generations: Type.Array(Generation),
  },
  { $id: 'Projection' },
);

export const ProjectionList = Type.Object({ items: Type.Array(Projection), position }, { $id: 'ProjectionList' });
export type ProjectionList = Static<typeof ProjectionList>;

const projection = Type.String();
export const GenerationAnswer = Type.Object({ projection, generation: Type.String() }, { $id: 'GenerationAnswer' });
export type GenerationAnswer = Static<typeof GenerationAnswer>;
export const PausedAnswer = Type.Object({ projection, paused: Type.Boolean() }, { $id: 'PausedAnswer' });
export type PausedAnswer = Static<typeof PausedAnswer>;
export const DroppedAnswer = Type.Object({ projection, dropped: Type.String() }, { $id: 'DroppedAnswer' });
export type DroppedAnswer = Static<typeof DroppedAnswer>;
export const UnparkedAnswer = Type.Object({ projection, keys: Type.Array(Type.String()) }, { $id: 'UnparkedAnswer' });
export type UnparkedAnswer = Static<typeof UnparkedAnswer>;

export const ParkedList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          key: Type.String(),
          position: whole('Of the event that could not be folded'),
          event: Type.String(),
          type: Type.String(),
          error: Type.String(),
          events: whole('That wait'),
        },
        { $id: 'ParkedKey' },
      ),
    ),
    position,
  },
  { $id: 'ParkedList' },
);
export type ParkedList = Static<typeof ParkedList>;

const jobState = oneOf(['waiting', 'active', 'done', 'dead']);

export const QueueList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          queue: Type.String(),
          waiting: Type.Integer(),
          active: Type.Integer(),
          done: Type.Integer(),
          dead: Type.Integer(),
          delayed: whole('Of the waiting ones: not due yet'),
        },
        { $id: 'Queue' },
      ),
    ),
  },
  { $id: 'QueueList' },
);
export type QueueList = Static<typeof QueueList>;

export const JobList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          state: jobState,
          attempts: Type.Integer(),
          dueAt: time(),
          lastError: Type.Optional(Type.String()),
          finishedAt: Type.Optional(time()),
        },
        { $id: 'Job' },
      ),
    ),
  },
  { $id: 'JobList' },
);
export type JobList = Static<typeof JobList>;

export const Redriven = Type.Object(
  { queue: Type.String(), redriven: Type.Array(Type.String()), dead: whole('That are left') },
  { $id: 'Redriven' },
);
export type Redriven = Static<typeof Redriven>;

export const LogHead = Type.Object({ position }, { $id: 'LogHead' });
export type LogHead = Static<typeof LogHead>;

export const Stream = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          type: Type.String(),
          stream: Type.String(),
          revision: Type.String(),
          position: Type.String(),
          recordedAt: time(),
          data: Type.Unknown({ description: 'By type; see the schema of that name' }),
          metadata: Type.Unsafe<object>({ type: 'object' }),
        },
        { $id: 'RecordedEvent' },
      ),
    ),
    position,
  },
  { $id: 'Stream' },
);

export const Live = Type.Object({ status: Type.Literal('live') }, { $id: 'Live' });
export type Live = Static<typeof Live>;
export const Ready = Type.Object(
  {
    status: Type.Literal('ready'),
    position,
    projections: whole('How many there are'),
    warnings: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'What does not work though everything is answered, such as an archive that cannot be written, or a published document that this program cannot read',
      }),
    ),
  },
  { $id: 'Ready' },
);
export type Ready = Static<typeof Ready>;

const schema = Type.Unsafe<object>({ type: 'object', description: 'JSON Schema' });
const EventSchema = Type.Object(
  {
    type: Type.String(),
    group: Type.String(),
    decision: Type.Boolean({ description: 'Only Leadlog makes it' }),
    initiator: oneOf(['customer', 'seller']),
    schemaVersion: Type.Integer(),
    stream: text('Which stream it stands in'),
    personal: Type.Array(Type.String(), {
      description: 'The fields of `data` that tell who a person is or what somebody said, as pointers; `*` is every entry of a list',
    }),
    schema,
    example: Type.Unknown(),
  },
  { $id: 'EventSchema' },
);
export const OneEventSchema = EventSchema;
export const EventSchemaList = Type.Object({ items: Type.Array(EventSchema), position }, { $id: 'EventSchemaList' });
export const ModelSchema = Type.Object({ schema }, { $id: 'ModelSchema' });
