import Ajv2020 from 'ajv/dist/2020';
import type { ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema?: object }> }> }>>;
}

/** Holds what an engine answers against the OpenAPI document that it gives: every member must be described there, and be as described. */
export class DescribedAnswers {
  private readonly ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
  private readonly known = new Map<string, ValidateFunction | undefined>();
  private readonly routes: { pattern: RegExp; path: string }[];

  constructor(private readonly document: Document) {
    this.ajv.addSchema(closed(document) as object, 'api');
    const parts = (path: string) => path.split('{').length;
    this.routes = Object.keys(document.paths)
      .sort((a, b) => parts(a) - parts(b))
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** Throws where the answer is not as the document says. `path`: without the query. Paths that no document names (`/docs`) pass. */
  check(method: string, path: string, { status, type, body }: { status: number; type: string; body: string }): void {
    const route = this.routes.find(({ pattern }) => pattern.test(path))?.path;
    const operation = route === undefined ? undefined : this.document.paths[route]![method.toLowerCase()];
    if (route === undefined || operation === undefined) return;
    const media = type.split(';', 1)[0]!.trim();
    if (!media.endsWith('json')) return;
    const described = String(status) in operation.responses ? String(status) : 'default';
    const place = `#/paths/${escaped(route)}/${method.toLowerCase()}/responses/${described}/content/${escaped(media)}/schema`;
    if (!this.known.has(place))
      this.known.set(place, operation.responses[described]?.content?.[media] && this.ajv.compile({ $ref: `api${place}` }));
    const valid = this.known.get(place);
    if (!valid) throw new Error(`${method} ${path} answered ${status} ${media}, which the document of the API does not describe`);
    if (!valid(JSON.parse(body)))
      throw new Error(
        `${method} ${path} answered ${status} not as the document of the API describes it: ${this.ajv.errorsText(valid.errors, { separator: '; ' }).slice(0, 1_000)}\n${body.slice(0, 500)}`,
      );
  }
}

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')).replaceAll('%7E', '~');

/** Whoever reads the document may be given more one day; a test may not. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === 'examples' || name === 'example' ? one : closed(one)]),
  ) as Json;
  return members['type'] === 'object' && typeof members['properties'] === 'object' && members['additionalProperties'] === undefined
    ? { ...members, additionalProperties: false }
    : members;
}

const engines = new Map<string, Promise<DescribedAnswers | undefined>>();

/** Of a started engine; a worker has no document. */
export async function checkAnswer(method: string, url: string, response: Response, body: string): Promise<void> {
  const { origin, pathname } = new URL(url);
  let described = engines.get(origin);
  if (!described)
    engines.set(
      origin,
      (described = fetch(`${origin}/openapi.json`).then(async (document) =>
        document.ok ? new DescribedAnswers((await document.json()) as Document) : undefined,
      )),
    );
  (await described)?.check(method, pathname, { status: response.status, type: response.headers.get('content-type') ?? '', body });
}
