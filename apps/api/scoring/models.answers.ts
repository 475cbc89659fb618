import { Type, type Static } from '@sinclair/typebox';
import { HANDOFFS_AT_SWITCH, PUBLISH_MODES, TIERS } from '@leadlog/events';
import { OUTCOME_NAMES, SHAKY, TRIAL_KINDS } from '@leadlog/scoring';
import { number, oneOf, position, Scores, text, time, whole } from '../answer-schemas';

const Publication = Type.Object(
  {
    version: text('As reads know it'),
    document: text('Version of the document'),
    mode: Type.Optional(oneOf(PUBLISH_MODES)),
    handoffs: Type.Optional(oneOf(HANDOFFS_AT_SWITCH)),
    perDay: Type.Optional(Type.Integer()),
    publishedAt: Type.Optional(time()),
    position: Type.Optional(Type.String()),
    rollbackTo: Type.Optional(text('Position of the publication that was restored')),
    ofSettings: Type.Optional(Type.Literal(true, { description: 'Nothing was published: it is the document of the settings' })),
  },
  { $id: 'Publication' },
);

const Model = Type.Object(
  {
    modelId: Type.String(),
    main: Type.Boolean({ description: 'Handoffs follow from it' }),
    live: Type.Optional(Publication),
    answering: Type.Optional(text('The version that reads answer with now; it follows the live one once that is built')),
    retired: Type.Optional(Type.Boolean()),
    versions: Type.Array(Type.Object({ version: Type.String(), draftedAt: time(), position: Type.String(), published: Type.Boolean() })),
    published: Type.Array(Publication),
  },
  { $id: 'Model' },
);

export const ModelList = Type.Object({ items: Type.Array(Model), position }, { $id: 'ModelList' });
export type ModelList = Static<typeof ModelList>;

export const ModelDocument = Type.Object(
  {
    modelId: Type.String(),
    version: Type.String(),
    publishedAs: Type.Array(Type.String()),
    text: text('As it was written, with its comments'),
    definition: Type.Unsafe<object>({ type: 'object', description: 'The same as data' }),
  },
  { $id: 'ModelDocument' },
);
export type ModelDocument = Static<typeof ModelDocument>;

export const ValidModel = Type.Object(
  { modelId: Type.String(), version: Type.String(), axes: Type.Array(Type.String()), rules: Type.Integer() },
  { $id: 'ValidModel' },
);
export type ValidModel = Static<typeof ValidModel>;

export const ModelAnswer = Type.Object(
  { modelId: Type.String(), version: Type.String(), position, repeated: Type.Boolean() },
  { $id: 'ModelAnswer', description: 'What a command on a model answers' },
);
export type ModelAnswer = Static<typeof ModelAnswer>;

const tier = oneOf(TIERS);
const tiers = Type.Object({ hot: Type.Integer(), warm: Type.Integer(), cold: Type.Integer() });
const figures = { auc: Type.Optional(Type.Number()), precision: Type.Optional(Type.Number()), lift: Type.Optional(Type.Number()) };

const Preview = Type.Object(
  {
    at: whole('ms since 1970'),
    position: Type.String(),
    model: Type.String(),
    version: Type.String(),
    leads: Type.Integer(),
    tiers: Type.Object({ now: tiers, then: tiers }),
    becomeHot: Type.Integer(),
    leaveHot: Type.Integer(),
    staysWithSales: Type.Optional(whole('Of those that leave hot: sales has them, and keeps them')),
    handsOff: whole('Of those that become hot'),
    moves: Type.Array(Type.Object({ from: tier, to: tier, leads: Type.Integer() })),
    named: Type.Array(
      Type.Object({
        leadId: Type.String(),
        from: tier,
        to: tier,
        scores: Scores,
        before: Type.Optional(Scores),
        withSales: Type.Optional(Type.Literal(true)),
        handsOff: Type.Boolean(),
      }),
    ),
    charts: Type.Array(
      Type.Object({
        axis: Type.String(),
        edges: Type.Array(Type.Number()),
        now: Type.Optional(Type.Array(Type.Integer())),
        then: Type.Array(Type.Integer()),
      }),
    ),
  },
  { $id: 'Preview' },
);

const Cutoff = Type.Object(
  {
    at: whole('ms since 1970'),
    leads: Type.Integer(),
    outcomes: Type.Integer(),
    hot: Type.Integer(),
    hotOutcomes: Type.Integer(),
    picked: Type.Integer(),
    pickedOutcomes: Type.Integer(),
    auc: figures.auc,
  },
  { $id: 'Cutoff' },
);

