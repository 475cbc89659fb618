import { Command, Option } from 'commander';
import { CARD_GROUPS, CARD_STATES } from '@leadlog/handoff';
import { counted, DECISIONS, errorsText, type FieldError } from '@leadlog/events';
import { callApi } from '../api-client';
import { day, position, textOfFile, wholeNumber } from '../arguments';
import { importFile, type ImportOptions } from '../import/import.command';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { rounded, tableText } from '../tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';

interface Card {
  cardId: string;
  leadId: string;
  repId: string;
  exchangedAt: string;
  state: string;
  tier: string;
  handoff?: { state: string };
  deal?: { state: string };
  profile: { name?: string; company?: string };
}
interface Summary {
  repId?: string;
  year?: string;
  accountId?: string;
  cards: number;
  ofYardstick?: number;
  leads: number;
  companies: number;
  leadsPerCompany: number | null;
  active: number;
  dormant: number;
  handedOver: number;
  hot: number;
  handedOff: number;
  deals: number;
  won: number;
}
interface Results {
  results: { cardId?: string; result: string; errors?: FieldError[] }[];
}

/** Cards in a request. */
const TOGETHER = 500;

/** Business cards; each command is one request to the API, except that files are sent in several. */
export function addCards(program: Command, terminal: Terminal): void {
  const cards = program.command('cards').description('business cards: list, import, hand over to marketing, what became of them');
  const dormant = (command: Command): Command =>
    command
      .option('--dormant-days <number>', 'days without anything after which a card is dormant (90)', wholeNumber(1, 3_650))
      .option('--after <position>', 'wait until everything up to this position is included', position);

  dormant(
    cards
      .command('list')
      .description('list cards, the latest exchanged first')
      .option('--rep <id>', 'only the cards of this representative')
      .addOption(new Option('--state <state>', 'only in this state').choices(CARD_STATES))
      .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
      .option('--cursor <cursor>', 'continue from the previous page'),
  ).action((_: unknown, command: Command) =>
    showAnswer<{ items: Card[]; nextCursor?: string }>(terminal, command, '/v1/cards', queryOf(command), cardsText),
  );
  dormant(
    cards
      .command('summary')
      .description('what became of the cards exchanged in a span, by default the last 365 days')
      .addOption(new Option('--by <what>', 'one row for each (rep: for each calendar year too)').choices(CARD_GROUPS))
      .option('--rep <id>', 'only the cards of this representative')
      .option('--from <day>', 'first day (YYYY-MM-DD)', day)
      .option('--to <day>', 'the day after the last', day)
      .option('--limit <number>', 'maximum number of rows', wholeNumber(1, 1_000)),
  ).action((_: unknown, command: Command) =>
    showAnswer<{ items: Summary[] }>(terminal, command, '/v1/cards/summary', queryOf(command), ({ items }) => summaryText(items)),
  );
  cards
    .command('hand-over')
    .description('hand cards to marketing, which keeps nurturing their leads')
    .argument('<card...>')
    .requiredOption('--rep <id>', 'the representative who has the cards')
    .requiredOption('--reason <text>', 'why')
    .option('--keep-following', 'the representative keeps following the leads')
    .option('--take-over', 'act in place of the representative who has them; this is recorded')
    .option('--id <id>', 'your id for this command; sending the same id again changes nothing')
    .action(
      async (
        ids: string[],
        {
          rep: repId,
          reason,
          keepFollowing,
          takeOver,
          id,
        }: { rep?: string; reason?: string; id?: string; keepFollowing?: true; takeOver?: true },
        command: Command,
      ) => {
        const body = { id, cards: ids, repId, reason, keepFollowing, takeOver };
        const { url, json } = command.optsWithGlobals<Common>();
        const answer = await callApi<Results & { handedOver: number; repeated: number; refused: number }>(
          url,
          'POST',
          '/v1/cards/hand-over',
          {
            body,
          },
        );
        const { handedOver, repeated, refused, results } = answer;
        terminal.out(
          json
            ? `${JSON.stringify(answer)}\n`
            : `${counted(handedOver, 'card')} handed over, ${repeated} handed over before, ${refused} refused\n`,
        );
        if (refused === 0) return;
        terminal.err(refusalsOf(results, 'refused'));
        throw new CommandFailed(`${counted(refused, 'card was', 'cards were')} refused; everything else is done`);
      },
    );
  cards
    .command('import')
    .description('send cards: JSON or NDJSON as POST /v1/cards takes them, or CSV of any layout with a mapping; safe to repeat')
    .argument('<file>')
    .option('--mapping <file>', 'YAML file that maps a CSV row to events (docs/import.md)')
    .option('--from-row <number>', 'with a mapping: skip the rows before this one', wholeNumber(1), 1)
    .option('--no-wait', 'with a mapping: exit once everything is recorded')
    .addOption(new Option('--decisions <how>', 'with a mapping: who is handed to sales because of these cards').choices(DECISIONS))
    .option('--dry-run', 'with a mapping: send nothing, and show what would be sent')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      if (options.mapping !== undefined) return importFile(file, options, terminal);
      if (/\.(csv|tsv)$/i.test(file))
        throw new WrongUsage(`--mapping: expected a file that says what the columns of ${file} are (docs/cards.md), got nothing`);
      if (options.dryRun) throw new WrongUsage('--dry-run: expected a --mapping too, got none');
      return sendCards(cardsIn(textOfFile('<file>', file), file), options, terminal);
    });
}

