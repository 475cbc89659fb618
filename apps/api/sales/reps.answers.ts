import { Type, type Static } from '@sinclair/typebox';
import { EMPLOYERS, TEAM_KINDS } from '@leadlog/organisation';
import { oneOf, text } from '../answer-schemas';

export const Reps = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          repId: Type.String(),
          name: Type.Optional(Type.String()),
          teamId: Type.String(),
          hasLeft: Type.Boolean(),
          isAbsent: Type.Boolean({ description: 'Today' }),
        },
        { $id: 'Rep' },
      ),
      { description: 'In the order of the organisation' },
    ),
    teams: Type.Array(
      Type.Object({
        teamId: Type.String(),
        name: Type.Optional(text('As the organisation says')),
        kind: oneOf(TEAM_KINDS),
        employer: oneOf(EMPLOYERS),
      }),
    ),
  },
  { $id: 'Reps' },
);
export type Reps = Static<typeof Reps>;
