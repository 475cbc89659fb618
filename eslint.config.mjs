import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const COUNTED =
  /^ (\w+ )?(rows|columns|lines|entries|events|leads|deals|calls|handoffs|decisions|duplicates|conflicts|notices|cases|cut-offs|segments|positions|keys|fields|jobs|projections|statements|problems|errors|times(?! as)|days)\b/;

/** `1 rows`: what is counted may be one. */
const countedNouns = {
  create: (context) => ({
    TemplateLiteral({ quasis, expressions }) {
      for (const [place, count] of expressions.entries()) {
        const text = quasis[place + 1];
        const isConstant = count.type === 'Identifier' && /^[A-Z_]+$/.test(count.name);
        const [, , noun] = COUNTED.exec(text.value.raw) ?? [];
        if (noun && !isConstant)
          context.report({ node: text, message: `a number and its noun: counted(…, '${noun.replace(/s$/, '')}') of @leadlog/events` });
      }
    },
  }),
};

/** Under `no-restricted-syntax`: with a kind, what is done about an error is decided once (docs/errors.md). */
const errorsWithKind = {
  selector: "ClassDeclaration[superClass.name='Error']",
  message: 'extends LeadlogError of @leadlog/errors, which has a kind',
};

export default tseslint.config(
  // Of TypeScript there is nothing at the top but reports of whoever tries `leadlog report new` there.
  { ignores: ['dist/**', '**/*.gen.d.ts', 'node_modules/**', 'coverage/**', '*.js', '*.mjs', '*.cjs', '*.ts', 'bin/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
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
    files: ['apps/console/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    // Errors of a page in a browser have no kinds.
    ignores: ['libs/errors/**', '**/*.spec.ts', '**/*.testing.ts', 'apps/console/**'],
    rules: { 'no-restricted-syntax': ['error', errorsWithKind] },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['libs/events/validation/nearest-name.ts'],
    // What was sent may be a megabyte.
    rules: {
      'no-restricted-imports': ['error', { name: 'fastest-levenshtein', message: 'nearest of @leadlog/events bounds what is looked at' }],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    // Ports import nothing of ours.
    ignores: ['**/*.spec.ts', '**/*.testing.ts', 'apps/console/**', 'libs/event-log/**', 'libs/jobs/**', 'libs/projections/**'],
    plugins: { leadlog: { rules: { 'counted-nouns': countedNouns } } },
    rules: { 'leadlog/counted-nouns': 'error' },
  },
);
