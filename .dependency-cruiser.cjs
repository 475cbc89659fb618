// The directions of docs/architecture.md: what each library may import of ours, errors aside, which all may; each storage SDK only in its
// adapter's folder; Nest only where things are wired.
const mayImport = {
  errors: [],
  time: [],
  'event-log': [],
  redis: [],
  jobs: ['redis'],
  children: [],
  projections: ['event-log', 'redis'],
  events: ['time', 'event-log', 'projections'],
  documents: ['events', 'time', 'event-log', 'projections'],
  where: ['documents', 'events', 'time'],
  organisation: ['documents', 'events', 'time'],
  lead: ['events', 'time', 'event-log', 'projections'],
  ingestion: ['events', 'personal', 'lead', 'time', 'event-log'],
  scoring: ['documents', 'where', 'events', 'lead', 'time', 'event-log', 'projections', 'jobs'],
  handoff: ['documents', 'organisation', 'events', 'lead', 'time', 'event-log', 'projections', 'jobs'],
  sales: ['documents', 'where', 'organisation', 'events', 'lead', 'time', 'event-log', 'projections'],
  archive: ['events', 'personal', 'time', 'event-log', 'projections'],
  replays: ['archive', 'events', 'event-log'],
  sql: ['children', 'archive', 'replays', 'events', 'event-log'],
  reports: ['archive', 'sql', 'events', 'time', 'jobs'],
  simulation: ['events', 'organisation'],
  access: ['events', 'time', 'event-log', 'redis'],
  audit: ['events', 'time', 'event-log', 'projections'],
  personal: ['events', 'event-log', 'redis'],
};
// Any library, and of the other programs:
const appsMayImport = {
  setup: [],
  operating: ['setup'],
  children: ['setup'],
  api: ['setup', 'operating'],
  worker: ['setup', 'operating', 'children'],
  cli: ['setup', 'operating', 'children'],
  standalone: ['setup', 'operating', 'api', 'worker', 'cli'],
  // What it knows, it has from the API.
  console: [],
};
// Tests compare a library with what stands above it.
const TESTS = '\\.(spec|testing)\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(mayImport).map(([name, others]) => ({
      name: `${name}-imports-only-what-it-may`,
      severity: 'error',
      from: { path: `^libs/${name}/`, ...(others.length > 0 && { pathNot: TESTS }) },
      to: { path: `^libs/(?!(${['errors', name, ...others].join('|')})/)` },
    })),
    ...Object.entries(appsMayImport).map(([name, others]) => ({
      name: `apps-${name}-imports-only-what-it-may`,
      severity: 'error',
      // Its types are made from the document of the api.
      from: { path: `^apps/${name}/`, pathNot: `${TESTS}|^apps/console/build/` },
      to: { path: `^apps/(?!(${[name, ...others].join('|')})/)` },
    })),
    {
      name: 'every-program-has-its-directions',
      severity: 'error',
      from: { path: `^apps/(?!(${Object.keys(appsMayImport).join('|')})/)` },
      to: {},
    },
    {
      name: 'every-library-has-its-directions',
      severity: 'error',
      from: { path: `^libs/(?!(${Object.keys(mayImport).join('|')})/)` },
      to: {},
    },
    // Adapters are opened by apps; the engine folds what the log gives and knows only its port.
    {
      name: 'ports-not-adapters',
      severity: 'error',
      from: { path: '^libs/', pathNot: `/(sqlite|redis|bullmq|eventstoredb)/|\\.(spec|testing|contract)\\.ts$` },
      to: { path: '^libs/[^/]+/(sqlite|redis|bullmq|eventstoredb)/' },
    },
    {
      name: 'console-imports-nothing-of-the-engine',
      severity: 'error',
      from: { path: '^apps/console/', pathNot: '^apps/console/build/' },
      to: { path: '^libs/' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'sqlite-only-in-its-adapters',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '^libs/[^/]+/sqlite/|\\.spec\\.ts$' },
      to: { path: 'better-sqlite3' },
    },
    {
      name: 'redis-only-in-its-adapters',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '^libs/([^/]+/(redis|bullmq)|redis)/|\\.spec\\.ts$' },
      to: { path: 'node_modules/(ioredis|bullmq|@bull-board)/' },
    },
    {
      name: 'eventstoredb-only-in-its-adapter',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '^libs/event-log/eventstoredb/|\\.spec\\.ts$' },
      to: { path: 'node_modules/@eventstore/' },
    },
    // A program on files starts in half the time without them; apps/setup/backends.ts and personal-keys.ts require them where there is a server.
    {
      name: 'clients-of-servers-load-with-a-server',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        pathNot: '^libs/[^/]+/(redis|bullmq|eventstoredb)/|^apps/setup/(backends|personal-keys)\\.ts$|\\.(spec|contract)\\.ts$',
      },
      to: { path: '^libs/[^/]+/(redis|bullmq|eventstoredb)/', pathNot: '/bull-board\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'duckdb-only-around-the-archive',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '^libs/(archive|replays|sql)/|\\.spec\\.ts$' },
      to: { path: 'node_modules/@duckdb/' },
    },
    // It is a tenth of what the api would load, whose questions are asked in other processes; libs/archive/duckdb.ts requires it with the
    // first database.
    {
      name: 'duckdb-loads-with-a-database',
      severity: 'error',
      from: {
        path: '^libs/(archive|replays|sql)/',
        pathNot: '/(duckdb|sql-runner|answer-files|arrow-file|sql-values)\\.ts$|\\.(spec|testing)\\.ts$',
      },
      to: { path: 'node_modules/@duckdb/|^libs/sql/(answer-files|arrow-file|sql-values)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nest-only-where-things-are-wired',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.(module|handlers)\\.ts$|\\.spec\\.ts$' },
      to: { path: '@nestjs/' },
    },
    // A worker, the command line and most specs use capabilities without Nest, and it is a third of what they would load: its modules and
    // handlers are imported by their paths.
    {
      name: 'nest-loads-with-the-api',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.(module|handlers|spec)\\.ts$' },
      to: { path: '\\.(module|handlers)\\.ts$' },
    },
    // What a route does is in a handler, found by its command or query.
    {
      name: 'routes-go-over-the-bus',
      severity: 'error',
      from: { path: '^apps/api/.*\\.(controller|route)\\.ts$' },
      to: { path: '^libs/(event-log|projections|jobs|replays|reports|sql)/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'specs-are-not-imported', severity: 'error', from: {}, to: { path: '\\.spec\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
