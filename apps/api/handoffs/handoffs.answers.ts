import { Type, type Static } from '@sinclair/typebox';
import { BUSINESS, SIDES, TIERS } from '@leadlog/events';
import { numberOrNull, oneOf, position, Scores, text, time } from '../answer-schemas';

const state = oneOf(['handed-off', 'accepted', 'in-deal', 'rejected', 'returned', 'won', 'lost', 'disqualified']);

const ConsentWithdrawn = Type.Array(Type.Object({ channel: Type.String(), since: time() }), {
  description: 'Channels by which the person does not want to be approached',
});

const profile = Type.Object({
  name: Type.Optional(Type.String()),
  company: Type.Optional(Type.String()),
  department: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
});

const InboxItem = Type.Object(
  {
    leadId: Type.String(),
    tier: oneOf(TIERS),
    handoffId: Type.String(),
    runId: Type.String(),
    state,
    repId: Type.Optional(Type.String()),
    teamId: Type.Optional(Type.String()),
    acceptBy: time('Deadline to accept'),
    contactBy: time('Deadline of the first contact'),
    takenOverFrom: Type.Optional(Type.String({ description: 'Whom it was assigned to, where a colleague has taken it over' })),
    business: oneOf(BUSINESS, 'existing: the person, or somebody of the company, had bought before the handoff'),
    breached: Type.Optional(Type.Array(oneOf(['accept', 'contact']), { description: 'Deadlines that passed unmet' })),
    reason: Type.Optional(Type.String()),
    dealId: Type.Optional(Type.String()),
    handedOffAt: time(),
    acceptedAt: Type.Optional(time('When sales first took it up')),
    consentWithdrawn: ConsentWithdrawn,
    contactedAt: Type.Optional(time('First act of a seller that reached out after the handoff')),
    profile,
  },
  { $id: 'InboxItem' },
);

const WaitingLead = Type.Object(
  {
    leadId: Type.String(),
    tier: oneOf(TIERS),
    since: time('Since when it should be with sales'),
    pausedUntil: Type.Optional(time('It was given back, and is not handed off before then unless it asks for something')),
    consentWithdrawn: ConsentWithdrawn,
    profile,
  },
  { $id: 'WaitingLead' },
);

export const Waiting = Type.Object(
  { items: Type.Array(WaitingLead), nextCursor: Type.Optional(Type.String()), position },
  { $id: 'Waiting' },
);
export type Waiting = Static<typeof Waiting>;

export const Inbox = Type.Object({ items: Type.Array(InboxItem), nextCursor: Type.Optional(Type.String()), position }, { $id: 'Inbox' });
export type Inbox = Static<typeof Inbox>;

export const HandOverAnswer = Type.Object(
  {
    repId: Type.String({ description: 'Who had them' }),
    items: Type.Array(
      Type.Object({
        handoffId: Type.String(),
        leadId: Type.String(),
        repId: Type.Optional(Type.String({ description: 'Who has it now' })),
        teamId: Type.Optional(Type.String()),
        refused: Type.Optional(
          Type.Object({ expected: Type.String(), got: Type.String() }, { description: 'Why it stays where it is, instead of repId' }),
        ),
      }),
      { description: 'Each open handoff, the first handed off first' },
    ),
    position,
  },
  { $id: 'HandOverAnswer' },
);
export type HandOverAnswer = Static<typeof HandOverAnswer>;

const Who = Type.Object({ name: Type.Optional(Type.String()), company: Type.Optional(Type.String()) });

export const Revisits = Type.Object(
  {
    until: text('The last day that is listed'),
    items: Type.Array(
      Type.Object(
        {
          leadId: Type.String(),
          revisitOn: Type.String({ format: 'date' }),
          due: Type.Boolean({ description: 'The day has come' }),
          actionId: text('NextActionCompleted with it completes the revisit'),
          runId: text('The run that ended with the return'),
          handoffId: Type.Optional(Type.String()),
          repId: Type.Optional(text('Who had the lead')),
          returnedAt: time(),
          reason: text('Of the return'),
          note: Type.Optional(Type.String()),
          tier: oneOf(TIERS),
          profile: Type.Object({
            name: Type.Optional(Type.String()),
            company: Type.Optional(Type.String()),
            department: Type.Optional(Type.String()),
            title: Type.Optional(Type.String()),
          }),
        },
        { $id: 'Revisit' },
      ),
    ),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'Revisits' },
);
export type Revisits = Static<typeof Revisits>;

