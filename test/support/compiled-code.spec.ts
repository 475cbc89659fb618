import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const COMPILED_CODE = resolve(__dirname, 'compiled-code.js');

describe('a program whose compiled code is kept', () => {
  const root = resolve(__dirname, '../../.cache');
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, 'program-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'program.js');
  const said = () =>
    execFileSync(process.execPath, ['--require', COMPILED_CODE, program, 'argument'], { env: {}, encoding: 'utf8' }).trim();

  it('runs as it does without, with the code that is there now, also where only a letter of it has changed', () => {
    writeFileSync(join(folder, 'imports.js'), "exports.imported = import('node:path').then(({ basename }) => basename(__filename));");
    const shows = (word: string) => `#!/usr/bin/env node
const { word } = require('./word');
const own = [this === module.exports, require.main === module, require.cache[require.resolve('./word')].filename === require.resolve('./word')];
void require('./imports').imported.then((name) => console.log(word, ${word}, name, ...own));`;
    writeFileSync(join(folder, 'word.js'), "exports.word = 'one';");
    writeFileSync(program, shows('1'));
    for (let times = 0; times < 2; times += 1) expect(said()).toBe('one 1 imports.js true true true');
    writeFileSync(join(folder, 'word.js'), "exports.word = 'two';");
    expect(said()).toBe('two 1 imports.js true true true');
    writeFileSync(program, shows('2'));
    expect(said()).toBe('two 2 imports.js true true true');
  });

  it('names the line and column of an error', () => {
    writeFileSync(program, "process.on('uncaughtException', ({ stack }) => console.log(stack));\n\n  throw new Error('here');");
    for (let times = 0; times < 2; times += 1) expect(said()).toContain(`${program}:3:9`);
  });
});
