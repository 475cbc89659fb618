'use strict';
// Loaded first into every process of the tests: jest, its workers, engines, and what they start. An engine loads 3,000 modules, and each file
// of tests loads hundreds anew, so most of a start was compiling the same code again. Code that was compiled before is taken from
// `.cache/compiled` by programs, and from memory by files of tests; it is taken only for the very same text. From Node 22 on, Node itself
// does so for programs. Plain JavaScript, since nothing can translate it before it is loaded.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const vm = require('node:vm');
const { isMainThread, threadId } = require('node:worker_threads');

const CHECKOUT = join(__dirname, '../..');
const FOLDER = join(CHECKOUT, '.cache/compiled');

function keepForFilesOfTests() {
  const compile = vm.compileFunction;
  const kept = new Map();
  vm.compileFunction = (code, parameters, options = {}) => {
    const found = kept.get(options.filename);
    if (found?.code === code) return compile(code, parameters, { ...options, cachedData: found.data });
    const compiled = compile(code, parameters, { ...options, produceCachedData: true });
    if (compiled.cachedDataProduced) kept.set(options.filename, { code, data: compiled.cachedData });
    return compiled;
  };
}

const digest = (text) => createHash('sha1').update(text).digest('hex');

/** As `Module.prototype._compile` of Node 20 does it, with code that was compiled before. */
function keepForPrograms() {
  const file = join(FOLDER, digest(JSON.stringify([process.version, process.execArgv, process.argv[1], isMainThread])));
  const kept = read(file);
  const compiledNow = new Map();
  const start = '(function (exports, require, module, __filename, __dirname) {';
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (code, filename, ...more) {
    // What imports while it runs needs Node's own loader.
    if (/\bimport\s*\(/.test(code)) return compile.call(this, code, filename, ...more);
    const hash = digest(code);
    const found = kept.get(filename);
    const script = new vm.Script(`${start}${code.replace(/^#!.*/, '')}\n})`, {
      filename,
      columnOffset: -start.length,
      cachedData: found?.hash === hash ? found.data : undefined,
    });
    if (script.cachedDataRejected !== false) compiledNow.set(filename, { hash, script });
    const inside = script.runInThisContext();
    return inside.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };
  process.on('exit', () => {
    for (const [filename, { hash, script }] of compiledNow) kept.set(filename, { hash, data: script.createCachedData() });
    if (compiledNow.size > 0) write(file, kept);
  });
}

function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (id, options) => Module._resolveFilename(id, module, false, options);
  require.resolve.paths = (id) => Module._resolveLookupPaths(id, module);
  return Object.assign(require, { main: process.mainModule, extensions: Module._extensions, cache: Module._cache });
}

/** A line of JSON that lists the modules, and then their code one after the other. */
function read(file) {
  const kept = new Map();
  try {
    const bytes = readFileSync(file);
    let from = bytes.indexOf('\n') + 1;
    for (const [filename, hash, length] of JSON.parse(bytes.subarray(0, from))) {
      kept.set(filename, { hash, data: bytes.subarray(from, from + length) });
      from += length;
    }
  } catch {
    // The first time; then all is compiled.
  }
  return kept;
}

function write(file, kept) {
  const list = [...kept].map(([filename, { hash, data }]) => [filename, hash, data.length]);
  const own = `${file}.${process.pid}.${threadId}`;
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(own, Buffer.concat([Buffer.from(`${JSON.stringify(list)}\n`), ...[...kept.values()].map(({ data }) => data)]));
    renameSync(own, file);
  } catch {
    // A disk that is full, or that a test made so. The next start compiles again.
  }
}

keepForFilesOfTests();
if (Module.enableCompileCache) process.env.NODE_COMPILE_CACHE = FOLDER;
else if (process.argv[1]?.startsWith(CHECKOUT)) keepForPrograms();
const preload = `--require ${JSON.stringify(__filename)}`;
if (!process.env.NODE_OPTIONS?.includes(preload)) process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${preload}`.trim();
