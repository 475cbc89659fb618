/**
 * Where the screens of the console begin: each is a page of its own to a browser (`/day`, `/leads/lead-7`), and one file to the api. One that
 * is not here answers 404 when somebody opens or reloads it.
 */
export const CONSOLE_PATHS: readonly string[] = [
  '/day',
  '/inbox',
  '/leads',
  '/accounts',
  '/cards',
  '/board',
  '/kpis',
  '/studio',
  '/process',
  '/reports',
  '/content',
  '/operations',
  '/gallery',
];

/** Files whose name holds a hash of what is in them. */
export const ASSETS = '/assets';
