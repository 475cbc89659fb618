import { run } from '../../apps/cli/run';
import { OWNED } from './owner-key';

/** The command line of the owner in this process, as it is called in another: what it said, and its exit code. */
export async function leadlog(url: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await run(['--url', url, ...args], {
    env: OWNED,
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  return { code, ...said };
}
