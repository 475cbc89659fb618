import type { Command } from 'commander';
import type { LeadIdentity } from '@leadlog/events';
import { sharedIdentity } from '../arguments';
import type { Terminal } from '../terminal';
import { recordFact } from './record-fact';

/** What a person says about two leads that may be one, or about a lead that nobody should work on: each is one request. */
export function addWhoIsWho(leads: Command, terminal: Terminal): void {
  const act = (command: Command, leadId: string, verb: string, body: object, said: string) =>
    recordFact(terminal, command, `/v1/leads/${encodeURIComponent(leadId)}/${verb}`, body, said);
  leads
    .command('merge')
    .description('merge two leads that are one person: the history of the second becomes part of the first')
    .argument('<survivor>')
    .argument('<merged>')
    .action((survivor: string, mergedId: string, _: unknown, command: Command) =>
      act(command, survivor, 'merge', { mergedId }, `${mergedId} is part of ${survivor}`),
    );
  leads
    .command('unmerge')
    .description('revert a merge')
    .argument('<survivor>')
    .argument('<merged>')
    .action((survivor: string, mergedId: string, _: unknown, command: Command) =>
      act(command, survivor, 'unmerge', { mergedId }, `${mergedId} is a lead of its own again`),
    );
  const judge = (name: 'disqualify' | 'requalify', description: string, said: (leadId: string) => string): Command =>
    leads
      .command(name)
      .description(description)
      .argument('<lead>')
      .requiredOption('--reason <text>', 'why')
      .option('--rep <id>', 'the representative who says so')
      .option('--id <id>', 'your id for this; sending the same id again changes nothing')
      .action((leadId: string, { reason, rep: repId, id }: { reason: string; rep?: string; id?: string }, command: Command) =>
        act(command, leadId, name, { reason, repId, id }, said(leadId)),
      );
  judge('disqualify', 'nobody works on the lead any more, and it is never handed off', (leadId) => `${leadId} is disqualified`);
  judge(
    'requalify',
    'revert the disqualification of a lead: it counts as if it had never happened',
    (leadId) => `${leadId} is what it was before`,
  );
  leads
    .command('keep-apart')
    .description('record that two leads are two people: Leadlog no longer lists them as duplicates and never merges them by itself')
    .argument('[lead]')
    .argument('[other]')
    .option(
      '--identity <identity>',
      'instead of two leads, all leads that give this identity, now and later: an address, visitor:<id> or card:<id>',
      sharedIdentity,
    )
    .option('--reason <text>', 'how you know')
    .option('--rep <id>', 'the representative who says so')
    .action(
      (
        leadId: string | undefined,
        otherId: string | undefined,
        { identity, reason, rep: repId }: { identity?: LeadIdentity; reason?: string; rep?: string },
        command: Command,
      ) => {
        if (identity ? leadId === undefined : otherId !== undefined) {
          return identity
            ? recordFact(
                terminal,
                command,
                '/v1/leads/duplicates/keep-apart',
                { identity, reason, repId },
                `leads that give ${String(Object.values(identity)[0])} are kept apart`,
              )
            : act(command, leadId!, 'keep-apart', { otherId, reason, repId }, `${leadId} and ${otherId} are kept apart`);
        }
        return command.error(
          `error: expected two leads, or --identity, got ${identity ? 'both' : leadId === undefined ? 'nothing' : 'one lead'}`,
        );
      },
    );
}
