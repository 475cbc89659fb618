// `unit`: in this process, fast; what `npm run check:fast` runs. `slow`: the same with long histories and many generated cases. `servers`:
// specs
// that start servers or processes. `e2e`: started engines, kill -9, real data; runs against dist, on files and on servers.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
require('./test/support/compiled-code');
// Other tests keep the processors busy: what stands back behind them would not get on at all.
process.env.LEADLOG_BACKGROUND_NICE ??= '0';

const SPECS = ['libs', 'apps', 'bench', 'docker', 'test/support'].flatMap((folder) =>
  readdirSync(join(__dirname, folder), { recursive: true })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `${folder}/${name}`),
);
const STARTS_PROCESSES =
  /from '(node:child_process|[^']*test\/support\/(redis-server|engine-process|eventstoredb\/[^']*)|\.\/(server|redis-server|engine-process))'/;
const servers = SPECS.filter((path) => STARTS_PROCESSES.test(readFileSync(join(__dirname, path), 'utf8')));
/** More than some three seconds of a processor. */
const slow = [
  'apps/api/access/access.spec.ts',
  'apps/api/lists.spec.ts',
  'apps/api/refusals.spec.ts',
  'apps/api/requests/slow-bodies.spec.ts',
  'apps/cli/run.spec.ts',
  'apps/worker/erasure-killed.spec.ts',
  'docker/compose.spec.ts',
  'docker/kubernetes.spec.ts',
  'docker/operating.spec.ts',
  'libs/archive/archive.spec.ts',
  'libs/archive/time-zones.spec.ts',
  'libs/archive/views/cards-sql.spec.ts',
  'libs/archive/views/handoffs-sql.spec.ts',
  'libs/archive/views/kpi-facts-sql.spec.ts',
  'libs/archive/views/kpi-sql.spec.ts',
  'libs/archive/views/relays-sql.spec.ts',
  'libs/archive/views/views.spec.ts',
  'libs/events/catalogue.spec.ts',
  'libs/handoff/kpis/handoff-kpis.spec.ts',
  'libs/handoff/standing.spec.ts',
  'libs/ingestion/ingestion.spec.ts',
  'libs/lead/read-models.spec.ts',
  'libs/lead/who-is-who/duplicates.spec.ts',
  'libs/organisation/business-time.spec.ts',
  'libs/projections/engine/generation-fold.spec.ts',
  'libs/replays/live-replays.spec.ts',
  'libs/replays/replay.spec.ts',
  'libs/reports/as-of.spec.ts',
  'libs/reports/due-times.spec.ts',
  'libs/reports/reports.spec.ts',
  'libs/sales/kpis/kpis.spec.ts',
  'libs/sales/kpis/shared-deals.spec.ts',
  'libs/scoring/model/model-schema.spec.ts',
  'libs/scoring/past-scores/score-sql.spec.ts',
  'libs/scoring/scores/decay.spec.ts',
  'libs/scoring/trials/backtest.spec.ts',
  'libs/scoring/trials/bounded-fit.spec.ts',
  'libs/scoring/trials/demo-backtest.spec.ts',
  'libs/scoring/trials/preview.spec.ts',
  'libs/simulation/simulate.spec.ts',
  'libs/sql/sql-runner.spec.ts',
  'test/support/fresh-install.spec.ts',
].filter((path) => !servers.includes(path));
const gone = slow.filter((path) => !existsSync(join(__dirname, path)));
if (gone.length > 0) throw new Error(`jest.config.js names slow specs that are not there: ${gone.join(', ')}`);
const unit = SPECS.filter((path) => !slow.includes(path) && !servers.includes(path));

const base = {
  rootDir: __dirname,
  testEnvironment: 'node',
  moduleNameMapper: {
    '^fast-check$': '<rootDir>/test/support/seeded-fast-check.js',
    '^@leadlog/([^/]+)$': '<rootDir>/libs/$1',
    '^@leadlog/(.+)$': '<rootDir>/libs/$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
};

module.exports = {
  // A test waits for what it wants to see and fails by what it sees; this only ends one that waits in vain, also on a slow machine
  // or on a server whose log is long already (every engine that starts reads all of it).
  testTimeout: 400_000,
  // One more than the two cores of CI, since many suites wait: for a schedule, for a lease to run out, for what was killed to be back.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/support/slow-first.js',
  reporters: ['default', '<rootDir>/test/support/matrix-reporter.js'],
  projects: [
    ...Object.entries({ unit, slow, servers }).map(([displayName, paths]) => ({
      ...base,
      displayName,
      testMatch: paths.map((path) => `<rootDir>/${path}`),
    })),
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e.ts'],
      testPathIgnorePatterns: ['\\.production\\.e2e'],
      setupFiles: ['<rootDir>/test/support/use-files.ts'],
    },
    {
      ...base,
      displayName: 'e2e-production',
      testMatch: ['<rootDir>/test/**/*.e2e.ts'],
      // Of the files that the embedded adapters have, and of what looks at the folder of the archive, which is the same on servers (jobs of
      // a schedule are tried on both kinds of queue by their spec). Wrong settings are tried without servers in any case. Input is refused
      // before there is any storage, and so is whoever means harm; a model that is published is a generation that takes over, which
      // `model-change` tries on servers. Files that are imported, targets, and sign-in by a provider come down to requests, events and read
      // models like all others, which `input`, `sent-twice`, `access` and the contract of each projection try on servers. The demo lives by a
      // clock of its own, by which a server does not record. The console is the same page over either.
      testPathIgnorePatterns: [
        '/fuzz\\.e2e',
        '/hostile-client\\.e2e',
        '/imports\\.e2e',
        '/oidc\\.e2e',
        '/targets-and-board\\.e2e',
        '/olist\\.e2e',
        '/stored-models\\.e2e',
        '/trials\\.e2e',
        '/faults\\.e2e',
        '/data-folder\\.e2e',
        '/replays\\.e2e',
        '/questions\\.e2e',
        '/backtest\\.e2e',
        '/scheduled-reports\\.e2e',
        '/typed-client\\.e2e',
        '/backup\\.e2e',
        '/erasure\\.e2e',
        '/erasure-of-before\\.e2e',
        '/demo\\.e2e',
        '/console/',
        '/wrong-settings\\.e2e',
      ],
      testEnvironment: '<rootDir>/test/support/servers-environment.ts',
    },
  ],
};
