// Two projects: `unit` (pure and single-process, fast) and `e2e` (started engines, kill -9, real data; runs against dist).
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
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/libs/**/*.spec.ts', '<rootDir>/apps/**/*.spec.ts', '<rootDir>/bench/**/*.spec.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e.ts'] },
  ],
};
