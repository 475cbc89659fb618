import type Database from 'better-sqlite3';
import type { JobCounts, JobRecord, JobRequest, JobState } from '../jobs';
import type { FullPolicy } from '../policy';

/** Maximum number of done jobs that a prune removes, so that it never blocks a take for long. */
const PRUNE = 500;
/** Jobs whose rate-limit key is computed at a time. */
const KEYED = 1_000;

/** A job taken by a worker. `token` increases with every take: only the holder of the current token may report the outcome. */
export interface TakenJob {
  id: string;
  payload: string;
  trace: string | null;
  attempt: number;
  token: number;
}

export interface Taken {
  jobs: TakenJob[];
  /** When the next job may be taken or the next lease expires, ms since 1970. */
  nextAt: number | undefined;
}

export type Outcome =
  | { state: 'done' }
  | { state: 'dead'; error: string }
  | { state: 'retry'; error: string; dueAt: number }
  | { state: 'untried'; dueAt: number };

interface Row {
  seq: number;
  id: string;
  payload: string;
  trace: string | null;
  attempts: number;
  token: number;
  due_at: number;
}

export function createJobTable(db: Database.Database): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS job(
      seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', payload TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, rate_key TEXT, token INTEGER NOT NULL DEFAULT 0, lease_until INTEGER,
      last_error TEXT, finished_at INTEGER, trace TEXT, UNIQUE(queue, id));
    CREATE INDEX IF NOT EXISTS job_state ON job(queue, state, seq);
    CREATE INDEX IF NOT EXISTS job_due ON job(queue, due_at, seq) WHERE state = 'waiting';
    CREATE INDEX IF NOT EXISTS job_keyed ON job(queue, rate_key, due_at, seq) WHERE state = 'waiting';
    CREATE INDEX IF NOT EXISTS job_leased ON job(queue, lease_until) WHERE state = 'active';
    CREATE INDEX IF NOT EXISTS job_done ON job(finished_at) WHERE state = 'done';
    CREATE TABLE IF NOT EXISTS start(queue TEXT NOT NULL, rate_key TEXT NOT NULL, at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS start_at ON start(queue, rate_key, at);
  `);
  addTraceColumn(db);
}

/** Adds the column to an older file; another process may be doing the same. */
function addTraceColumn(db: Database.Database): void {
  const has = () => db.prepare(`SELECT 1 FROM pragma_table_info('job') WHERE name = 'trace'`).get() !== undefined;
  if (has()) return;
  db.transaction(() => {
    if (!has()) db.exec(`ALTER TABLE job ADD COLUMN trace TEXT`);
  }).immediate();
}

/** Operations on jobs, each inside the transaction of the caller. */
export class JobTable {
  private readonly statements = new Map<string, Database.Statement>();

  constructor(private readonly db: Database.Database) {}

  /** The unique index decides who was first, even between processes. */
  add(request: JobRequest, payload: string, now: number): boolean {
    return (
      this.sql(`INSERT INTO job(queue, id, payload, due_at, trace) VALUES (?, ?, ?, ?, ?) ON CONFLICT(queue, id) DO NOTHING`).run(
        request.queue,
        request.id,
        payload,
        now + Math.max(0, Math.round(request.delayMs ?? 0)),
        request.trace ?? null,
      ).changes === 1
    );
  }

  take(queue: string, want: number, policy: FullPolicy, now: number): Taken {
    this.giveUpLapsed(queue, policy, now);
    let retryAt = Infinity;
    let chosen: Row[];
    if (policy.rateLimit) ({ chosen, retryAt } = this.withinLimits(queue, want, policy.rateLimit, now));
    else
      chosen = this.sql(
        `SELECT seq, id, payload, trace, attempts, token, due_at FROM job WHERE queue = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at, seq LIMIT ?`,
      ).all(queue, now, want) as Row[];
    for (const row of chosen) {
      this.sql(`UPDATE job SET state = 'active', attempts = attempts + 1, token = token + 1, lease_until = ? WHERE seq = ?`).run(
        now + policy.leaseMs,
        row.seq,
      );
    }
    const due = this.sql(`SELECT min(due_at) FROM job WHERE queue = ? AND state = 'waiting' AND due_at > ?`).pluck().get(queue, now) as
      number | null;
    const lapse = this.sql(`SELECT min(lease_until) FROM job WHERE queue = ? AND state = 'active'`).pluck().get(queue) as number | null;
    const nextAt = Math.min(due ?? Infinity, lapse ?? Infinity, retryAt);
    return {
      jobs: chosen.map(({ id, payload, trace, attempts, token }) => ({ id, payload, trace, attempt: attempts + 1, token: token + 1 })),
      nextAt: nextAt === Infinity ? undefined : nextAt,
    };
  }

  /** False if the job is no longer held with this token. */
  extend(queue: string, { id, token }: TakenJob, leaseUntil: number): boolean {
    return (
      this.sql(`UPDATE job SET lease_until = ? WHERE queue = ? AND id = ? AND token = ? AND state = 'active'`).run(
        leaseUntil,
        queue,
        id,
        token,
      ).changes === 1
    );
  }

  /** False if the job is no longer held with this token: the outcome is refused. */
  settle(queue: string, { id, token, payload }: TakenJob, outcome: Outcome, now: number): boolean {
    const held = [queue, id, token] as const;
    // An error may repeat a payload that was rewritten during the attempt.
    const lastError = `last_error = CASE WHEN payload = ? THEN ? ELSE 'left out' END`;
    const where = `WHERE queue = ? AND id = ? AND token = ? AND state = 'active'`;
    switch (outcome.state) {
      case 'done':
        return this.sql(`UPDATE job SET state = 'done', finished_at = ? ${where}`).run(now, ...held).changes === 1;
      case 'dead':
        return (
          this.sql(`UPDATE job SET state = 'dead', finished_at = ?, ${lastError} ${where}`).run(now, payload, outcome.error, ...held)
            .changes === 1
        );
      case 'retry':
        return (
          this.sql(`UPDATE job SET state = 'waiting', due_at = ?, ${lastError} ${where}`).run(
            outcome.dueAt,
            payload,
            outcome.error,
            ...held,
          ).changes === 1
        );
      case 'untried':
        return (
          this.sql(`UPDATE job SET state = 'waiting', due_at = ?, attempts = attempts - 1 ${where}`).run(outcome.dueAt, ...held).changes ===
          1
        );
    }
  }

  /** The token stays: an outcome from before the redrive must still be refused. */
  redrive(queue: string, id: string, now: number): boolean {
    return (
      this.sql(
        `UPDATE job SET state = 'waiting', attempts = 0, due_at = ?, finished_at = NULL WHERE queue = ? AND id = ? AND state = 'dead'`,
      ).run(now, queue, id).changes === 1
    );
  }

  get(queue: string, id: string): JobRecord | undefined {
    const row = this.sql(`SELECT * FROM job WHERE queue = ? AND id = ?`).get(queue, id);
    return row === undefined ? undefined : record(row);
  }

  list(queue: string, state: JobState, limit: number): JobRecord[] {
    return this.sql(`SELECT * FROM job WHERE queue = ? AND state = ? ORDER BY seq DESC LIMIT ?`).all(queue, state, limit).map(record);
  }

  counts(queue: string, now: number): JobCounts {
    const delayed = this.sql(`SELECT count(*) FROM job WHERE queue = ? AND state = 'waiting' AND due_at > ?`)
      .pluck()
      .get(queue, now) as number;
    const counts = { waiting: 0, active: 0, done: 0, dead: 0, delayed };
    for (const [state, count] of this.sql(`SELECT state, count(*) FROM job WHERE queue = ? GROUP BY state`).raw().all(queue) as [
      JobState,
      number,
    ][])
      counts[state] = count;
    return counts;
  }

  /** Changes payloads; `change` answers undefined where one stays. Answers how many it changed. */
  rewrite(change: (payload: unknown) => unknown): number {
    const update = this.sql(
      `UPDATE job SET payload = ?, rate_key = NULL, last_error = CASE WHEN last_error IS NULL THEN NULL ELSE 'left out' END WHERE seq = ?`,
    );
    let changed = 0;
    for (let last = 0; ;) {
      const rows = this.sql(`SELECT seq, payload FROM job WHERE seq > ? ORDER BY seq LIMIT ${KEYED}`).all(last) as Row[];
      for (const { seq, payload } of rows) {
        const next = change(JSON.parse(payload));
        if (next === undefined) continue;
        update.run(JSON.stringify(next), seq);
        changed += 1;
      }
      if (rows.length < KEYED) return changed;
      last = rows.at(-1)!.seq;
    }
  }

  /** Jumps from one name to the next instead of reading all jobs. */
  queues(): string[] {
    return this.sql(
      `WITH RECURSIVE named(queue) AS (SELECT min(queue) FROM job UNION ALL SELECT (SELECT min(job.queue) FROM job WHERE job.queue > named.queue) FROM named WHERE named.queue IS NOT NULL)
       SELECT queue FROM named WHERE queue IS NOT NULL`,
    )
      .pluck()
      .all() as string[];
  }

  /** Deletes done jobs that ended before `before`. True if there may be more. Dead ones are kept until somebody handles them. */
  prune(before: number): boolean {
    return (
      this.sql(
        `DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE state = 'done' AND finished_at < ? ORDER BY finished_at LIMIT ${PRUNE})`,
      ).run(before).changes === PRUNE
    );
  }

  /** An attempt that ended in a crash counts; otherwise a job that kills its worker would do so for ever. */
  private giveUpLapsed(queue: string, policy: FullPolicy, now: number): void {
    const lapsed = `queue = ? AND state = 'active' AND lease_until <= ?`;
    const lost = `'the worker was lost during attempt ' || attempts`;
    this.sql(`UPDATE job SET state = 'dead', finished_at = ?, last_error = ${lost} WHERE ${lapsed} AND attempts >= ?`).run(
      now,
      queue,
      now,
      policy.attempts,
    );
    this.sql(`UPDATE job SET state = 'waiting', last_error = ${lost} WHERE ${lapsed}`).run(queue, now);
  }

  /** Per key, so that the cost of skipping keys at their limit grows with the number of keys, not of jobs. */
  private withinLimits(
    queue: string,
    want: number,
    limit: NonNullable<FullPolicy['rateLimit']>,
    now: number,
  ): { chosen: Row[]; retryAt: number } {
    this.workOutKeys(queue, limit.key, now);
    const since = now - limit.perMs;
    this.sql(`DELETE FROM start WHERE queue = ? AND at <= ?`).run(queue, since);
    let retryAt = Infinity;
    const rows: (Row & { key: string })[] = [];
    for (let key = this.keyAfter(queue, null); key !== undefined; key = this.keyAfter(queue, key)) {
      const due = this.sql(
        `SELECT seq, id, payload, trace, attempts, token, due_at, rate_key AS key FROM job
         WHERE queue = ? AND rate_key = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at, seq LIMIT ?`,
      ).all(queue, key, now, Math.min(want, limit.max) + 1) as (Row & { key: string })[];
      const starts = this.sql(`SELECT at FROM start WHERE queue = ? AND rate_key = ? AND at > ? ORDER BY at`)
        .pluck()
        .all(queue, key, since) as number[];
      const free = Math.max(0, limit.max - starts.length);
      rows.push(...due.slice(0, free));
      // The oldest start that must leave the window; with starts to come in this take it is at the latest perMs from now.
      if (due.length > free) retryAt = Math.min(retryAt, (starts[starts.length - limit.max] ?? starts[0] ?? now) + limit.perMs);
    }
    const chosen = rows.sort((a, b) => a.due_at - b.due_at || a.seq - b.seq).slice(0, want);
    for (const row of chosen) this.sql(`INSERT INTO start(queue, rate_key, at) VALUES (?, ?, ?)`).run(queue, row.key, now);
    return { chosen, retryAt };
  }

  /** The key is computed by the policy, which only workers know; it is stored so that it is computed once per job. */
  private workOutKeys(queue: string, keyOf: (payload: unknown) => string, now: number): void {
    for (;;) {
      const rows = this.sql(
        `SELECT seq, payload FROM job WHERE queue = ? AND rate_key IS NULL AND state = 'waiting' AND due_at <= ? LIMIT ${KEYED}`,
      ).all(queue, now) as Row[];
      for (const row of rows) this.sql(`UPDATE job SET rate_key = ? WHERE seq = ?`).run(safeKey(keyOf, row.payload), row.seq);
      if (rows.length < KEYED) return;
    }
  }

  private keyAfter(queue: string, key: string | null): string | undefined {
    const more = key === null ? `rate_key IS NOT NULL` : `rate_key > ?`;
    return this.sql(`SELECT rate_key FROM job WHERE queue = ? AND ${more} AND state = 'waiting' ORDER BY rate_key LIMIT 1`)
      .pluck()
      .get(...(key === null ? [queue] : [queue, key])) as string | undefined;
  }

  private sql(text: string): Database.Statement {
    let statement = this.statements.get(text);
    if (!statement) this.statements.set(text, (statement = this.db.prepare(text)));
    return statement;
  }
}

/** A payload that the key function cannot read gets the common key; its handler will report the error. */
function safeKey(keyOf: (payload: unknown) => string, payload: string): string {
  try {
    return String(keyOf(JSON.parse(payload)));
  } catch {
    return '';
  }
}

function record(row: unknown): JobRecord {
  const { id, queue, state, payload, attempts, due_at, last_error, finished_at } = row as Row & {
    queue: string;
    state: JobState;
    last_error: string | null;
    finished_at: number | null;
  };
  return {
    id,
    queue,
    state,
    payload: JSON.parse(payload),
    attempts,
    dueAt: due_at,
    ...(last_error === null ? {} : { lastError: last_error }),
    ...(finished_at === null ? {} : { finishedAt: finished_at }),
  };
}
