import { Type, type Static } from '@sinclair/typebox';
import { CAPTURE_CHANNELS, LANES, TIERS } from '@leadlog/events';
import { LIFE_STATES } from '@leadlog/handoff';
import { number, oneOf, position, Scores, text, time, Uncapped, whole } from '../answer-schemas';

const Profile = Type.Object(
  {
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    phone: Type.Optional(Type.String()),
    company: Type.Optional(Type.String()),
    department: Type.Optional(Type.String()),
    title: Type.Optional(Type.String()),
    industry: Type.Optional(Type.String()),
    employees: Type.Optional(Type.Integer()),
  },
  { $id: 'LeadProfile' },
);

const role = oneOf(['champion', 'decisionMaker', 'user', 'influencer', 'unknown']);
const tier = oneOf(TIERS);

const summary = {
  leadId: Type.String(),
  profile: Profile,
  accountId: Type.Optional(Type.String()),
  role: Type.Optional(role),
  channel: Type.Optional(oneOf(CAPTURE_CHANNELS)),
  origin: Type.Optional(text('Where the lead came from, in the words of whoever sent it')),
  campaignId: Type.Optional(Type.String()),
  region: Type.Optional(Type.String()),
  capturedAt: Type.Optional(time()),
  firstSeenAt: Type.Optional(time()),
  lastActivityAt: Type.Optional(time('The last act of the customer')),
  lastSellerActAt: Type.Optional(time()),
  erased: Type.Boolean(),
};

const score = {
  tier,
  tierSince: Type.Optional(time()),
  scores: Scores,
  uncapped: Uncapped,
  coolsAt: Type.Optional(time('When the tier falls if nothing else happens')),
};

const life = {
  state: oneOf(LIFE_STATES, 'Where it is in its life'),
  run: Type.Integer({ description: 'From 1; one that was given back, lost or won begins another' }),
  handoffId: Type.Optional(text('The handoff that is open')),
  repId: Type.Optional(text('Who has it')),
  teamId: Type.Optional(Type.String()),
  waitingSince: Type.Optional(
    time(
      'Since when it should be with sales, and is not: nobody is at work or has room, a consent is withdrawn, or it was given back a short time ago',
    ),
  ),
  pausedUntil: Type.Optional(time('It was given back, and is not handed off before then unless it asks for something')),
};

/** Of a lead in a list by score nothing but its id may be known yet. */
const ListedLead = Type.Object(
  { ...Type.Partial(Type.Object(summary)).properties, leadId: summary.leadId, ...score, ...life },
  { $id: 'ListedLead' },
);

export const LeadPage = Type.Object(
  {
    items: Type.Array(ListedLead),
    nextCursor: Type.Optional(Type.String()),
    leadsInAll: Type.Optional(whole('On all pages; with `q`, how many have these words; left out in lists by score')),
    position,
  },
  { $id: 'LeadPage' },
);
export type LeadPage = Static<typeof LeadPage>;

const SharedIdentity = Type.Object(
  { email: Type.Optional(Type.String()), visitorId: Type.Optional(Type.String()), cardId: Type.Optional(Type.String()) },
  { description: 'What they share: one of these' },
);
const PossibleDuplicate = Type.Object(
  {
    identity: SharedIdentity,
    since: time('When the second of them gave it'),
    leads: Type.Array(Type.Object(summary, { $id: 'LeadSummary' }), {
      description: 'Those between whom something is undecided, 20 at most; who gave it first comes first',
    }),
    leadsInAll: Type.Integer({ description: 'How many there are; beyond those shown, merged ones are counted too' }),
    keptApart: Type.Array(Type.Array(Type.String(), { minItems: 2, maxItems: 2 }), {
      description: 'Of the leads shown, those who were kept apart',
    }),
  },
  { $id: 'PossibleDuplicate' },
);

export const Duplicates = Type.Object(
  { items: Type.Array(PossibleDuplicate), nextCursor: Type.Optional(Type.String()), position },
  { $id: 'Duplicates' },
);
export type Duplicates = Static<typeof Duplicates>;

const Deals = Type.Array(Type.Object({ dealId: Type.String(), state: oneOf(['open', 'won', 'lost']), at: Type.Optional(time()) }));

export const Lead = Type.Object(
  {
    ...summary,
    mergedLeadIds: Type.Array(Type.String(), { description: 'Leads that have become part of this one' }),
    identities: Type.Object(
      {
        emails: Type.Array(Type.String()),
        visitorIds: Type.Array(Type.String()),
        cardIds: Type.Array(Type.String()),
        foreign: Type.Array(Type.Object({ system: Type.String(), id: Type.String() })),
      },
      { description: 'Seen last first' },
    ),
    consent: Type.Record(Type.String(), Type.Object({ status: oneOf(['granted', 'withdrawn']), since: Type.Optional(time()) }), {
      description: 'By channel',
    }),
    counts: Type.Record(Type.String(), Type.Integer(), { description: 'How many events of a type' }),
    ...life,
    deals: Deals,
    ...score,
    position,
  },
  { $id: 'Lead' },
);
export type Lead = Static<typeof Lead>;

export const Actor = Type.Object(
  {
    kind: oneOf(['person', 'rep', 'system', 'integration']),
    id: Type.String(),
    teamId: Type.Optional(Type.String()),
    by: Type.Optional(text('The access key that asked for it, or the person who had signed in')),
  },
  { $id: 'Actor' },
);

const Words = Type.Object({ en: Type.String(), ja: Type.String() });

