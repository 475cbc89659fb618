export { SQL_FORMATS } from './sql-answers';
export type { AnswerFile, SqlAnswer, SqlColumn, SqlFormat } from './sql-answers';
export { RefusedSql } from './sql-guard';
export { serveSql } from './sql-process';
export { HistoryUnavailable, SqlBusy, SqlProcesses } from './sql-processes';
export { SqlFailed, SqlRunner, SqlStopped } from './sql-runner';
export type { SqlParameter, SqlQuestion } from './sql-runner';
export type { JsonValue } from './sql-values';
