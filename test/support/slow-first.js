// A sequencer of jest: without timings of earlier runs, as in a fresh clone, jest begins with the largest files, and a small one that
// takes minutes may be left to run alone at the end. These begin, longest first. Plain JavaScript, since jest loads it as it is.
const { default: TestSequencer } = require('@jest/test-sequencer');

const SLOW = [
  'demo-backtest.spec',
  'same-bytes.production.e2e',
  'scheduled-reports.e2e',
  'redis-faults.production.e2e',
  'eventstoredb-faults.production.e2e',
  'replays.e2e',
  'kpi-sql.spec',
  'workers.e2e',
  'screens.e2e',
  'crash.e2e',
  'growing-log.e2e',
  'archive.e2e',
  'stored-models.e2e',
  'model-change.e2e',
  'as-of.spec',
  'reports.spec',
  'projections.spec',
  'backtest.e2e',
  'faults.e2e',
  'workers.spec',
  'live-replays.spec',
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
