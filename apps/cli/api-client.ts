import { kindOfStatus, type ErrorFacts, type ErrorPart } from '@leadlog/errors';
import { errorsText } from '@leadlog/events';
import { shownAddress } from '../setup/shown-address';
import { keyFor } from './access-key';
import { CommandFailed, WrongUsage } from './terminal';

/** An answer of the API that is not 2xx; its message is the problem in plain words. */
export class ApiRefused extends CommandFailed {
  constructor(
    readonly status: number,
    message: string,
    facts?: ErrorFacts,
  ) {
    // 500 does not say why, so it is not asked again by itself.
    super(message, kindOfStatus(status) ?? 'conflict', facts);
  }
}

export type Query = Readonly<Record<string, string | undefined>>;

/** A request for a path with a JSON answer. Throws ApiRefused, or CommandFailed when nobody answers. */
export async function callApi<Answer>(
  base: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { query = {}, body }: { query?: Query; body?: unknown } = {},
): Promise<Answer> {
  const url = apiUrl(base, path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await request(url, init);
  return (await response.json()) as Answer;
}

/** Throws as callApi does; answers only what is 2xx. */
export async function request(url: URL, init: RequestInit): Promise<Response> {
  const headers = { ...keyFor(url), ...(init.headers as Record<string, string> | undefined) };
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers });
  } catch (error) {
    throw unreachable(url, error);
  }
  if (response.ok) return response;
  throw refusalOf(response.status, await response.text(), response.headers.get('retry-after'), url);
}

export function unreachable(url: URL, error: unknown): CommandFailed {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new CommandFailed(
    `no answer from ${url.origin} (${why}). Is Leadlog running there? Start it with \`npm start\`, or name another address with --url or LEADLOG_URL`,
    'unavailable',
  );
}

export function apiUrl(base: string, path: string): URL {
  let root: URL;
  try {
    root = new URL(base.endsWith('/') ? base : `${base}/`);
  } catch {
    throw new WrongUsage(`--url: expected an address like http://127.0.0.1:3000, got ${JSON.stringify(shownAddress(base))}`);
  }
  // It would be left out of the address, which is then that of something else.
  if (/\/\.{1,2}(\/|$)/.test(path)) throw new WrongUsage(`expected an id or a name that may be part of an address, got "." or ".."`);
  if (root.protocol !== 'http:' && root.protocol !== 'https:')
    throw new WrongUsage(`--url: expected http:// or https://, got ${JSON.stringify(shownAddress(base))}`);
  // What a request cannot be made of is not to be shown either.
  if (root.username !== '' || root.password !== '')
    throw new WrongUsage(`--url: expected an address without user and password, got ${JSON.stringify(shownAddress(base))}`);
  return new URL(path.replace(/^\//, ''), root);
}

interface ProblemBody {
  title?: string;
  detail?: string;
  errors?: ErrorPart[];
}

function refusalOf(status: number, text: string, retryAfter: string | null, url: URL): ApiRefused {
  let problem: ProblemBody = {};
  try {
    problem = JSON.parse(text) as ProblemBody;
  } catch {
    // Not Leadlog that answers there, then: its first words are the best there is.
    problem = { detail: `${url.href} answered: ${text.slice(0, 200)}` };
  }
  const errors = problem.errors ?? [];
  // The places stand in the detail already, and so may the fields.
  const { detail = '' } = problem;
  const fields = errors.flatMap((error) =>
    'pointer' in error && !detail.includes(error.expected) && error.got !== detail ? [`  ${errorsText([error])}`] : [],
  );
  const lines = [`${status} ${problem.title ?? ''}`.trimEnd(), problem.detail, ...fields];
  const seconds = Number(retryAfter);
  return new ApiRefused(status, lines.filter(Boolean).join('\n'), {
    errors,
    ...(retryAfter !== null && Number.isFinite(seconds) && { retryAfterSeconds: seconds }),
  });
}
