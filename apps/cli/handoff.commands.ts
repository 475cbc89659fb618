import { Command, Option } from 'commander';
import { REJECTION_REASONS } from '@leadlog/lead';
import { day } from './arguments';
import { recordFact } from './record-fact';
import type { Terminal } from './terminal';

interface Given {
  rep: string;
  id?: string;
  team?: string;
  reason?: string;
  note?: string;
  takeOver?: true;
  revisitOn?: string;
  handoff?: string;
}

/** What sales answers; each is one request to the API, which says who may. `inbox` lists what waits for an answer. */
export function addHandoffs(program: Command, terminal: Terminal): void {
  const handoff = program.command('handoff').description('what sales answers to a handoff: accepts it, takes it over, rejects it, gives the lead back');
  const verb = (name: string, description: string): Command =>
    handoff.command(name).description(description).requiredOption('--rep <id>', 'the representative who answers').option('--id <id>', 'yours; the same id again is the same answer and changes nothing');
  const takeOver = (command: Command): Command => command.option('--take-over', 'by another representative than the one who has it; that is recorded');

  const tell = (command: Command, path: string, body: object, said: string) => recordFact(terminal, command, path, body, said);
  const ofHandoff = (id: string, what: string): string => `/v1/handoffs/${encodeURIComponent(id)}/${what}`;

  takeOver(verb('accept', 'sales takes the lead on'))
    .argument('<handoff>')
    .option('--team <id>', 'team of the representative; as the policy has it by default')
    .action((id: string, { rep, id: own, team, takeOver: over }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'accept'), { id: own, repId: rep, teamId: team, takeOver: over }, `${id} is accepted by ${rep}`));
  verb('take-over', 'accepts a handoff that another representative has; it moves to this one and his team')
    .argument('<handoff>')
    .option('--team <id>', 'team of the representative; as the policy has it by default')
    .action((id: string, { rep, id: own, team }: Given, command: Command) => tell(command, ofHandoff(id, 'accept'), { id: own, repId: rep, teamId: team, takeOver: true }, `${id} is taken over by ${rep}`));
  takeOver(verb('reject', 'sales gives the lead back at once'))
    .argument('<handoff>')
    .addOption(new Option('--reason <reason>', 'why').choices(REJECTION_REASONS).makeOptionMandatory())
    .option('--note <text>', 'more of why')
    .action((id: string, { rep, id: own, reason, note, takeOver: over }: Given, command: Command) =>
      tell(command, ofHandoff(id, 'reject'), { id: own, repId: rep, reason, note, takeOver: over }, `${id} is rejected by ${rep}`));
  takeOver(verb('return', 'sales gives the lead back to nurturing; ends its run'))
    .argument('<lead>')
    .requiredOption('--reason <text>', 'why')
    .option('--revisit-on <day>', 'the day on which it is worth another look', day)
    .option('--note <text>', 'more of why')
    .option('--handoff <id>', 'which one, where several are open since a merge; the one of the representative by default')
    .action((lead: string, { rep, id: own, reason, revisitOn, note, handoff: handoffId, takeOver: over }: Given, command: Command) =>
      tell(command, `/v1/leads/${encodeURIComponent(lead)}/return`, { id: own, repId: rep, reason, revisitOn, note, handoffId, takeOver: over }, `${lead} is given back by ${rep}`));
}
