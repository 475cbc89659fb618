// A reporter of jest: prints, when everything has run, how each suite fared on each adapter, and as the last line how many tests
// passed and failed in all projects together. Plain JavaScript, since jest loads reporters as they are.
const { basename } = require('node:path');
const Table = require('cli-table3');

/** Contracts are told by the titles that their files in libs give them: `event log SQLite`, `read-model store: redis`, `jobs: bullmq`. */
const CONTRACT = /^(event log|read-model store|jobs):? (.+)$/;
/** `projection leads`: on SQLite, unless a title around it says `on …`. */
const PROJECTION = /^projection .+$/;
const PAIR = /^on (.+)$/;
const FAULTS = /^faults .*?(SQLite|EventStoreDB|Redis|BullMQ)/;
/** End-to-end suites run once in each of these projects. */
const PROJECTS = { e2e: 'files', 'e2e-production': 'servers' };
const COLUMNS = ['sqlite', 'eventstoredb', 'redis', 'redis cluster', 'bullmq', 'eventstoredb + redis', 'files', 'servers'];

/** Suite and adapter of one test; without an adapter where there is only one way to run it. */
function placeOf(project, path, titles) {
  if (PROJECTS[project]) return { suite: `end to end: ${basename(path).split('.')[0]}`, adapter: PROJECTS[project] };
  for (const title of titles) {
    const contract = CONTRACT.exec(title);
    if (contract) return { suite: `contract: ${contract[1]}`, adapter: contract[2].toLowerCase() };
    if (PROJECTION.test(title))
      return { suite: `contract: ${title}`, adapter: titles.map((outer) => PAIR.exec(outer)?.[1]).find(Boolean) ?? 'sqlite' };
    const faults = FAULTS.exec(title);
    if (faults) return { suite: 'faults', adapter: faults[1].toLowerCase() };
  }
  return { suite: 'other specs' };
}

class MatrixReporter {
  /** Suite → adapter (or '') → counts. */
  rows = new Map();

  onTestResult({ context }, { testFilePath, testResults, testExecError }) {
    const project = context.config.displayName?.name ?? '';
    for (const { ancestorTitles, status } of testResults) this.count(placeOf(project, testFilePath, ancestorTitles), status);
    if (testExecError) this.count(placeOf(project, testFilePath, []), 'failed');
  }

  onRunComplete(_contexts, results) {
    const used = [...COLUMNS, ...this.adapters().filter((adapter) => !COLUMNS.includes(adapter))].filter((adapter) =>
      this.adapters().includes(adapter),
    );
    const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
    const table = new Table({ head: ['suite', ...used, 'on its own'], style: { head: [], border: [] }, chars });
    for (const [suite, cells] of [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)))
      table.push([suite, ...[...used, ''].map((adapter) => shown(cells.get(adapter)))]);
    process.stdout.write(`\nTests passed by suite and adapter; ✗ failed, – skipped\n${table.toString()}\n`);
    // A file that could not be run at all is a failure too. CI counts this line, which stands for itself.
    process.stdout.write(`${results.numPassedTests} passed, ${results.numFailedTests + results.numRuntimeErrorTestSuites} failed\n`);
  }

  count({ suite, adapter = '' }, status) {
    const cells = this.rows.get(suite) ?? new Map();
    this.rows.set(suite, cells);
    const cell = cells.get(adapter) ?? { passed: 0, failed: 0, skipped: 0 };
    cells.set(adapter, cell);
    cell[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
  }

  adapters() {
    return [...new Set([...this.rows.values()].flatMap((cells) => [...cells.keys()]))].filter(Boolean).sort();
  }
}

function shown(cell) {
  if (!cell) return '';
  return [cell.passed, cell.failed > 0 && `${cell.failed} ✗`, cell.skipped > 0 && `${cell.skipped} –`]
    .filter((part) => part !== false)
    .join('  ');
}

module.exports = MatrixReporter;
