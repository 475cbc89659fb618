import { readFile, rm } from 'node:fs/promises';
import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { LeadlogError } from '@leadlog/errors';
import { GetNames, type Named } from '@leadlog/lead/personal-data/names.handlers';
import type { JsonValue, SqlAnswer } from '@leadlog/sql';
import { AskSql, type Asker, type SqlAsked } from './sql.handlers';

/** Rows of an answer with names, at most. */
export const MOST_NAMED = 1_000;
/** Of an answer before it has names: unlike all others, it is read here. */
const MOST_BYTES = 8 * 2 ** 20;
/** The column that says which lead a row is about: the first of them that there is. */
const LEAD_COLUMNS = ['lead', 'lead_id'];

/**
 * Answered in memory with two more columns that say who the leads are. The history has no names, and no file gets any. Rejects with
 * NotToBeNamed and as AskSql does.
 */
export class AskNamedSql extends Query<SqlAnswer> {
  constructor(
    readonly asked: Omit<SqlAsked, 'format' | 'about'>,
    readonly asker: Asker,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

export class NotToBeNamed extends LeadlogError {
  readonly kind = 'invalid';

  constructor(expected: string, got: string) {
    super(`/names: expected ${expected}, got ${got}`, { exactly: 'unprocessable', errors: [{ pointer: '/names', expected, got }] });
  }
}

@QueryHandler(AskNamedSql)
export class AskNamedSqlHandler implements IQueryHandler<AskNamedSql> {
  constructor(private readonly queries: QueryBus) {}

  async execute({ asked, asker, signal }: AskNamedSql): Promise<SqlAnswer> {
    const { file, bytes } = await this.queries.execute(new AskSql({ ...asked, limit: asked.limit ?? MOST_NAMED }, asker, signal));
    let answer: SqlAnswer;
    try {
      if (bytes > MOST_BYTES) throw new NotToBeNamed(`an answer of at most ${MOST_BYTES} bytes`, `${bytes}`);
      answer = JSON.parse(await readFile(file, 'utf8')) as SqlAnswer;
    } finally {
      await rm(file, { force: true });
    }
    const leadIds = leadsOf(answer);
    const found = await this.queries.execute(new GetNames(leadIds));
    return withNames(answer, new Map(leadIds.map((leadId, place) => [leadId, found[place]!])));
  }
}

/** Each once. Throws NotToBeNamed. */
function leadsOf(answer: SqlAnswer): string[] {
  const place = placeOfLead(answer);
  return [...new Set(answer.rows.map((row) => row[place]).filter((value) => typeof value === 'string'))];
}

/** Throws NotToBeNamed. */
export function withNames(answer: SqlAnswer, names: ReadonlyMap<JsonValue, Named>): SqlAnswer {
  const place = placeOfLead(answer);
  const columns = ['lead_name', 'lead_email'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = answer.rows.map((row) => {
    const { name = null, email = null } = names.get(row[place]!) ?? {};
    return [...row, name, email];
  });
  return { ...answer, columns: [...answer.columns, ...columns], rows };
}

function placeOfLead({ columns }: SqlAnswer): number {
  const names = columns.map(({ name }) => name);
  const column = LEAD_COLUMNS.find((one) => names.includes(one));
  if (column === undefined) throw new NotToBeNamed(`a column ${LEAD_COLUMNS.join(' or ')}, by which leads are named`, names.join(', '));
  return names.indexOf(column);
}
