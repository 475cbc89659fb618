import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../apps/cli/run';
import { AS_OWNER } from '../test/support/owner-key';
import { SETTING_NAMES } from '../apps/setup/settings';
import { read, ROOT, withHttp } from './deployment.testing';

/** What an operator reads at night must be there to be typed. */
describe('docs/operating.md', () => {
  const page = read('docs/operating.md');
  const named = (pattern: RegExp) => [...new Set([...page.matchAll(pattern)].map((match) => match[1]!))];

  it('names commands that there are', async () => {
    const commands = named(/`(?:docker compose exec api bin\/)?leadlog ((?:[a-z]+ ?)+)/g).map((command) => command.trim().split(' '));
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      let help = '';
      await run([...command, '--help'], { env: {}, out: (text) => (help += text), err: () => undefined });
      // Help of a group of commands: its last word was none of them.
      expect([command, /^Usage: .*/.exec(help)?.[0]]).toEqual([command, expect.not.stringContaining('[command]')]);
    }
  });

  it('names settings that there are', () => {
    expect(named(/`((?:LEADLOG_|EVENTSTORE_URL|REDIS_URL|ROLES)[A-Z_]*)`/g).filter((name) => !(name in SETTING_NAMES))).toEqual([]);
  });

  it.each(['api', 'worker'] as const)('names metrics and paths that are served by the %s', async (program) => {
    const metrics = await withHttp(program, async (url) => {
      for (const path of named(/`(\/(?:health\/|metrics)[a-z]*)`/g)) expect((await fetch(`${url}${path}`)).status).not.toBe(404);
      return (await fetch(`${url}/metrics`, { headers: AS_OWNER })).text();
    });
    const alerted = named(/(leadlog_[a-z_]+)/g);
    expect(alerted.length).toBeGreaterThan(4);
    for (const name of alerted) expect(metrics).toContain(`# TYPE ${name} `);
  });

  it('links to files that are there', () => {
    for (const link of named(/\]\(([^)#]+)\)/g))
      expect([link, existsSync(join(ROOT, dirname('docs/operating.md'), link))]).toEqual([link, true]);
  });
});
