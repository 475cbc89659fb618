import { Type, type Static } from '@sinclair/typebox';
import { PARAMETER_TYPES } from '@leadlog/reports';
import { number, oneOf, position, text, time, whole } from '../answer-schemas';

const cell = Type.Unknown({ description: 'By the type of its column: number, text, true, false, null; lists and structures as JSON' });
const parameters = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]));

const answer = {
  columns: Type.Array(Type.Object({ name: Type.String(), type: text('As DuckDB calls it') })),
  rows: Type.Array(Type.Array(cell)),
  rowCount: Type.Integer(),
  truncated: Type.Boolean({ description: 'There were more rows than the limit' }),
  position,
  replays: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Of kept replays that were asked: the position up to which each has seen events',
    }),
  ),
  ms: number('How long it took'),
  timezone: Type.Optional(text('IANA; days and local times are on the clock there')),
};

export const SqlAnswer = Type.Object(answer, { $id: 'SqlAnswer' });

const Question = Type.Object(
  {
    id: Type.String(),
    askedAt: time(),
    sql: Type.String(),
    state: oneOf(['waiting', 'running']),
    progress: number('0 to 1, as far as it can be told'),
  },
  { $id: 'Question' },
);
export const OneQuestion = Question;
export const QuestionList = Type.Object({ items: Type.Array(Question) }, { $id: 'QuestionList' });
export const CancelledQuestion = Type.Object({ id: Type.String(), state: Type.Literal('cancelled') }, { $id: 'CancelledQuestion' });

const Column = Type.Object(
  {
    name: Type.String(),
    type: Type.Optional(text('As DuckDB calls it')),
    description: text('What it holds'),
    path: Type.Optional(text('Where it stands in the data of the event')),
  },
  { $id: 'ViewColumn' },
);
export const ViewList = Type.Object(
  {
    items: Type.Array(
      Type.Object({ name: Type.String(), description: text('What one row is'), columns: Type.Array(Column) }, { $id: 'View' }),
    ),
  },
  { $id: 'ViewList' },
);
export type ViewList = Static<typeof ViewList>;

const chart = Type.Optional(
  Type.Object(
    {
      type: Type.String(),
      x: Type.Optional(Type.String()),
      y: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
      series: Type.Optional(Type.String()),
    },
    { $id: 'Chart', description: 'How the answer may be drawn: names of columns' },
  ),
);

const report = {
  name: Type.String(),
  title: Type.String(),
  description: Type.String(),
  parameters: Type.Array(
    Type.Object(
      {
        name: Type.String(),
        type: oneOf(PARAMETER_TYPES),
        default: Type.Optional(
          Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], { description: 'Left out: it must be given' }),
        ),
        description: Type.String(),
      },
      { $id: 'ReportParameter' },
    ),
  ),
  chart,
  schedule: Type.Optional(text('A cron expression, on the clock of the tenant')),
  runs: Type.Optional(
    Type.Object(
      {
        nextAt: time(),
        last: Type.Optional(Type.Object({ result: Type.String(), dueAt: time(), madeAt: time(), position: Type.String() })),
        failed: Type.Optional(
          Type.Object({ dueAt: time(), error: Type.String(), state: oneOf(['waiting', 'active', 'dead']), attempts: Type.Integer() }),
        ),
      },
      { $id: 'ScheduledRuns' },
    ),
  ),
};

const Report = Type.Object(report, { $id: 'Report' });
export const ReportList = Type.Object(
  {
    items: Type.Array(Report),
    wrong: Type.Array(Type.Object({ name: Type.String(), problem: Type.String() }), { description: 'Files that are no reports, and why' }),
  },
  { $id: 'ReportList' },
);
export const ReportWithSql = Type.Object({ ...report, sql: Type.String() }, { $id: 'ReportWithSql' });

const kept = {
  id: Type.String(),
  report: Type.String(),
  madeAt: time(),
  dueAt: Type.Optional(time()),
  parameters,
  asOf: Type.Optional(time()),
  personal: Type.Optional(
    Type.Literal(false, {
      description:
        'Nothing personal is in it. Absent in one from before SQL was without: that needs the permission `personal`, and is deleted once anybody is forgotten',
    }),
  ),
};
export const KeptResultList = Type.Object(
  { items: Type.Array(Type.Object({ ...kept, position: Type.String(), rowCount: whole() }, { $id: 'KeptResultSummary' })) },
  { $id: 'KeptResultList' },
);
export const KeptResult = Type.Object({ ...kept, answer: SqlAnswer }, { $id: 'KeptResult' });

export const ReportAnswer = Type.Union(
  [Type.Object({ report: Type.String(), title: Type.String(), chart, parameters, ...answer }, { $id: 'ReportRows' }), KeptResult],
  { description: 'Rows; or, with `keep`, the answer as it is kept' },
);
