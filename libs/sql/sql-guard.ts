import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LeadlogError } from '@leadlog/errors';
import { counted, nearest } from '@leadlog/events';

/** SQL that reads something other than the views; nothing of it was run. */
export class RefusedSql extends LeadlogError {
  readonly kind = 'invalid';

  constructor(message: string) {
    super(message, { errors: [{ pointer: '/sql', expected: 'one SELECT over the views (GET /v1/sql/views)', got: message }] });
  }
}

/** Functions in FROM that make rows from their arguments; all others read files, settings or the catalogue of the database. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);
/** Functions that expose or change the database or its process. */
const REFUSED_FUNCTION =
  /^(pg_|duckdb_|has_|getenv|getvariable|current_setting|current_query|current_database|current_schemas?|current_catalog|in_search_path|nextval|currval|txid_current|write_log|set_config|version)/;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const SYSTEM_NAME = /^(pg_|duckdb_|sqlite_|information_schema|archive$)/i;

type Node = Record<string, unknown>;

export interface GuardedSql {
  text: string;
  /** Views that it reads: these and no others. */
  views: ReadonlySet<string>;
}

/**
 * The text of the single SELECT in `sql`, after a check of everything that it names: tables must be views or its own WITH names, functions
 * in FROM must be from a short list. The check uses the parsed form, and the text to run is generated from that form, so nothing can hide
 * in the original text. In it, every view has its schema, and every WITH name is replaced by a unique one: however DuckDB resolves the
 * scope of a name, it reads the views listed here or does not know the name. Files, network and settings are locked in the database as
 * well. Throws RefusedSql.
 */
export async function guarded(connection: DuckDBConnection, sql: string, views: readonly string[]): Promise<GuardedSql> {
  const form = exactForm(await parsedForm(connection, sql));
  const { statements } = form.value as { statements: { node: Node }[] };
  if (statements.length !== 1) throw new RefusedSql(`expected one SELECT, got ${counted(statements.length, 'statement')}`);
  const named = new Set<string>();
  new Names(views, named).resolve(statements[0], new Map());
  const text = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [form.text()]);
  return { text: text.getRows()[0]![0] as string, views: named };
}

/** WITH names in scope, in lower case, with their names in the generated text. */
type Scope = ReadonlyMap<string, string>;

/** Resolves every name to its relation: a WITH name in scope, or a view. */
class Names {
  private withs = 0;

  constructor(
    private readonly views: readonly string[],
    /** The views named so far. */
    private readonly named: Set<string>,
  ) {}

  resolve(value: unknown, outer: Scope): void {
    if (Array.isArray(value)) for (const one of value) this.resolve(one, outer);
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return;
    const { cte_map: withs, ...rest } = value as Node & { cte_map?: { map: With[] } };
    let scope = outer;
    // Each sees the previous ones.
    for (const one of withs?.map ?? []) scope = this.declare(one, scope);
    this.look(value as Node, scope);
    this.resolve(Object.values(rest), scope);
  }

  /** The scope of what comes after it. */
  private declare(one: With, before: Scope): Scope {
    if (!NAME.test(one.key) || SYSTEM_NAME.test(one.key))
      throw new RefusedSql(`WITH ${one.key}: expected a name of letters, digits and underscores that is no name of the database's own`);
    this.withs += 1;
    const scope = new Map(before).set(lower(one.key), `${one.key} #${this.withs}`);
    const { node } = one.value.query;
    // Only one that is recursive sees itself.
    this.resolve(one.value, node.type === 'RECURSIVE_CTE_NODE' ? scope : before);
    one.key = scope.get(lower(one.key))!;
    if (node.type === 'RECURSIVE_CTE_NODE') node.cte_name = one.key;
    return scope;
  }

  private look(node: Node, scope: Scope): void {
    if (node.type === 'BASE_TABLE') return this.relation(node as unknown as Relation, scope);
    if (node.type === 'TABLE_FUNCTION') {
      const { function_name: name } = node.function as { function_name: string };
      if (!TABLE_FUNCTIONS.has(name))
        throw new RefusedSql(`${name}(…) is not allowed in FROM; rows come from views, or from ${[...TABLE_FUNCTIONS].join(', ')}`);
    } else if (node.type === 'SHOW_REF' && !node.query)
      throw new RefusedSql('SHOW is not allowed; the views and their columns are listed by leadlog sql --describe and GET /v1/sql/views');
    else if (node.class === 'FUNCTION') {
      const { function_name: name, schema, catalog } = node as Record<string, string>;
      if (REFUSED_FUNCTION.test(name!) || schema === 'archive' || (catalog !== '' && catalog !== undefined))
        throw new RefusedSql(`${name}(…) is not allowed: SQL here sees only the views, not the database itself`);
    }
  }

  private relation(relation: Relation, scope: Scope): void {
    const { schema_name: schema, catalog_name: catalog, table_name: table } = relation;
    const own = (schema === '' || schema === 'recurring') && catalog === '' ? scope.get(lower(table)) : undefined;
    const view = (schema === '' || schema === 'main') && catalog === '' ? this.views.find((name) => name === lower(table)) : undefined;
    if (own === undefined && view === undefined)
      throw new RefusedSql(
        `there is no view ${[catalog, schema, table].filter(Boolean).join('.')}; the nearest is ${nearest(lower(table), this.views)} of ${this.views.join(', ')}`,
      );
    // Columns are still qualified by the original name.
    relation.alias ||= table;
    relation.table_name = own ?? view!;
    if (own !== undefined) return;
    relation.schema_name = 'main';
    this.named.add(view!);
  }
}

interface With {
  key: string;
  value: { query: { node: Node } };
}

interface Relation {
  alias: string;
  catalog_name: string;
  schema_name: string;
  table_name: string;
}

/** As DuckDB compares names. */
const lower = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** A parsed form that can be changed, and that preserves all digits of numbers beyond the precision of a double. */
function exactForm(json: string): { value: unknown; text(): string } {
  const mark = `#${randomUUID()}:`;
  const value: unknown = JSON.parse(
    json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
      token.startsWith('"') || String(Number(token)) === token ? token : `"${mark}${token}"`,
    ),
  );
  return { value, text: () => JSON.stringify(value).replace(new RegExp(`"${mark}([^"]+)"`, 'g'), '$1') };
}

async function parsedForm(connection: DuckDBConnection, sql: string): Promise<string> {
  const found = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [sql]);
  const form = found.getRows()[0]![0] as string;
  const { error, error_message: message, position } = JSON.parse(form) as { error: boolean; error_message?: string; position?: string };
  if (!error) return form;
  if (/Only SELECT/i.test(message ?? '')) throw new RefusedSql('expected a SELECT; SQL here can only read');
  throw new RefusedSql(`${message}${position === undefined ? '' : ` ${placeOf(sql, Number(position))}`}`);
}

function placeOf(sql: string, position: number): string {
  const before = Buffer.from(sql).subarray(0, position).toString().split('\n');
  return `(line ${before.length}, column ${before.at(-1)!.length + 1})`;
}
