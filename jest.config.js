// `unit`: pure and single-process, fast. `e2e`: started engines, kill -9, real data; runs against dist, on files and on servers.
const base = {
  rootDir: __dirname,
  testEnvironment: 'node',
  moduleNameMapper: { '^@leadlog/([^/]+)$': '<rootDir>/libs/$1', '^@leadlog/(.+)$': '<rootDir>/libs/$1' },
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
  // Three at once keep two cores busy throughout, and what looks on while a log grows then waits too long for its turn.
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/slow-first.js',
  reporters: ['default', '<rootDir>/test/support/matrix-reporter.js'],
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['libs', 'apps', 'bench', 'docker', 'test/support'].map((folder) => `<rootDir>/${folder}/**/*.spec.ts`),
    },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e.ts'], testPathIgnorePatterns: ['\\.production\\.e2e'], setupFiles: ['<rootDir>/test/support/use-files.ts'] },
    {
      ...base,
      displayName: 'e2e-production',
      testMatch: ['<rootDir>/test/**/*.e2e.ts'],
      // Of the files that the embedded adapters have, and of what looks at the folder of the archive, which is the same on servers (jobs of a
      // schedule are tried on both kinds of queue by their spec).
      testPathIgnorePatterns: ['/faults\\.e2e', '/data-folder\\.e2e', '/replays\\.e2e', '/questions\\.e2e', '/backtest\\.e2e', '/scheduled-reports\\.e2e', '/typed-client\\.e2e', '/backup\\.e2e'],
      testEnvironment: '<rootDir>/test/support/servers-environment.ts',
    },
  ],
};
