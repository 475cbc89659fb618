import type { Command } from 'commander';
import { callApi } from '../api-client';
import type { Common, Terminal } from '../terminal';

interface Recorded {
  leadId: string;
  position: string;
  repeated: boolean;
}

/** One act of a person on a lead as one request; `said`: what is so from now on. Throws as callApi does. */
export async function recordFact(terminal: Terminal, command: Command, path: string, body: object, said: string): Promise<void> {
  const { url, json } = command.optsWithGlobals<Common>();
  const answer = await callApi<Recorded>(url, 'POST', path, { body });
  if (json) terminal.out(`${JSON.stringify(answer)}\n`);
  else
    terminal.out(
      answer.repeated
        ? `had been said before; nothing was recorded (position ${answer.position})\n`
        : `${said} (position ${answer.position})\n`,
    );
}
