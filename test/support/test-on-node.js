// Runs the suite on another Node, which npm installs: `npm run test:node 24`, or only some of it: `npm run test:node 24 libs/event-log`.
// In a folder of its own: native modules are compiled for one Node, and the checkout keeps those of the Node that works here.
const { execFileSync } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');

const [line = '', ...patterns] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(line)) {
  process.stderr.write(`test:node: expected a version of Node such as 24, got ${JSON.stringify(line)}\n`);
  process.exit(2);
}
const checkout = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), `leadlog-node-${line}-`));
const run = (command, args, cwd, env = process.env) => execFileSync(command, args, { cwd, env, stdio: 'inherit' });
let code = 0;
try {
  const name = `node-${process.platform}-${process.arch}`;
  const installed = join(folder, 'node', 'node_modules', name);
  mkdirSync(join(folder, 'node'));
  writeFileSync(join(folder, 'node', 'package.json'), '{}');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', `${name}@${line}`], join(folder, 'node'));
  const copy = join(folder, 'leadlog');
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: checkout, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of files) cpSync(join(checkout, file), join(copy, file));
  // Native modules are compiled against the headers that came with it.
  const env = { ...process.env, PATH: `${join(installed, 'bin')}${delimiter}${process.env.PATH}`, npm_config_nodedir: installed };
  run('node', ['--version'], copy, env);
  run('npm', ['ci', '--no-audit', '--no-fund'], copy, env);
  if (patterns.length === 0) {
    run('npm', ['test'], copy, env);
  } else {
    run('npm', ['run', '-s', 'build'], copy, env);
    run('npx', ['jest', '--', ...patterns], copy, env);
  }
} catch (error) {
  code = error.status ?? 1;
  if (error.status === undefined) process.stderr.write(`test:node: ${error.message}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = code;
