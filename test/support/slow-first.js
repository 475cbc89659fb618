// A sequencer of jest: without timings of earlier runs, as in a fresh clone, jest begins with the largest files, and a small one that
// takes minutes may be left to run alone at the end. These begin, longest first. Plain JavaScript, since jest loads it as it is.
const { default: TestSequencer } = require('@jest/test-sequencer');

const SLOW = [
  'same-bytes.production.e2e',
  'redis-faults.production.e2e',
  'stored-models.e2e',
  'replays.e2e',
  'eventstoredb-faults.production.e2e',
  'demo-backtest.spec',
  'growing-log.e2e',
  'scheduled-reports.e2e',
  'kpi-sql.spec',
  'as-of.spec',
  'faults.e2e',
  'crash.e2e',
  'backtest.e2e',
  'archive.e2e',
];

class SlowFirst extends TestSequencer {
  sort(tests) {
    const ordered = super.sort(tests);
    if (ordered.some(({ duration }) => duration !== undefined)) return ordered;
    const rank = ({ path }) => {
      const found = SLOW.findIndex((name) => path.endsWith(`/${name}.ts`));
      return found === -1 ? SLOW.length : found;
    };
    return ordered.sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = SlowFirst;
