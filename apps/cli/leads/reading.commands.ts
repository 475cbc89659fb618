import { Command, Option } from 'commander';
import { BUSINESS, LANES, TIERS } from '@leadlog/events';
import { SHAREABLE } from '@leadlog/lead';
import { day, moment, position, timeOrDay, wholeNumber } from '../arguments';
import type { Query } from '../api-client';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { factsText, rounded, tableText, type Cell } from '../tables';
import type { Terminal } from '../terminal';
import { kpiTable } from './kpi-table';
import { addPersonalData } from './personal-data.commands';
import { addWhoIsWho } from './who-is-who.commands';

interface Lead {
  leadId: string;
  tier: string;
  tierSince?: string;
  coolsAt?: string;
  scores: Record<string, number>;
  uncapped?: Record<string, number>;
  profile?: { name?: string; company?: string; email?: string; title?: string };
  accountId?: string;
  consent?: Record<string, { status: string }>;
  origin?: string;
  capturedAt?: string;
  lastActivityAt?: string;
  mergedLeadIds?: string[];
  state?: string;
  run?: number;
  handoffId?: string;
  waitingSince?: string;
  pausedUntil?: string;
  repId?: string;
  teamId?: string;
  deals?: { dealId: string; state: string; at?: string }[];
}
interface Duplicate {
  identity: Record<string, string>;
  since: string;
  leads: { leadId: string; profile?: { name?: string; company?: string } }[];
  leadsInAll: number;
}
interface Why {
  leadId: string;
  model: string;
  version: string;
  at: string;
  tier: string;
  coolsAt?: string;
  axes: { axis: string; sum: number; adjustment: number; score: number }[];
  nextCursor?: string;
  contributions: {
    type?: string;
    ruleId: string;
    axis: string;
    occurredAt?: string;
    raw: number;
    decay: number;
    points: number;
    capped?: true;
  }[];
  next?: { tier: string; missing: Record<string, number> };
  change?: { tier: string; acts: { ruleId: string; on: string; times: number }[]; profile: { ruleId: string }[] };
}
interface WaitingLead {
  leadId: string;
  tier: string;
  since: string;
  pausedUntil?: string;
  consentWithdrawn: { channel: string }[];
  profile: { name?: string; company?: string };
}
interface Entry {
  occurredAt: string;
  lane: 'customer' | 'seller' | 'engine';
  type: string;
  summary: { ja: string } | string;
  voided?: object;
  toldAgain?: object[];
}
interface InboxItem {
  leadId: string;
  handoffId: string;
  tier: string;
  repId?: string;
  teamId?: string;
  state: string;
  handedOffAt: string;
  business: string;
  acceptBy?: string;
  consentWithdrawn?: { channel: string }[];
  profile?: { name?: string; company?: string };
}
interface LogEvent {
  revision: string;
  position: string;
  type: string;
  id: string;
  recordedAt: string;
}