const TimelineEntry = Type.Object(
  {
    eventId: Type.String(),
    type: text('Name in the catalogue'),
    position: Type.String(),
    occurredAt: time('When it happened'),
    recordedAt: time('When it was recorded'),
    lane: oneOf(LANES, 'Who did it; engine: a decision that Leadlog made by itself'),
    actor: Actor,
    summary: Words,
    data: Type.Unknown({ description: 'As recorded; see the schema of the type' }),
    mergedLeadId: Type.Optional(text('The lead it was recorded for, where that has since become part of this one')),
    voided: Type.Optional(
      Type.Object(
        { reason: oneOf(['bot', 'internal', 'test', 'duplicate', 'requalified']), by: Type.String() },
        { description: 'It counts as never having happened' },
      ),
    ),
    toldAgain: Type.Optional(
      Type.Array(
        Type.Object({
          eventId: Type.String(),
          position: Type.String(),
          occurredAt: time(),
          recordedAt: time(),
          summary: Words,
          data: Type.Unknown(),
        }),
        {
          description:
            'What was told of the same fact besides, under other event ids, newest first (20 at most): it counts once, as this entry says',
        },
      ),
    ),
  },
  { $id: 'TimelineEntry' },
);

export const Timeline = Type.Object(
  { leadId: Type.String(), items: Type.Array(TimelineEntry), nextCursor: Type.Optional(Type.String()), position },
  { $id: 'Timeline' },
);
export type Timeline = Static<typeof Timeline>;

const Contribution = Type.Object(
  {
    eventId: Type.Optional(text('Left out where a rule holds because nothing is known')),
    type: Type.Optional(Type.String()),
    ruleId: Type.String(),
    axis: Type.String(),
    occurredAt: Type.Optional(time()),
    raw: number('Points of the rule, less where its cap diminishes them'),
    decay: number('0 to 1: what time has left of it'),
    points: number('raw × decay; 0 when capped'),
    capped: Type.Optional(Type.Literal(true, { description: 'The window of the cap was full already' })),
  },
  { $id: 'Contribution' },
);

export const Why = Type.Object(
  {
    leadId: Type.String(),
    model: Type.String(),
    version: Type.String(),
    at: time(),
    axes: Type.Array(
      Type.Object({
        axis: Type.String(),
        sum: number('Of all contributions, also of those on other pages'),
        adjustment: number('What floor and cap of the axis add'),
        score: Type.Number(),
      }),
    ),
    contributions: Type.Array(Contribution, { description: 'On the first page those of the profile; then what happened last first' }),
    nextCursor: Type.Optional(Type.String()),
    tier,
    tierSince: Type.Optional(time()),
    next: Type.Optional(Type.Object({ tier, missing: Scores }, { description: 'The next warmer tier, and what is missing for it' })),
    change: Type.Optional(
      Type.Object(
        {
          tier,
          acts: Type.Array(Type.Object({ ruleId: Type.String(), on: Type.String(), times: Type.Integer() })),
          profile: Type.Array(Type.Object({ ruleId: Type.String() })),
          scores: Scores,
        },
        { description: 'The smallest change that would be enough for the next tier, were it to happen at once' },
      ),
    ),
    coolsAt: Type.Optional(time()),
    position: Type.Optional(position),
  },
  { $id: 'Why' },
);
export type Why = Static<typeof Why>;

export const ScoreCurve = Type.Object(
  {
    leadId: Type.String(),
    model: Type.String(),
    version: Type.String(),
    from: time(),
    now: time('Points after it are what will be if nothing else happens'),
    until: time(),
    tier,
    tierSince: Type.Optional(time()),
    coolsAt: Type.Optional(time()),
    axes: Type.Array(Type.Object({ axis: Type.String(), floor: Type.Number(), cap: Type.Optional(Type.Number()) })),
    tiers: Type.Array(
      Type.Object({
        tier,
        enter: Type.Array(Scores, { description: 'Alternatives, one of which is enough to come up to the tier' }),
        leave: Type.Array(Scores, { description: 'Alternatives, one of which is enough to stay in it' }),
      }),
    ),
    points: Type.Array(Type.Object({ at: time(), scores: Scores }), { description: 'In the order of time' }),
  },
  { $id: 'ScoreCurve' },
);
export type ScoreCurve = Static<typeof ScoreCurve>;

const Person = Type.Object(
  { ...summary, ...score, deals: Deals, since: Type.Optional(time('First named with this account')) },
  { $id: 'AccountPerson' },
);

export const Account = Type.Object(
  {
    accountId: Type.String(),
    name: Type.Optional(Type.String()),
    people: Type.Array(Person, { description: 'Who belongs to it now; the last to act first' }),
    nextCursor: Type.Optional(Type.String()),
    peopleInAll: Type.Integer({ description: 'On all pages' }),
    missingRoles: Type.Array(role, { description: 'Roles that a purchase needs and nobody has' }),
    score: Type.Optional(
      Type.Object({
        axis: Type.String(),
        points: number('Of the best people, plus some for each further active one'),
        active: Type.Array(Type.Object({ leadId: Type.String(), points: Type.Number(), uncapped: number('Before the cap of the axis') }), {
          description: 'The best first, by their points before the cap, 50 at most',
        }),
        activePeople: Type.Integer({ description: 'How many are active' }),
        missingRoles: Type.Array(role),
      }),
    ),
    position,
  },
  { $id: 'Account' },
);
export type Account = Static<typeof Account>;

const repeated = Type.Boolean({ description: 'It had been said before; nothing was recorded' });
export const LeadAnswer = Type.Object(
  { leadId: Type.String(), position, repeated },
  { $id: 'LeadAnswer', description: 'What a command on a lead answers' },
);
export type LeadAnswer = Static<typeof LeadAnswer>;

export const IdentityAnswer = Type.Object(
  { identity: SharedIdentity, position, repeated },
  { $id: 'IdentityAnswer', description: 'What a command on all who give an identity answers' },
);
export type IdentityAnswer = Static<typeof IdentityAnswer>;
