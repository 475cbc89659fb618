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
  notRewritten?: string[];
  waitsFor?: { generation: string; paused: boolean }[];
}

const LOOK_EVERY_MS = 200;

/** Forgets a person, and waits until nothing is left. */
export function addErase(program: Command, terminal: Terminal): void {
  program
    .command('erase')
    .description('forget a person: the lead and all that were merged into it; it cannot be undone')
    .argument('<lead>')
    .option('--request <id>', 'your own number for the request')
    .option('--status', 'only show how far it is')
    .option('--no-wait', 'end once the request is recorded; the engine does the rest')
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
      let said = '';
      while (asked && wait && progress.state !== 'completed') {
        const paused = pausedText(progress);
        if (paused !== said) terminal.err((said = paused));
        await sleep(LOOK_EVERY_MS);
        progress = await look();
      }
      terminal.out(json ? `${JSON.stringify(progress)}\n` : progressText(progress));
    });
}

/** What nobody but its operator can get going again. */
function pausedText({ waitsFor = [] }: Erasure): string {
  const paused = waitsFor.filter((one) => one.paused).map(({ generation }) => generation);
  if (paused.length === 0) return '';
  return `waiting for ${paused.join(', ')}, which somebody has paused: leadlog projections resume NAME lets it go on\n`;
}

function progressText(progress: Erasure): string {
  const { leadId, state, requestId, requestedAt, completedAt, leadIds, jobs, generations, clearEvents, notRewritten, waitsFor } = progress;
  if (state === 'none') return `nobody has asked to forget ${leadId}\n`;
  const facts: [string, Cell][] = [
    ['lead', leadIds!.join(', ')],
    ['request', requestId],
    ['asked for at', requestedAt],
    ['state', state],
  ];
  if (waitsFor) facts.push(['waits for', waitsFor.map(({ generation, paused }) => `${generation}${paused ? ' (paused)' : ''}`).join(', ')]);
  if (state === 'completed')
    facts.push(
      ['completed at', completedAt],
      ['deliveries changed', jobs],
      ['builds dropped', generations],
      ['events recorded in clear', clearEvents],
      ['files not written anew', notRewritten?.join(', ')],
    );
  return factsText(facts);
}