/** Commands that ask one question of the API and show the answer. */
export function addReading(program: Command, terminal: Terminal): void {
  const show = <Answer>(command: Command, path: string, query: Query, text: (answer: Answer) => string): Promise<void> =>
    showAnswer(terminal, command, path, query, text);
  const options = queryOf;

  const leads = program.command('leads').description('leads and their scores');
  leads
    .command('list')
    .addOption(new Option('--tier <tier>', 'only this tier, the highest score first').choices(TIERS))
    .option('--q <words>', 'words in name, email, company, department or title')
    .option('--rep <id>', 'only leads that are with this representative')
    .addOption(new Option('--sort <order>', 'order of the list').choices(['recent', 'captured', 'score']))
    .option('--model <id>', 'scoring model of tiers and scores; by default, the main one')
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 200))
    .action((_: unknown, command: Command) =>
      show<{ items: Lead[] }>(command, '/v1/leads', options(command), ({ items }) => leadTable(items)),
    );
  leads
    .command('show')
    .argument('<id>')
    .action((id: string, _: unknown, command: Command) =>
      show<Lead>(command, `/v1/leads/${encodeURIComponent(id)}`, options(command), leadFacts),
    );
  leads
    .command('duplicates')
    .description('list leads that share an address, visitor or card and may be the same person, latest first')
    .option('--lead <id>', 'only what this lead shares with others')
    .addOption(new Option('--kind <kind>', 'only identities of this kind').choices(SHAREABLE))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 200))
    .option('--cursor <cursor>', 'continue from the previous page')
    .action((_: unknown, command: Command) =>
      show<{ items: Duplicate[]; nextCursor?: string }>(command, '/v1/leads/duplicates', options(command), duplicatesText),
    );

  program
    .command('why')
    .description('explain the score of a lead')
    .argument('<id>')
    .option('--at <time>', 'as of this time: RFC 3339 with an offset, or a day (YYYY-MM-DD) for the end of that day', timeOrDay)
    .option('--model <id>', 'scoring model; by default, the main one')
    .option('--version <version>', 'any version ever drafted or published; by default, the live one')
    .addOption(
      new Option('--by <time>', 'at a past time: with what was recorded by then, or with what had happened').choices([
        'recorded',
        'occurred',
      ]),
    )
    .option('--top <number>', 'show only the contributions with the most points', wholeNumber(1, 10_000))
    .action(
      (id: string, { top, ...asked }: { at?: string; by?: string; model?: string; version?: string; top?: number }, command: Command) =>
        show<Why>(command, `/v1/leads/${encodeURIComponent(id)}/why`, { ...asked, limit: '1000' }, (why) => whyText(why, top)),
    );
  program
    .command('timeline')
    .description('list what the customer did and what we did, newest first')
    .argument('<id>')
    .addOption(new Option('--lane <lane>', 'only what one side did').choices(LANES))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .action((id: string, _: unknown, command: Command) =>
      show<{ items: Entry[] }>(command, `/v1/leads/${encodeURIComponent(id)}/timeline`, options(command), ({ items }) =>
        tableText(['when', 'who', 'what', 'event'], items.map(entryRow)),
      ),
    );
  program
    .command('inbox')
    .description('list leads that are with sales, hottest first')
    .option('--rep <id>')
    .option('--team <id>')
    .addOption(new Option('--state <state>', 'only in this state').choices(['handed-off', 'accepted', 'in-deal']))
    .addOption(
      new Option('--waiting', 'instead, those that should be with sales and are not yet, the longest waiting first').conflicts([
        'rep',
        'team',
        'state',
        'business',
      ]),
    )
    .addOption(new Option('--business <business>', 'only new business, or people and companies that have bought before').choices(BUSINESS))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .action(({ waiting }: { waiting?: true }, command: Command) => {
      const { waiting: _, ...asked } = options(command);
      return waiting
        ? show<{ items: WaitingLead[] }>(command, '/v1/inbox/waiting', asked, ({ items }) => waitingTable(items))
        : show<{ items: InboxItem[] }>(command, '/v1/inbox', asked, ({ items }) => inboxTable(items));
    });
  program
    .command('kpi')
    .description('show KPIs with numerator and denominator')
    .option('--kpi <names>', 'comma-separated; by default, all')
    .addOption(
      new Option('--by <what>', 'one row for each').choices([
        'none',
        'rep',
        'team',
        'kind',
        'employer',
        'mode',
        'product',
        'field-rep',
        'pair',
        'origin',
        'campaign',
        'region',
        'industry',
      ]),
    )
    .option('--from <day>', 'first day (YYYY-MM-DD)', day)
    .option('--to <day>', 'the day after the last', day)
    .addOption(new Option('--period <period>', 'one row for each').choices(['none', 'day', 'week', 'month', 'quarter', 'fiscal-year']))
    .addOption(new Option('--compare <with>', 'the value of the period before, and the change').choices(['previous']))
    .option('--as-of <moment>', 'only what was recorded by then (RFC 3339)', moment)
    .action((_: unknown, command: Command) => show<Parameters<typeof kpiTable>[0]>(command, '/v1/kpis', options(command), kpiTable));

  addPersonalData(leads, terminal);
  for (const command of [
    ...leads.commands,
    ...program.commands.filter((one) => ['why', 'timeline', 'inbox', 'kpi'].includes(one.name())),
  ]) {
    command.option(
      '--after <position>',
      'wait until everything up to this position is included, such as the position that an import ends with',
      position,
    );
  }

  addWhoIsWho(leads, terminal);

  const log = program.command('log').description('read the event log');
  log
    .command('head')
    .action((_: unknown, command: Command) => show<{ position: string }>(command, '/v1/log/head', {}, ({ position }) => `${position}\n`));
  log
    .command('stream')
    .argument('<name>', 'like lead-<leadId>, activity-<leadId>, deal-<dealId>')
    .option('--from <revision>', 'first revision', wholeNumber(0))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 1_000))
    .action((name: string, _: unknown, command: Command) =>
      show<{ items: LogEvent[] }>(command, `/v1/log/streams/${encodeURIComponent(name)}`, options(command), ({ items }) =>
        tableText(
          ['revision', 'position', 'type', 'recorded', 'id'],
          items.map(({ revision, position, type, recordedAt, id }) => [Number(revision), Number(position), type, recordedAt, id]),
        ),
      ),
    );
}

