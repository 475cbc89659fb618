import { Command, Option } from 'commander';
import { moment, position, wholeNumber } from '../arguments';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { factsText, tableText } from '../tables';
import type { Terminal } from '../terminal';

interface Words {
  ja: string;
  en: string;
}
interface Action {
  what: Words;
  because: Words;
  dueAt: string;
  rule?: { stage: string; line: number };
}
interface FlowItem {
  kind: string;
  required: boolean;
  text: Words;
}
interface Day {
  repId: string;
  day: string;
  timezone: string;
  counts: Record<string, number>;
  items: (Action & {
    section: string;
    leadId: string;
    dealId?: string;
    stage?: string;
    text?: string;
    uncovered?: FlowItem[];
    profile: { name?: string; company?: string };
    consentWithdrawn: string[];
  })[];
  nextCursor?: string;
}
interface Work {
  leadId: string;
  dealId?: string;
  repId?: string;
  stage: { id?: string; name?: Words; since?: string; told?: { stage: string }; difference?: Words };
  next: Action;
  hasNextStep: boolean;
  uncovered: FlowItem[];
}

const flowText = (items: readonly FlowItem[]): string =>
  items.map(({ kind, required, text }) => `${kind}${required ? '!' : ''} ${text.ja}`).join('; ');

const both = ({ ja, en }: Words): string => (ja === en ? ja : `${ja} / ${en}`);

/** What sales does next: each is one question of the API. */
export function addWork(program: Command, terminal: Terminal): void {
  program
    .command('day')
    .description('show the day of a representative: what to do, in this order, and why')
    .argument('<rep>')
    .option('--at <moment>', 'the day of this moment (RFC 3339 with an offset), such as tomorrow', moment)
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .action((rep: string, _: unknown, command: Command) =>
      showAnswer<Day>(terminal, command, `/v1/reps/${encodeURIComponent(rep)}/day`, queryOf(command), dayText),
    );
  program
    .command('next')
    .description('show stage and next action of a lead and of its open deals')
    .argument('<lead>')
    .action((lead: string, _: unknown, command: Command) =>
      showAnswer<{ leadId: string; items: Work[] }>(terminal, command, `/v1/leads/${encodeURIComponent(lead)}/next`, {}, ({ items }) =>
        items.length === 0 ? 'sales does not have this lead\n' : items.map(workText).join('\n'),
      ),
    );
  program
    .command('deals')
    .description('list open deals with stage and next action, opened last first')
    .option('--rep <id>', 'only those of this representative')
    .addOption(new Option('--without <what>', 'only deals for which nothing is planned, agreed or awaited').choices(['next-step']))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 200))
    .option('--cursor <cursor>', 'continue from the previous page')
    .action((_: unknown, command: Command) =>
      showAnswer<{ items: Work[]; nextCursor?: string }>(terminal, command, '/v1/deals', queryOf(command), dealsText),
    );
  for (const command of program.commands.filter((one) => ['day', 'next', 'deals'].includes(one.name())))
    command.option(
      '--after <position>',
      'wait until everything up to this position is included, such as the position that an import ends with',
      position,
    );
}

/** Channels that a person has refused stand in front, where no narrow terminal cuts them off. */
function dayText({ repId, day, timezone, counts, items, nextCursor }: Day): string {
  const refused = items.some(({ consentWithdrawn }) => consentWithdrawn.length > 0);
  const covers = items.some(({ uncovered = [] }) => uncovered.length > 0);
  const summary = Object.entries(counts).flatMap(([section, count]) => (count > 0 ? [`${section} ${count}`] : []));
  const table = tableText(
    [
      'section',
      'due',
      ...(refused ? ['do not use'] : []),
      'do',
      'because',
      'name',
      'company',
      'lead',
      'deal',
      'stage',
      ...(covers ? ['to cover'] : []),
    ],
    items.map((one) => [
      one.section,
      one.dueAt,
      ...(refused ? [one.consentWithdrawn.join(', ')] : []),
      one.what.ja,
      one.text ?? one.because.ja,
      one.profile.name,
      one.profile.company,
      one.leadId,
      one.dealId,
      one.stage,
      ...(covers ? [flowText(one.uncovered ?? [])] : []),
    ]),
    { timezone },
  );
  return `${repId}, ${day}: ${summary.join(', ') || 'nothing to do'}\n${table}${moreText(nextCursor)}`;
}

const workText = ({ leadId, dealId, repId, stage, next, hasNextStep, uncovered }: Work): string =>
  factsText([
    ['lead', leadId],
    ['deal', dealId],
    ['with', repId],
    ['stage', stage.name ? both(stage.name) : undefined],
    ['since', stage.since],
    ['SFA', stage.difference ? both(stage.difference) : undefined],
    ['next', both(next.what)],
    ['because', both(next.because)],
    ['due', next.dueAt],
    ['rule', next.rule ? `stage ${next.rule.stage}, line ${next.rule.line}` : undefined],
    ['to cover', flowText(uncovered)],
    ['planned or agreed', hasNextStep ? 'yes' : 'nothing'],
  ]);

const dealsText = ({ items, nextCursor }: { items: readonly Work[]; nextCursor?: string }): string =>
  tableText(
    ['deal', 'rep', 'stage', 'next', 'due', 'because', 'agreed', 'lead', 'SFA'],
    items.map(({ leadId, dealId, repId, stage, next, hasNextStep }) => [
      dealId,
      repId,
      stage.name?.ja,
      next.what.ja,
      next.dueAt,
      next.because.ja,
      hasNextStep ? 'yes' : 'nothing',
      leadId,
      stage.difference?.ja,
    ]),
  ) + moreText(nextCursor);
