import { Command, Option } from 'commander';
import { RELAY_GROUPS, RELAY_STATES } from '@leadlog/handoff';
import { day, position, wholeNumber } from '../arguments';
import { recordFact } from '../leads/record-fact';
import { moreText, showAnswer } from '../show-answer';
import { rounded, tableText } from '../tables';
import type { Terminal } from '../terminal';

interface Relay {
  appointmentId: string;
  leadId: string;
  fromRepId: string;
  repId: string;
  state: string;
  relayedAt: string;
  scheduledAt?: string;
  held?: object;
  deal?: { state: string };
  profile: { name?: string; company?: string };
}
interface Summary {
  insideRepId?: string;
  fieldRepId?: string;
  relayed: number;
  waiting: number;
  accepted: number;
  rejected: number;
  held: number;
  won: number;
  heldRate: number | null;
  wonRate: number | null;
}
type Given = Readonly<Partial<Record<'rep' | 'state' | 'cursor' | 'after' | 'by' | 'from' | 'to', string>>> & { limit?: number };

/** Appointments from inside to field sales: each is one request to the API, which says who may. */
export function addRelay(program: Command, terminal: Terminal): void {
  const relay = program.command('relay').description('give appointments from inside to field sales, and see what came of them');
  const ofAppointment = (id: string, what: string): string => `/v1/appointments/${encodeURIComponent(id)}/${what}`;

  relay
    .command('list')
    .description('list relayed appointments, the latest first')
    .option('--rep <id>', 'from or to this representative')
    .addOption(new Option('--state <state>', 'only in this state').choices(RELAY_STATES))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .option('--after <position>', 'wait until everything up to this position is included', position)
    .action(({ rep, state, limit, cursor }: Given, command: Command) =>
      showAnswer<{ items: Relay[]; nextCursor?: string }>(
        terminal,
        command,
        '/v1/relays',
        { rep, state, limit: limit === undefined ? undefined : String(limit), cursor },
        relaysText,
      ),
    );
  relay
    .command('summary')
    .description('appointments relayed, held and won in a span, by default the last 90 days')
    .addOption(new Option('--by <what>', 'one row for each').choices(RELAY_GROUPS))
    .option('--from <day>', 'first day (YYYY-MM-DD)', day)
    .option('--to <day>', 'the day after the last', day)
    .option('--after <position>', 'wait until everything up to this position is included', position)
    .action(({ by, from, to }: Given, command: Command) =>
      showAnswer<{ items: Summary[] }>(terminal, command, '/v1/relays/summary', { by, from, to }, ({ items }) =>
        tableText(
          ['inside', 'field', 'relayed', 'waiting', 'accepted', 'rejected', 'held', 'won', 'held rate', 'won rate'],
          items.map((one) => [
            one.insideRepId,
            one.fieldRepId,
            one.relayed,
            one.waiting,
            one.accepted,
            one.rejected,
            one.held,
            one.won,
            rounded(one.heldRate),
            rounded(one.wonRate),
          ]),
        ),
      ),
    );
  relay
    .command('send')
    .description('relay an appointment to another representative')
    .argument('<appointment>')
    .requiredOption('--from <id>', 'the representative who has it')
    .requiredOption('--to <id>', 'the representative who is to keep it')
    .option('--note <text>', 'what to know')
    .option('--id <id>', 'your id for this; sending the same id again changes nothing')
    .action((id: string, { from, to, note, id: own }: { from: string; to: string; note?: string; id?: string }, command: Command) =>
      recordFact(
        terminal,
        command,
        ofAppointment(id, 'relay'),
        { id: own, fromRepId: from, toRepId: to, note },
        `${id} is relayed to ${to}`,
      ),
    );
  const answer = (name: 'accept' | 'reject', description: string): Command =>
    relay
      .command(name)
      .description(description)
      .argument('<appointment>')
      .requiredOption('--rep <id>', 'the representative who answers')
      .option('--take-over', 'act in place of the representative to whom it was relayed; this is recorded')
      .option('--id <id>', 'your id for this answer; sending the same id again changes nothing')
      .action(
        (
          id: string,
          { rep, takeOver, reason, id: own }: { rep: string; takeOver?: true; reason?: string; id?: string },
          command: Command,
        ) =>
          recordFact(
            terminal,
            command,
            ofAppointment(id, `relay/${name}`),
            { id: own, repId: rep, reason, takeOver },
            `${id} is ${name}ed by ${rep}`,
          ),
      );
  answer('accept', 'accept a relayed appointment');
  answer('reject', 'reject a relayed appointment: it stays with the one who relayed it').requiredOption('--reason <text>', 'why');
}

function relaysText({ items, nextCursor }: { items: readonly Relay[]; nextCursor?: string }): string {
  const rows = items.map(({ appointmentId, fromRepId, repId, state, relayedAt, scheduledAt, held, deal, profile, leadId }) => [
    appointmentId,
    fromRepId,
    repId,
    state,
    relayedAt,
    scheduledAt,
    profile.name ?? leadId,
    deal ? deal.state : held ? 'held' : '',
  ]);
  const table = tableText(['appointment', 'from', 'to', 'state', 'relayed', 'scheduled', 'name', 'became'], rows);
  return `${table}${moreText(nextCursor)}`;
}