const points = (scores: Record<string, number>): string =>
  Object.entries(scores)
    .map(([axis, score]) => `${axis} ${rounded(score)}`)
    .join(', ');

/** Of the axes whose cap takes anything away, what they would be without. */
const uncapped = ({ scores, uncapped: all = {} }: Lead): string | undefined =>
  points(Object.fromEntries(Object.entries(all).filter(([axis, sum]) => sum > scores[axis]!))) || undefined;

const leadTable = (items: readonly Lead[]): string =>
  tableText(
    ['lead', 'tier', 'score', 'uncapped', 'name', 'company', 'last activity'],
    items.map((lead) => [
      lead.leadId,
      lead.tier,
      points(lead.scores),
      uncapped(lead),
      lead.profile?.name,
      lead.profile?.company,
      lead.lastActivityAt,
    ]),
  );

const MOST_NAMED = 5;

function duplicatesText({ items, nextCursor }: { items: readonly Duplicate[]; nextCursor?: string }): string {
  const named = ({ leadId, profile }: Duplicate['leads'][number]): string =>
    [leadId, [profile?.name, profile?.company].filter(Boolean).join(', ')].filter(Boolean).join(' · ');
  const rows = items.map(({ identity, since, leads, leadsInAll }) => {
    const more = leadsInAll - Math.min(leads.length, MOST_NAMED);
    return [Object.values(identity)[0], since, `${leads.slice(0, MOST_NAMED).map(named).join('; ')}${more > 0 ? ` and ${more} more` : ''}`];
  });
  return `${tableText(['shared', 'since', 'leads'], rows)}${moreText(nextCursor)}`;
}

const leadFacts = (lead: Lead): string =>
  factsText([
    ['lead', lead.leadId],
    ['state', `${lead.state ?? ''}${lead.run === undefined ? '' : `, run ${lead.run}`}`],
    ['waiting since', lead.waitingSince],
    ['paused until', lead.pausedUntil],
    ['with', [lead.repId, lead.teamId, lead.handoffId].filter(Boolean).join(', ') || undefined],
    ['tier', lead.tier],
    ['since', lead.tierSince],
    ['cools', lead.coolsAt],
    ['score', points(lead.scores)],
    ['uncapped', uncapped(lead)],
    ['name', lead.profile?.name],
    ['company', lead.profile?.company],
    ['title', lead.profile?.title],
    ['e-mail', lead.profile?.email],
    ['account', lead.accountId],
    [
      'do not use',
      Object.entries(lead.consent ?? {})
        .flatMap(([channel, { status }]) => (status === 'withdrawn' ? [channel] : []))
        .join(', ') || undefined,
    ],
    ['origin', lead.origin],
    ['captured', lead.capturedAt],
    ['last activity', lead.lastActivityAt],
    ['merged into it', lead.mergedLeadIds?.join(', ')],
    ['deals', lead.deals?.map(({ dealId, state }) => `${dealId} (${state})`).join(', ')],
  ]);

