import { Type, type Static } from '@sinclair/typebox';
import { ACTION_SOURCES, FLOW_KINDS, SECTIONS } from '@leadlog/sales';
import { oneOf, position, text, time, whole } from '../answer-schemas';

const Words = Type.Object({ en: Type.String(), ja: Type.String() });

const action = {
  from: oneOf(ACTION_SOURCES, 'What it follows from'),
  do: text('A verb of the sales process; of what a person planned, their words'),
  what: Words,
  because: Words,
  dueAt: time(),
  rule: Type.Optional(
    Type.Object(
      { process: Type.String(), version: Type.String(), stage: Type.String(), line: Type.Integer() },
      { description: 'Where the sales process says so' },
    ),
  ),
  actionId: Type.Optional(text('Of a planned action')),
  appointmentId: Type.Optional(Type.String()),
  scheduledAt: Type.Optional(time('Of an appointment: the time agreed')),
};
const NextAction = Type.Object(action, { $id: 'NextAction' });

const FlowItem = Type.Object({ id: Type.String(), kind: oneOf(FLOW_KINDS), required: Type.Boolean(), text: Words }, { $id: 'FlowItem' });

const StageNow = Type.Object(
  {
    id: Type.Optional(text('Left out while no stage has begun')),
    name: Type.Optional(Words),
    purpose: Type.Optional(Words),
    since: Type.Optional(time()),
    exit: Type.Array(Type.String(), { description: 'What the stage is meant to lead to' }),
    kpis: Type.Array(Type.String()),
    told: Type.Optional(Type.Object({ stage: Type.String(), at: time() }, { description: 'What an SFA said last' })),
    difference: Type.Optional(Type.Object({ en: Type.String(), ja: Type.String() }, { description: 'Where that is not what is recorded' })),
  },
  { $id: 'StageNow' },
);

const offered = Type.Optional(
  Type.Object(
    {
      products: Type.Array(Type.String(), { description: 'Ids of what was proposed' }),
      quote: Type.Optional(
        Type.Object(
          { quoteId: Type.String(), revision: whole('The highest') },
          { description: 'Sent or revised last; what is quoted next has its id and the next revision' },
        ),
      ),
    },
    { description: 'What the customer of the deal was offered so far; left out before the first offer' },
  ),
);

const work = {
  leadId: Type.String(),
  dealId: Type.Optional(Type.String()),
  handoffId: Type.Optional(Type.String()),
  repId: Type.Optional(text('Whose it is')),
  stage: StageNow,
  next: NextAction,
  decision: Type.Optional(NextAction),
  uncovered: Type.Array(FlowItem, { description: 'Of the flow of the stage: what no call or meeting has covered yet' }),
  offered,
  hasNextStep: Type.Boolean({ description: 'Whether anything is planned, agreed or awaited; what follows from the process alone is not' }),
};

export const LeadNext = Type.Object(
  {
    leadId: Type.String(),
    next: Type.Optional(NextAction),
    items: Type.Array(Type.Object(work, { $id: 'WorkNow' }), {
      description: 'The run of the lead, or its open deals, the most urgent first; none while sales does not have the lead',
    }),
    position,
  },
  { $id: 'LeadNext' },
);
export type LeadNext = Static<typeof LeadNext>;

export const OpenDeals = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          ...work,
          dealId: Type.String(),
          openedAt: time(),
          amount: Type.Optional(
            Type.Object({ value: Type.Number(), currency: Type.String() }, { description: 'Quoted last, else given at the opening' }),
          ),
          meetings: whole('Held so far'),
          quotes: whole('Sent so far, without revisions'),
        },
        { $id: 'OpenDeal' },
      ),
    ),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'OpenDeals' },
);
export type OpenDeals = Static<typeof OpenDeals>;

const DayItem = Type.Object(
  {
    section: oneOf(SECTIONS),
    leadId: Type.String(),
    dealId: Type.Optional(Type.String()),
    handoffId: Type.Optional(Type.String()),
    stage: Type.Optional(text('Id of the stage')),
    ...action,
    uncovered: Type.Optional(
      Type.Array(FlowItem, { description: 'Of a call or an appointment: what is still to be asked, told and shown' }),
    ),
    offered,
    cardId: Type.Optional(text('Of a dormant card')),
    text: Type.Optional(text('Of a question, or the note of a relay')),
    dossier: text('Path of the dossier'),
    profile: Type.Object({
      name: Type.Optional(Type.String()),
      company: Type.Optional(Type.String()),
      department: Type.Optional(Type.String()),
      title: Type.Optional(Type.String()),
    }),
    consentWithdrawn: Type.Array(Type.String(), { description: 'Channels by which the person does not want to be approached' }),
  },
  { $id: 'DayItem' },
);

export const RepDay = Type.Object(
  {
    repId: Type.String(),
    day: Type.String({ format: 'date' }),
    at: time('As of when'),
    timezone: Type.String(),
    process: Type.Object({ process: Type.String(), version: Type.String() }),
    counts: Type.Object(Object.fromEntries(SECTIONS.map((section) => [section, Type.Integer()])), {
      description: 'Items of each section, on all pages',
    }),
    items: Type.Array(DayItem, { description: 'In the order in which to do it' }),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'RepDay' },
);
export type RepDay = Static<typeof RepDay>;
