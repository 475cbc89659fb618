import type { DuckDBConnection } from '@duckdb/node-api';
import { closest } from 'fastest-levenshtein';

/** SQL that asks for something else than the views; nothing of it was run. */
export class RefusedSql extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedSql';
  }
}

/** Functions in FROM that make rows of their arguments; all others read files, settings or the catalogue of the database. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);
/** Functions that tell of the database or its process, or change either. */
const REFUSED_FUNCTION = /^(pg_|duckdb_|has_|getenv|getvariable|current_setting|current_query|current_database|current_schemas?|current_catalog|in_search_path|nextval|currval|txid_current|write_log|set_config|version)/;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const SYSTEM_NAME = /^(pg_|duckdb_|sqlite_|information_schema|archive$)/i;

type Node = Record<string, unknown>;

export interface GuardedSql {
  text: string;
  /** Views that it names. */
  views: ReadonlySet<string>;
}

/**
 * The text of the one SELECT that `sql` is, after everything that it names has been looked at: tables are the views and its own
 * WITH names, functions in FROM come from a short list. It is decided on the parsed form, and what is run is written from that form, so
 * that there is nothing between the lines. Files, network and settings are locked in the database as well.
 * Throws RefusedSql.
 */
export async function guarded(connection: DuckDBConnection, sql: string, views: readonly string[]): Promise<GuardedSql> {
  const form = await parsedForm(connection, sql);
  const statements = (JSON.parse(form) as { statements: { node: Node }[] }).statements;
  if (statements.length !== 1) throw new RefusedSql(`expected one SELECT, got ${statements.length} statements`);
  const ctes = new Set<string>();
  walk(statements[0], (node) => {
    const named = (node.cte_map as { map: { key: string }[] } | undefined)?.map ?? [];
    for (const { key } of named) {
      if (!NAME.test(key) || SYSTEM_NAME.test(key)) throw new RefusedSql(`WITH ${key}: expected a name of letters, digits and underscores that is no name of the database's own`);
      ctes.add(key.toLowerCase());
    }
  });
  const named = new Set<string>();
  walk(statements[0], (node) => look(node, ctes, views, named));
  const text = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [form]);
  return { text: text.getRows()[0]![0] as string, views: named };
}

async function parsedForm(connection: DuckDBConnection, sql: string): Promise<string> {
  const found = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [sql]);
  const form = found.getRows()[0]![0] as string;
  const { error, error_message: message, position } = JSON.parse(form) as { error: boolean; error_message?: string; position?: string };
  if (!error) return form;
  if (/Only SELECT/i.test(message ?? '')) throw new RefusedSql('expected a SELECT; SQL here reads and does nothing else');
  throw new RefusedSql(`${message}${position === undefined ? '' : ` ${placeOf(sql, Number(position))}`}`);
}

function look(node: Node, ctes: ReadonlySet<string>, views: readonly string[], named: Set<string>): void {
  if (node.type === 'BASE_TABLE') {
    const { schema_name: schema, catalog_name: catalog, table_name: table } = node as Record<string, string>;
    const name = table!.toLowerCase();
    const own = schema === '' && catalog === '' && ctes.has(name);
    const view = (schema === '' || schema === 'main') && catalog === '' && views.includes(name);
    if (!own && !view) throw new RefusedSql(`there is no view ${[catalog, schema, table].filter(Boolean).join('.')}; the nearest is ${closest(name, views)} of ${views.join(', ')}`);
    if (view) named.add(name);
  } else if (node.type === 'TABLE_FUNCTION') {
    const { function_name: name } = node.function as { function_name: string };
    if (!TABLE_FUNCTIONS.has(name)) throw new RefusedSql(`${name}(…) is not allowed in FROM; rows come from views, or from ${[...TABLE_FUNCTIONS].join(', ')}`);
  } else if (node.type === 'SHOW_REF' && !node.query) throw new RefusedSql('SHOW is not allowed; the views and their columns are listed by leadlog sql --describe and GET /v1/sql/views');
  else if (node.class === 'FUNCTION') {
    const { function_name: name, schema, catalog } = node as Record<string, string>;
    if (REFUSED_FUNCTION.test(name!) || schema === 'archive' || (catalog !== '' && catalog !== undefined)) throw new RefusedSql(`${name}(…) is not allowed: SQL here sees the views and nothing of the database itself`);
  }
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, visit);
  else if (typeof value === 'object' && value !== null) {
    visit(value as Node);
    for (const one of Object.values(value)) walk(one, visit);
  }
}

function placeOf(sql: string, position: number): string {
  const before = Buffer.from(sql).subarray(0, position).toString().split('\n');
  return `(line ${before.length}, column ${before.at(-1)!.length + 1})`;
}
