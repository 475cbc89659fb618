import { defineConfig } from 'vite';
import { packFiles } from './build/pack-files.mjs';

/** Nothing in the page itself, so that its policy can forbid scripts and styles there: everything in files named for what they hold. */
export default defineConfig({
  root: import.meta.dirname,
  // A started engine, by `npm start`, while you work on the console with `npm run console`.
  server: { proxy: { '/v1': 'http://127.0.0.1:3000', '/sign-in': 'http://127.0.0.1:3000' } },
  plugins: [packFiles()],
  build: {
    outDir: '../../dist/apps/console',
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_200,
    // What libraries say to servers that render.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