/** A list in JSON, or one card a line. */
function cardsIn(text: string, file: string): unknown[] {
  const plain = text.replace(/^\uFEFF/, '');
  try {
    if (plain.trimStart().startsWith('[')) return JSON.parse(plain) as unknown[];
    return plain.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
  } catch (error) {
    throw new WrongUsage(`<file>: expected a list of cards in JSON, or one card a line, got ${file}: ${(error as Error).message}`);
  }
}

async function sendCards(cards: readonly unknown[], { url, json }: Common, terminal: Terminal): Promise<void> {
  const sum = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  let last: string | undefined;
  const results: Results['results'] = [];
  for (let at = 0; at < cards.length; at += TOGETHER) {
    const answer = await callApi<Results & typeof sum & { position?: string }>(url, 'POST', '/v1/cards', {
      body: { cards: cards.slice(at, at + TOGETHER) },
    });
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += answer[name];
    if (answer.position !== undefined) last = answer.position;
    results.push(...answer.results);
  }
  const { accepted, duplicates, conflicts, rejected } = sum;
  terminal.out(
    json
      ? `${JSON.stringify({ ...sum, position: last, results })}\n`
      : `${counted(cards.length, 'card')}: ${accepted} accepted, ${counted(duplicates, 'duplicate')}, ${counted(conflicts, 'conflict')}, ${rejected} rejected\n`,
  );
  if (rejected + conflicts === 0) return;
  terminal.err(refusalsOf(results, 'rejected', 'conflict'));
  throw new CommandFailed(`${counted(rejected + conflicts, 'card was', 'cards were')} not taken; everything else is in`);
}

const MOST_SHOWN = 50;

function refusalsOf(results: Results['results'], ...kinds: string[]): string {
  const wrong = results.flatMap(({ cardId = '?', result, errors = [] }) =>
    kinds.includes(result) ? [`${cardId}: ${errorsText(errors)}\n`] : [],
  );
  const more = wrong.length - MOST_SHOWN;
  return `${wrong.slice(0, MOST_SHOWN).join('')}${more > 0 ? `and ${counted(more, 'more card')}\n` : ''}`;
}

function cardsText({ items, nextCursor }: { items: readonly Card[]; nextCursor?: string }): string {
  const rows = items.map(({ cardId, repId, exchangedAt, state, tier, handoff, deal, profile, leadId }) => [
    cardId,
    repId,
    exchangedAt,
    state,
    profile.name ?? leadId,
    profile.company,
    tier,
    deal ? `deal ${deal.state}` : handoff?.state,
  ]);
  const table = tableText(['card', 'rep', 'exchanged', 'state', 'name', 'company', 'tier', 'became'], rows);
  return `${table}${moreText(nextCursor)}`;
}

function summaryText(items: readonly Summary[]): string {
  const isBy = (name: 'repId' | 'accountId'): boolean => items.some((one) => one[name] !== undefined);
  const head = isBy('repId') ? ['rep', 'year'] : isBy('accountId') ? ['company'] : [];
  return tableText(
    [...head, 'cards', 'people', 'per company', 'active', 'dormant', 'handed over', 'hot', 'to sales', 'deals', 'won'],
    items.map((one) => [
      ...(isBy('repId') ? [one.repId, one.year] : isBy('accountId') ? [one.accountId] : []),
      one.cards,
      one.leads,
      rounded(one.leadsPerCompany, 1),
      one.active,
      one.dormant,
      one.handedOver,
      one.hot,
      one.handedOff,
      one.deals,
      one.won,
    ]),
  );
}
