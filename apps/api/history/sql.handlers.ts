import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { VIEWS, type View } from '@leadlog/archive';
import { LeadlogError } from '@leadlog/errors';
import { shown } from '@leadlog/events';
import { KeptReplays, viewOf } from '@leadlog/replays';
import { SqlProcesses, type AnswerFile, type SqlFormat, type SqlParameter, type SqlQuestion } from '@leadlog/sql';
import { CLOCK, type Clock } from '@leadlog/time';

export interface SqlAsked {
  sql: string;
  parameters?: Readonly<Record<string, SqlParameter>>;
  /** Default: json. */
  format?: SqlFormat;
  /** Rows at most. Default: 10,000; in a file 1,000,000. */
  limit?: number;
  /** Default: 30. */
  seconds?: number;
  /** RFC 3339: what was recorded by then. Default: now. */
  asOf?: string;
  /** The asker's own name of the question. */
  questionId?: string;
  /** Members that a JSON answer begins with. */
  about?: SqlQuestion['about'];
}

/** A question that this api has not answered yet. */
export interface QuestionUnderWay {
  id: string;
  askedAt: string;
  sql: string;
  state: 'waiting' | 'running';
  /** 0 to 1, as far as it can be told. */
  progress: number;
}

/**
 * Answered with a file that belongs to whoever asked. Rejects with QuestionIdTaken and as SqlProcesses do; with SqlStopped if it is cancelled
 * or `signal` is aborted, because nobody waits for it any more.
 */
export class AskSql extends Query<AnswerFile> {
  constructor(
    readonly asked: SqlAsked,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** The oldest first, including those of reports. */
export class ListQuestions extends Query<QuestionUnderWay[]> {}

/** Rejects with UnknownQuestion. */
export class GetQuestion extends Query<QuestionUnderWay> {
  constructor(readonly id: string) {
    super();
  }
}

/** Whoever asked it is refused with SqlStopped. Rejects with UnknownQuestion. */
export class CancelQuestion extends Command<void> {
  constructor(readonly id: string) {
    super();
  }
}

/** The views that a question may name, including those of kept replays. */
export class ListViews extends Query<Pick<View, 'name' | 'description' | 'columns'>[]> {}

export class QuestionIdTaken extends LeadlogError {
  readonly kind = 'conflict';

  constructor(id: string) {
    const expected = 'an id of its own for each question';
    const got = `${JSON.stringify(id)}, which is under way`;
    super(`/questionId: expected ${expected}, got ${got}`, { errors: [{ pointer: '/questionId', expected, got }] });
  }
}

export class UnknownQuestion extends LeadlogError {
  readonly kind = 'unknown';

  constructor(id: string) {
    const expected = 'a question that is under way here; it may have been answered, or was asked of another api';
    const got = shown(id);
    super(`/id: expected ${expected}, got ${got}`, { errors: [{ pointer: '/id', expected, got }] });
  }
}

/** Those that this api is answering, by id. */
@Injectable()
export class QuestionsUnderWay {
  private readonly byId = new Map<string, { question: QuestionUnderWay; cancel: AbortController }>();

  start(question: QuestionUnderWay, cancel: AbortController): void {
    if (this.byId.has(question.id)) throw new QuestionIdTaken(question.id);
    this.byId.set(question.id, { question, cancel });
  }

  end(id: string): void {
    this.byId.delete(id);
  }

  all(): QuestionUnderWay[] {
    return [...this.byId.values()].map(({ question }) => question);
  }

  get(id: string) {
    const found = this.byId.get(id);
    if (!found) throw new UnknownQuestion(id);
    return found;
  }
}

@QueryHandler(AskSql)
export class AskSqlHandler implements IQueryHandler<AskSql> {
  constructor(
    @Inject(SqlProcesses) private readonly processes: SqlProcesses,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly underWay: QuestionsUnderWay,
  ) {}

  async execute({ asked, signal }: AskSql) {
    const { sql, parameters, format = 'json', limit, seconds = 30, asOf, questionId: id = randomUUID(), about } = asked;
    const cancel = new AbortController();
    const mine: QuestionUnderWay = { id, askedAt: new Date(this.clock()).toISOString(), sql, state: 'waiting', progress: 0 };
    this.underWay.start(mine, cancel);
    const question = {
      sql,
      parameters,
      format,
      about,
      limit: limit ?? (format === 'json' ? 10_000 : 1_000_000),
      timeoutMs: seconds * 1_000,
      ...(asOf !== undefined && { asOf: Date.parse(asOf) }),
    };
    try {
      return await this.processes.ask(question, {
        signal: AbortSignal.any([signal, cancel.signal]),
        onProgress: (progress) => void Object.assign(mine, { state: 'running', progress }),
      });
    } finally {
      this.underWay.end(id);
    }
  }
}

@QueryHandler(ListQuestions)
export class ListQuestionsHandler implements IQueryHandler<ListQuestions> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  execute() {
    return Promise.resolve(this.underWay.all());
  }
}

@QueryHandler(GetQuestion)
export class GetQuestionHandler implements IQueryHandler<GetQuestion> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  async execute({ id }: GetQuestion) {
    return this.underWay.get(id).question;
  }
}

@CommandHandler(CancelQuestion)
export class CancelQuestionHandler implements ICommandHandler<CancelQuestion> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  async execute({ id }: CancelQuestion) {
    this.underWay.get(id).cancel.abort();
  }
}

@QueryHandler(ListViews)
export class ListViewsHandler implements IQueryHandler<ListViews> {
  constructor(@Inject(KeptReplays) private readonly replays: KeptReplays) {}

  async execute() {
    return [...VIEWS, ...this.replays.all().map(viewOf)]
      .filter(({ internal }) => !internal)
      .map(({ name, description, columns }) => ({ name, description, columns }));
  }
}

/** To be registered where SQL can be asked, with QuestionsUnderWay. */
export const sqlHandlers = [AskSqlHandler, ListQuestionsHandler, GetQuestionHandler, CancelQuestionHandler, ListViewsHandler];