const VersionResult = Type.Object(
  {
    name: Type.String(),
    model: Type.String(),
    version: Type.String(),
    ...figures,
    recall: Type.Optional(Type.Number()),
    hot: Type.Object({ leads: Type.Integer(), outcomes: Type.Integer(), share: Type.Optional(Type.Number()) }),
    calibration: Type.Optional(
      Type.Object({
        bins: Type.Array(Type.Object({ leads: Type.Integer(), predicted: Type.Number(), observed: Type.Number() })),
        error: Type.Number(),
      }),
    ),
    medianLeadTimeDays: Type.Optional(Type.Number()),
    cutoffs: Type.Array(Cutoff),
    picks: Type.Array(Type.Object({ leadId: Type.String(), rank: Type.Number(), outcome: Type.Boolean() })),
  },
  { $id: 'VersionResult' },
);

const Backtest = Type.Object(
  {
    position: Type.String(),
    outcome: Type.String(),
    horizonDays: Type.Integer(),
    capacity: Type.Number(),
    leads: Type.Integer(),
    outcomes: Type.Integer(),
    customersLeftOut: Type.Optional(whole('Times that a lead was left out since it had bought already')),
    cutoffsIgnored: Type.Optional(whole('Cut-offs with fewer than 50 leads to choose from')),
    versions: Type.Array(VersionResult),
    summary: Type.Array(Type.String()),
  },
  { $id: 'Backtest' },
);

const Suggestion = Type.Object(
  {
    text: text('A draft like any other: the document with other points'),
    model: Type.String(),
    version: Type.String(),
    outcomes: Type.Integer(),
    cases: Type.Integer(),
    penalty: Type.Number(),
    rules: Type.Array(
      Type.Object({
        id: Type.String(),
        axis: Type.String(),
        before: Type.Number(),
        after: number('Ten double the odds of the outcome'),
        cases: whole('In which it gave anything'),
        leads: whole('Different leads of those cases'),
        interval: Type.Optional(
          Type.Object(
            { from: Type.Number(), to: Type.Number() },
            {
              description:
                'Of 95 %; where a sign or bound holds the points, of what the history says. Left out where the rule never gave anything',
            },
          ),
        ),
        held: Type.Optional(
          Type.Object(
            { by: oneOf(['sign', 'min', 'max']), historySays: Type.Number() },
            { description: 'What keeps the points from what the history says' },
          ),
        ),
        shaky: Type.Optional(
          Type.Array(oneOf(SHAKY), {
            description: 'Why not to rely on the points: few leads did it, or the interval holds both signs or is wide',
          }),
        ),
      }),
    ),
    heldOut: Backtest,
    summary: Type.Array(Type.String()),
  },
  { $id: 'Suggestion' },
);

const trial = {
  id: Type.String(),
  kind: oneOf(TRIAL_KINDS),
  modelId: Type.String(),
  version: Type.String(),
  options: Type.Object({
    named: Type.Optional(Type.Integer()),
    from: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
    every: Type.Optional(oneOf(['month', 'week'])),
    outcome: Type.Optional(Type.Unsafe<string>(oneOf(OUTCOME_NAMES))),
    horizonDays: Type.Optional(Type.Integer()),
    capacity: Type.Optional(Type.Integer()),
    by: Type.Optional(oneOf(['recorded', 'occurred'])),
    includeCustomers: Type.Optional(Type.Boolean()),
  }),
  askedAt: time(),
  state: oneOf(['waiting', 'running', 'done', 'failed', 'cancelled']),
  progress: number('0 to 1'),
  finishedAt: Type.Optional(time()),
  error: Type.Optional(Type.String()),
  figures: Type.Optional(Type.Record(Type.String(), Type.Number(), { description: 'Main figures of the result, for lists' })),
};

const Trial = Type.Object(trial, { $id: 'Trial' });
export const StartedTrial = Trial;
export const TrialList = Type.Object({ items: Type.Array(Trial) }, { $id: 'TrialList' });
export const TrialWithResult = Type.Object(
  { ...trial, result: Type.Optional(Type.Union([Preview, Backtest, Suggestion], { description: 'By kind; once it is done' })) },
  { $id: 'TrialWithResult' },
);