export const Questions = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          questionId: text('An answer may name it'),
          leadId: Type.String(),
          handoffId: Type.String(),
          from: oneOf(SIDES, 'Who asks'),
          to: oneOf(SIDES, 'Who has to answer'),
          askedBy: Type.Object({
            kind: oneOf(['person', 'rep', 'system', 'integration']),
            id: Type.String(),
            teamId: Type.Optional(Type.String()),
          }),
          since: time('When it was asked'),
          text: Type.String(),
          repId: Type.Optional(text('Who has the handoff')),
          profile: Who,
        },
        { $id: 'OpenQuestion' },
      ),
    ),
    nextCursor: Type.Optional(Type.String()),
    position,
  },
  { $id: 'Questions' },
);
export type Questions = Static<typeof Questions>;

const Dossier = Type.Object(
  {
    leadId: Type.String(),
    asOf: time(),
    profile: Type.Record(Type.String(), Type.Unknown()),
    accountId: Type.Optional(Type.String()),
    warnings: Type.Array(Type.String(), { description: 'What must not be missed before anybody calls or writes' }),
    consentWithdrawn: ConsentWithdrawn,
    becameHot: Type.Optional(
      Type.Object({
        at: time(),
        score: Scores,
        causes: Type.Array(
          Type.Object({
            ruleId: Type.String(),
            points: Type.Number(),
            eventId: Type.String(),
            type: Type.Optional(Type.String()),
            occurredAt: Type.Optional(time()),
          }),
        ),
      }),
    ),
    webAccess: Type.Array(
      Type.Object({
        at: time(),
        what: oneOf(['priceList', 'whitepaper', 'price', 'page', 'content']),
        url: Type.Optional(Type.String()),
        title: Type.Optional(Type.String()),
      }),
      { description: 'Of the last 30 days; white papers and price pages first' },
    ),
    mail: Type.Object({
      delivered: Type.Integer(),
      opened: Type.Integer(),
      openRate: numberOrNull(),
      openedSubjects: Type.Array(Type.String()),
      links: Type.Array(Type.String()),
    }),
    webinars: Type.Array(Type.Object({ webinarId: Type.String(), attended: Type.Boolean(), minutes: Type.Optional(Type.Number()) })),
    surveys: Type.Array(
      Type.Object({
        surveyId: Type.String(),
        at: time(),
        answers: Type.Array(Type.Object({ question: Type.String(), answer: Type.String(), choice: Type.Optional(Type.String()) })),
      }),
    ),
    inquiries: Type.Array(Type.Object({ at: time(), kind: Type.String(), text: Type.Optional(Type.String()) })),
    needsHeard: Type.Array(Type.String()),
    pastHandoffs: Type.Array(
      Type.Object({
        handoffId: Type.String(),
        runId: Type.String(),
        repId: Type.Optional(Type.String()),
        state,
        reason: Type.Optional(Type.String()),
      }),
    ),
    colleaguesInAll: Type.Integer({ description: 'How many others there are at the account' }),
    colleagues: Type.Array(
      Type.Object({
        leadId: Type.String(),
        name: Type.Optional(Type.String()),
        title: Type.Optional(Type.String()),
        department: Type.Optional(Type.String()),
        role: Type.Optional(Type.String()),
        lastActivityAt: Type.Optional(time()),
        counts: Type.Record(Type.String(), Type.Integer()),
      }),
      { description: 'Those of them who acted last, 50 at most, the last to act first' },
    ),
    nextAction: Type.Object({ action: Type.String(), reason: Type.String() }),
  },
  { $id: 'Dossier' },
);

export const Dossiers = Type.Object(
  {
    now: Dossier,
    frozen: Type.Array(
      Type.Object({
        handoffId: Type.String(),
        at: time(),
        hash: text('SHA-256 of its canonical JSON'),
        dossier: Type.Unknown({ description: 'As it was sent; of the form that dossiers had then' }),
      }),
      { description: 'As sent with each handoff, the latest first' },
    ),
    position,
  },
  { $id: 'Dossiers' },
);
export type Dossiers = Static<typeof Dossiers>;