function whyText(why: Why, top = Infinity): string {
  const missing = why.next && `\n${why.next.tier} needs: ${points(why.next.missing)}`;
  const change =
    why.change &&
    `; enough for it: ${[...why.change.acts.map(({ ruleId, on, times }) => `${times} × ${on} (${ruleId})`), ...why.change.profile.map(({ ruleId }) => `a profile as ${ruleId} says`)].join(' and ')}`;
  const cools = why.coolsAt === undefined ? '' : `, cools ${why.coolsAt}`;
  const heading = `${why.leadId}: ${why.tier} at ${why.at} by ${why.model} ${why.version}${cools}${missing ?? ''}${change ?? ''}\n`;
  const axes = tableText(
    ['axis', 'sum', 'floor and cap', 'score'],
    why.axes.map(({ axis, sum, adjustment, score }) => [axis, rounded(sum), rounded(adjustment), rounded(score)]),
  );
  const greatest = why.contributions.toSorted((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const shown = greatest.slice(0, top);
  const left = why.contributions.length - shown.length;
  const rows = shown.map((one): Cell[] => [
    one.occurredAt,
    one.type,
    one.ruleId,
    one.axis,
    one.raw,
    rounded(one.decay, 3),
    rounded(one.points),
    one.capped ? 'capped' : '',
  ]);
  return (
    heading +
    axes +
    tableText(['when', 'event', 'rule', 'axis', 'raw', 'decay', 'points', ''], rows) +
    (left > 0 ? `and ${left} more\n` : '') +
    (why.nextCursor === undefined ? '' : `of the ${why.contributions.length} latest contributions; there are older ones\n`)
  );
}

const LANE = { customer: 'お客様', seller: '担当者', engine: 'システム' } as const;

function entryRow({ occurredAt, lane, type, summary, voided, toldAgain }: Entry): Cell[] {
  const said = typeof summary === 'string' ? summary : summary.ja;
  const words = toldAgain ? `${said}（訂正あり: ${toldAgain.length + 1}件の報告）` : said;
  return [occurredAt, LANE[lane], voided ? `(${words})` : words, type];
}

/** Channels that a person has refused stand in front, where no narrow terminal cuts them off. */
function inboxTable(items: readonly InboxItem[]): string {
  const refused = items.some(({ consentWithdrawn = [] }) => consentWithdrawn.length > 0);
  return tableText(
    ['lead', ...(refused ? ['do not use'] : []), 'tier', 'state', 'rep', 'team', 'name', 'company', 'handed off', 'accept by', 'handoff'],
    items.map((one) => [
      one.leadId,
      ...(refused ? [one.consentWithdrawn?.map(({ channel }) => channel).join(', ')] : []),
      one.tier,
      one.state,
      one.repId,
      one.teamId,
      one.profile?.name,
      one.profile?.company,
      one.handedOffAt,
      one.acceptBy,
      one.handoffId,
    ]),
  );
}

function waitingTable(items: readonly WaitingLead[]): string {
  return tableText(
    ['lead', 'do not use', 'tier', 'name', 'company', 'waiting since', 'paused until'],
    items.map((one) => [
      one.leadId,
      one.consentWithdrawn.map(({ channel }) => channel).join(', '),
      one.tier,
      one.profile.name,
      one.profile.company,
      one.since,
      one.pausedUntil,
    ]),
  );
}
