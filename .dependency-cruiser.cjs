// The directions of docs/architecture.md: ports import nothing of ours, capabilities import ports and lead,
// apps import capabilities; each storage SDK only in its adapter's folder; Nest only where things are wired.
const ports = '^libs/(event-log|projections|jobs)/';
const capabilities = ['scoring', 'handoff', 'sales', 'kpi', 'reports'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'event-log-imports-nothing-of-ours', severity: 'error', from: { path: '^libs/event-log/' }, to: { path: '^(libs/(?!event-log/)|apps/)' } },
    { name: 'jobs-imports-nothing-of-ours', severity: 'error', from: { path: '^libs/jobs/' }, to: { path: '^(libs/(?!jobs/)|apps/)' } },
    // The engine folds what the log gives, so it knows the log's port; never an adapter of it (its specs may).
    { name: 'projections-import-only-the-log-port', severity: 'error', from: { path: '^libs/projections/', pathNot: '\\.spec\\.ts$' }, to: { path: '^(libs/(?!(projections|event-log)/)|libs/event-log/(sqlite|eventstoredb)/|apps/)' } },
    { name: 'lead-imports-ports', severity: 'error', from: { path: '^libs/lead/' }, to: { path: '^(libs/(?!(lead|event-log|projections|jobs)/)|apps/)' } },
    ...capabilities.map((name) => ({
      name: `${name}-imports-ports-and-lead`,
      severity: 'error',
      from: { path: `^libs/${name}/`, pathNot: '\\.(spec|testing)\\.ts$' },
      to: { path: `^(libs/(?!(${name}|lead|event-log|projections|jobs)/)|apps/)` },
    })),
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    { name: 'sqlite-only-in-its-adapters', severity: 'error', from: { path: '^(libs|apps)/', pathNot: '^libs/[^/]+/sqlite/|\\.spec\\.ts$' }, to: { path: 'better-sqlite3' } },
    { name: 'redis-only-in-its-adapters', severity: 'error', from: { path: '^(libs|apps)/', pathNot: '^libs/[^/]+/(redis|bullmq)/|\\.spec\\.ts$' }, to: { path: 'node_modules/(ioredis|bullmq|@bull-board)/' } },
    { name: 'eventstoredb-only-in-its-adapter', severity: 'error', from: { path: '^(libs|apps)/', pathNot: '^libs/event-log/eventstoredb/|\\.spec\\.ts$' }, to: { path: 'node_modules/@eventstore/' } },
    // A program on files starts in half the time without them; apps/backends.ts requires them where there is a server.
    { name: 'clients-of-servers-load-with-a-server', severity: 'error', from: { path: '^(libs|apps)/', pathNot: '^libs/[^/]+/(redis|bullmq|eventstoredb)/|^apps/backends\\.ts$|\\.(spec|contract)\\.ts$' }, to: { path: '^libs/[^/]+/(redis|bullmq|eventstoredb)/', pathNot: '/bull-board\\.ts$', dependencyTypesNot: ['type-only'] } },
    { name: 'duckdb-only-in-reports', severity: 'error', from: { path: '^(libs|apps)/', pathNot: '^libs/reports/' }, to: { path: 'node_modules/@duckdb/' } },
    // It is a tenth of what the api would load, whose questions are asked in other processes; libs/reports/duckdb.ts requires it with the first database.
    { name: 'duckdb-loads-with-a-database', severity: 'error', from: { path: '^libs/reports/', pathNot: '/(duckdb|sql-runner|answer-files|arrow-file|sql-values)\\.ts$|\\.(spec|testing)\\.ts$' }, to: { path: 'node_modules/@duckdb/|^libs/reports/(answer-files|arrow-file|sql-values)\\.ts$', dependencyTypesNot: ['type-only'] } },
    { name: 'nest-only-where-things-are-wired', severity: 'error', from: { path: '^libs/', pathNot: '\\.(module|handlers)\\.ts$|\\.spec\\.ts$' }, to: { path: '@nestjs/' } },
    // A worker, the command line and most specs use capabilities without Nest, and it is a third of what they would load: its modules and handlers are imported by their paths.
    { name: 'nest-loads-with-the-api', severity: 'error', from: { path: '^libs/', pathNot: '\\.(module|handlers|spec)\\.ts$' }, to: { path: '\\.(module|handlers)\\.ts$' } },
    { name: 'specs-are-not-imported', severity: 'error', from: {}, to: { path: '\\.spec\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
void ports;
