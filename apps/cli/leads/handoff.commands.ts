import { Command, Option } from 'commander';
import { REJECTION_REASONS, SIDES } from '@leadlog/events';
import { callApi } from '../api-client';
import { day } from '../arguments';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';
import { recordFact } from './record-fact';

interface Given {
  rep: string;
  id?: string;
  team?: string;
  reason?: string;
  note?: string;
  takeOver?: true;
  revisitOn?: string;
  handoff?: string;
  to?: string;
  side?: string;
  text?: string;
  question?: string;
}

interface HandedOver {
  repId: string;
  position: string;
  items: { handoffId: string; leadId: string; repId?: string; teamId?: string; refused?: { expected: string; got: string } }[];
}

/** What sales answers; each is one request to the API, which says who may. `inbox` lists what waits for an answer. */
export function addHandoffs(program: Command, terminal: Terminal): void {
  const handoff = program
    .command('handoff')
    .description('answer a handoff for sales: accept it, take it over, reject it, return the lead, give it to another');
  const verb = (name: string, description: string): Command =>
    handoff
      .command(name)
      .description(description)
      .requiredOption('--rep <id>', 'the representative who answers')
      .option('--id <id>', 'your id for this answer; sending the same id again changes nothing');
  const takeOver = (command: Command): Command =>
    command.option('--take-over', 'act in place of the representative who has it; this is recorded');

  const tell = (command: Command, path: string, body: object, said: string) => recordFact(terminal, command, path, body, said);
  const ofHandoff = (id: string, what: string): string => `/v1/handoffs/${encodeURIComponent(id)}/${what}`;

  takeOver(verb('accept', 'accept the lead for sales'))
    .argument('<handoff>')
    .option('--team <id>', 'team of the representative; by default, the one in the policy')
    .action((id: string, { rep, id: own, team, takeOver: over }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'accept'), { id: own, repId: rep, teamId: team, takeOver: over }, `${id} is accepted by ${rep}`),
    );
  verb('take-over', 'accept a handoff that another representative has; it moves to this representative and their team')
    .argument('<handoff>')
    .option('--team <id>', 'team of the representative; by default, the one in the policy')
    .action((id: string, { rep, id: own, team }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'accept'), { id: own, repId: rep, teamId: team, takeOver: true }, `${id} is taken over by ${rep}`),
    );
  takeOver(verb('reject', 'reject the handoff at once'))
    .argument('<handoff>')
    .addOption(new Option('--reason <reason>', 'why').choices(REJECTION_REASONS).makeOptionMandatory())
    .option('--note <text>', 'details')
    .action((id: string, { rep, id: own, reason, note, takeOver: over }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'reject'), { id: own, repId: rep, reason, note, takeOver: over }, `${id} is rejected by ${rep}`),
    );
  takeOver(verb('return', 'return the lead to nurturing, which ends its run'))
    .argument('<lead>')
    .requiredOption('--reason <text>', 'why')
    .option('--revisit-on <day>', 'day on which to look at it again', day)
    .option('--note <text>', 'details')
    .option('--handoff <id>', 'which handoff, if a merge left several open; by default, the one of the representative')
    .action((lead: string, { rep, id: own, reason, revisitOn, note, handoff: handoffId, takeOver: over }: Given, command: Command) =>
      tell(
        command,
        `/v1/leads/${encodeURIComponent(lead)}/return`,
        { id: own, repId: rep, reason, revisitOn, note, handoffId, takeOver: over },
        `${lead} is given back by ${rep}`,
      ),
    );
  handoff
    .command('assign')
    .description('give an open handoff to another representative; what was done for it stays with who did it')
    .argument('<handoff>')
    .requiredOption('--to <rep>', 'who has it from now on')
    .requiredOption('--reason <text>', 'why')
    .option('--id <id>', 'your id for this; sending the same id again changes nothing')
    .action((id: string, { to, id: own, reason }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'assign'), { id: own, repId: to, reason }, `${id} is now with ${to}`),
    );
  handoff
    .command('hand-over')
    .description('give away all open handoffs of a representative who is absent or has left')
    .argument('<rep>')
    .option('--to <rep>', 'who has them from now on; by default, each goes to whoever is next')
    .requiredOption('--reason <text>', 'why')
    .option('--id <id>', 'your id for this; sending the same id again changes nothing')
    .action(async (rep: string, { to, id: own, reason }: Given, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const path = `/v1/reps/${encodeURIComponent(rep)}/hand-over`;
      const answer = await callApi<HandedOver>(url, 'POST', path, { body: { id: own, to, reason } });
      terminal.out(json ? `${JSON.stringify(answer)}\n` : handedOverText(answer));
    });

  const insight = (kind: 'question' | 'answer', name: string, description: string): Command =>
    handoff
      .command(name)
      .description(description)
      .argument('<handoff>')
      .requiredOption('--text <text>', `the ${kind}`)
      .option('--rep <id>', 'the representative who says it, for sales')
      .addOption(new Option('--side <side>', 'who says it; by default, sales asks and the other side answers').choices(SIDES))
      .option('--id <id>', `your id for this ${kind}; sending the same id again changes nothing`)
      .action((id: string, { rep, text, side, question: questionId, id: own }: Partial<Given>, command: Command) =>
        tell(command, ofHandoff(id, 'insight'), { id: own, kind, text, repId: rep, side, questionId }, `the ${kind} is recorded`),
      );
  insight('question', 'ask', 'ask the other side about a handoff');
  insight('answer', 'answer', 'answer a question about a handoff').option(
    '--question <id>',
    'which one, as `questions` lists it; by default, all of the other side that are open',
  );
}

function handedOverText({ repId, items, position }: HandedOver): string {
  if (items.length === 0) return `${repId} has no open handoffs (position ${position})\n`;
  return tableText(
    ['handoff', 'lead', 'now with', 'team', 'why not'],
    items.map((one) => [
      one.handoffId,
      one.leadId,
      one.repId,
      one.teamId,
      one.refused && `expected ${one.refused.expected}, got ${one.refused.got}`,
    ]),
  );
}
