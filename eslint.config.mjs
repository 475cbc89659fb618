import tseslint from 'typescript-eslint';

export default tseslint.config(
  // Of TypeScript there is nothing at the top but reports of whoever tries `leadlog report new` there.
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '*.js', '*.mjs', '*.cjs', '*.ts', 'bin/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise that nobody awaits is work that a crash loses silently.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['libs/lead/nearest.ts'],
    // What was sent may be a megabyte.
    rules: { 'no-restricted-imports': ['error', { name: 'fastest-levenshtein', message: 'nearest of @leadlog/lead bounds what is looked at' }] },
  },
);
