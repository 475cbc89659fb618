import { Type, type Static } from '@sinclair/typebox';
import { position, text, time } from '../answer-schemas';

const DocumentPublication = Type.Object(
  {
    version: Type.String(),
    publishedAt: Type.Optional(time()),
    position: Type.Optional(Type.String()),
    rollbackTo: Type.Optional(text('Position of the publication that was restored')),
    ofSettings: Type.Optional(Type.Literal(true, { description: 'Nothing was published: it is the document of the settings' })),
  },
  { $id: 'DocumentPublication' },
);

const history = {
  id: Type.String(),
  inUse: Type.Boolean({ description: 'Its live version is in force, as the settings name it' }),
  live: Type.Optional(DocumentPublication),
  versions: Type.Array(Type.Object({ version: Type.String(), draftedAt: time(), position: Type.String(), published: Type.Boolean() })),
  published: Type.Array(DocumentPublication),
};
const ListedDocument = Type.Object(history, { $id: 'ListedDocument' });

export const DocumentList = Type.Object({ items: Type.Array(ListedDocument), position }, { $id: 'DocumentList' });
export type DocumentList = Static<typeof DocumentList>;

export const DocumentPast = Type.Object({ ...history, position }, { $id: 'DocumentPast', description: 'What was drafted and published' });
export type DocumentPast = Static<typeof DocumentPast>;

export const StoredDocument = Type.Object(
  {
    id: Type.String(),
    version: Type.String(),
    text: text('As it was written, with its comments'),
    definition: Type.Unsafe<object>({ type: 'object', description: 'The same as data' }),
  },
  { $id: 'StoredDocument' },
);
export type StoredDocument = Static<typeof StoredDocument>;

export const ValidDocument = Type.Object({ id: Type.String(), version: Type.String() }, { $id: 'ValidDocument' });
export type ValidDocument = Static<typeof ValidDocument>;

export const DocumentAnswer = Type.Object(
  { id: Type.String(), version: Type.String(), position, repeated: Type.Boolean() },
  { $id: 'DocumentAnswer', description: 'What a command on a document answers' },
);
export type DocumentAnswer = Static<typeof DocumentAnswer>;

export const DocumentDifferences = Type.Object(
  {
    id: Type.String(),
    version: Type.String(),
    against: text('The version before'),
    differences: Type.Array(
      Type.Object({
        path: text('The place, such as `reps.rep-01.weight`'),
        before: Type.Optional(Type.Unknown({ description: 'Left out where there was nothing' })),
        after: Type.Optional(Type.Unknown({ description: 'Left out where there is nothing any more' })),
      }),
    ),
  },
  { $id: 'DocumentDifferences' },
);
export type DocumentDifferences = Static<typeof DocumentDifferences>;
