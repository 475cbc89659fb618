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

/** Whoever asks, and looks at questions: their own, or with `seesAll` those of everybody. */
export interface Asker {
  /** Of the key or the person. */
  id: string;
  seesAll: boolean;
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
    readonly asker: Asker,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** The oldest first, including those of reports. */
export class ListQuestions extends Query<QuestionUnderWay[]> {
  constructor(readonly asker: Asker) {
    super();
  }
}

/** Rejects with UnknownQuestion, also for one of somebody else. */
export class GetQuestion extends Query<QuestionUnderWay> {
  constructor(
    readonly id: string,
    readonly asker: Asker,
  ) {
    super();
  }
}

/** Whoever asked it is refused with SqlStopped. Rejects with UnknownQuestion, also for one of somebody else. */
export class CancelQuestion extends Command<void> {
  constructor(
    readonly id: string,
    readonly asker: Asker,
  ) {
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

interface UnderWay {
  question: QuestionUnderWay;
  askedBy: string;
  cancel: AbortController;
}

/** Those that this api is answering. Ids are of whoever asks: nobody learns from them what others ask. */
@Injectable()
export class QuestionsUnderWay {
  private readonly underWay = new Set<UnderWay>();

  start(one: UnderWay): void {
    const { askedBy, question } = one;
    if (this.ofAsker({ id: askedBy, seesAll: false }).some(({ question: { id } }) => id === question.id))
      throw new QuestionIdTaken(question.id);
    this.underWay.add(one);
  }

  end(one: UnderWay): void {
    this.underWay.delete(one);
  }

  ofAsker({ id, seesAll }: Asker): UnderWay[] {
    return [...this.underWay].filter(({ askedBy }) => seesAll || askedBy === id);
  }

  get(id: string, asker: Asker): UnderWay {
    const found = this.ofAsker(asker).filter(({ question }) => question.id === id);
    const [one = undefined] = [...found.filter(({ askedBy }) => askedBy === asker.id), ...found];
    if (!one) throw new UnknownQuestion(id);
    return one;
  }
}

@QueryHandler(AskSql)
export class AskSqlHandler implements IQueryHandler<AskSql> {
  constructor(
    @Inject(SqlProcesses) private readonly processes: SqlProcesses,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly underWay: QuestionsUnderWay,
  ) {}

  async execute({ asked, asker, signal }: AskSql) {
    const { sql, parameters, format = 'json', limit, seconds = 30, asOf, questionId: id = randomUUID(), about } = asked;
    const cancel = new AbortController();
    const mine: QuestionUnderWay = { id, askedAt: new Date(this.clock()).toISOString(), sql, state: 'waiting', progress: 0 };
    const underWay = { question: mine, askedBy: asker.id, cancel };
    this.underWay.start(underWay);
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
      this.underWay.end(underWay);
    }
  }
}

@QueryHandler(ListQuestions)
export class ListQuestionsHandler implements IQueryHandler<ListQuestions> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  execute({ asker }: ListQuestions) {
    return Promise.resolve(this.underWay.ofAsker(asker).map(({ question }) => question));
  }
}

@QueryHandler(GetQuestion)
export class GetQuestionHandler implements IQueryHandler<GetQuestion> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  async execute({ id, asker }: GetQuestion) {
    return this.underWay.get(id, asker).question;
  }
}

@CommandHandler(CancelQuestion)
export class CancelQuestionHandler implements ICommandHandler<CancelQuestion> {
  constructor(private readonly underWay: QuestionsUnderWay) {}

  async execute({ id, asker }: CancelQuestion) {
    this.underWay.get(id, asker).cancel.abort();
  }
}

@QueryHandler(ListViews)
export class ListViewsHandler implements IQueryHandler<ListViews> {
  constructor(@Inject(KeptReplays) private readonly replays: KeptReplays) {}

  async execute() {
    return [...VIEWS, ...this.replays.askable().map(viewOf)]
      .filter(({ internal }) => !internal)
      .map(({ name, description, columns }) => ({ name, description, columns }));
  }
}

/** To be registered where SQL can be asked, with QuestionsUnderWay. */
export const sqlHandlers = [AskSqlHandler, ListQuestionsHandler, GetQuestionHandler, CancelQuestionHandler, ListViewsHandler];
