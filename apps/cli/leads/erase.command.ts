import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { callApi } from '../api-client';
import { factsText, type Cell } from '../tables';
import type { Common, Terminal } from '../terminal';

interface Erasure {
  leadId: string;
  state: 'none' | 'requested' | 'erased' | 'completed';
  requestId?: string;
  requestedAt?: string;
  completedAt?: string;
  leadIds?: string[];
  jobs?: number;
  generations?: number;
  clearEvents?: number;
}

const LOOK_EVERY_MS = 200;

/** Forgets a person, and waits until nothing is left. */
export function addErase(program: Command, terminal: Terminal): void {
  program
    .command('erase')
    .description('forget a person: the lead and all that were merged into it; it cannot be undone')
    .argument('<lead>')
    .option('--request <id>', 'your number for the request of the person')
    .option('--status', 'show how far it is, and ask for nothing')
    .option('--no-wait', 'end as soon as it is recorded: it goes on by itself')
    .action(async (leadId: string, { request, status, wait }: { request?: string; status?: boolean; wait: boolean }, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const path = `/v1/leads/${encodeURIComponent(leadId)}`;
      const look = (after?: string) => callApi<Erasure>(url, 'GET', `${path}/erasure`, after === undefined ? {} : { query: { after } });
      const asked = status
        ? undefined
        : await callApi<{ position: string }>(url, 'POST', `${path}/erase`, {
            body: { ...(request !== undefined && { requestId: request }) },
          });
      let progress = await look(asked?.position);
      while (asked && wait && progress.state !== 'completed') {
        await sleep(LOOK_EVERY_MS);
        progress = await look();
      }
      terminal.out(json ? `${JSON.stringify(progress)}\n` : progressText(progress));
    });
}

function progressText({ leadId, state, requestId, requestedAt, completedAt, leadIds, jobs, generations, clearEvents }: Erasure): string {
  if (state === 'none') return `nobody has asked to forget ${leadId}\n`;
  const facts: [string, Cell][] = [
    ['lead', leadIds!.join(', ')],
    ['request', requestId],
    ['asked for at', requestedAt],
    ['state', state],
  ];
  if (state === 'completed')
    facts.push(
      ['completed at', completedAt],
      ['deliveries changed', jobs],
      ['builds dropped', generations],
      ['events recorded in clear', clearEvents],
    );
  return factsText(facts);
}
