import { Command } from 'commander';
import { counted } from '@leadlog/events';
import type { Report, ScheduledRuns } from '@leadlog/reports';
import { callApi } from '../api-client';
import { factsText, tableText } from '../tables';
import { WrongUsage, type Common, type Terminal } from '../terminal';
import { followed } from './asker';
import { ApiAsker } from './api-asker';
import { give, sqlOptions, withAsker, type SqlOptions } from './sql-requests';

/** Reports are SQL with a name and parameters; the api has their files. */
export function addReports(program: Command, terminal: Terminal): void {
  const report = program.command('report').description('named questions over all of history');
  const get = async <Answer>(command: Command, path: string, text: (answer: Answer) => string): Promise<void> => {
    const { url, json } = command.optsWithGlobals<Common>();
    const answer = await callApi<Answer>(url, 'GET', path);
    terminal.out(json ? `${JSON.stringify(answer)}\n` : text(answer));
  };
  const pathOf = (name: string) => `/v1/reports/${encodeURIComponent(name)}`;
  report
    .command('list')
    .description('list reports')
    .action((_: unknown, command: Command) => get<ListedReports>(command, '/v1/reports', listText));
  report
    .command('show')
    .description('describe a report: its parameters, columns and SQL')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) =>
      get<ListedReport>(
        command,
        pathOf(name),
        ({ title, description, parameters, sql, schedule, runs }) =>
          `${factsText([
            ['title', title],
            ['description', description],
            ['schedule', schedule],
            ['next', runs?.nextAt],
            ['last', runs?.last?.dueAt],
            ['failed', runs && failureOf(runs)],
          ])}${tableText(
            ['parameter', 'type', 'default', 'what'],
            parameters.map((one) => [
              one.name,
              one.type,
              one.default === undefined ? '(must be given)' : String(one.default ?? '(nothing)'),
              one.description,
            ]),
          )}${sql}`,
      ),
    );
  sqlOptions(report.command('run'))
    .description('run a report; with --keep, the API keeps the answer')
    .argument('<name>')
    .option('--keep', 'keep the answer, with its position')
    .action(async (name: string, { keep, ...options }: SqlOptions & { keep?: true }, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      if (!keep)
        return withAsker(url, options.data, terminal, (asker) =>
          give((asked, watch) => asker.report(name, asked, watch), json ? { ...options, format: 'json' } : options, terminal),
        );
      if (options.data !== undefined) throw new WrongUsage('--keep: it is the api that keeps answers; leave out --keep or --data');
      const { param: parameters, limit, seconds, asOf, progress } = options;
      const kept = await followed(terminal, progress, (watch) => new ApiAsker(url).keep(name, { parameters, limit, seconds, asOf }, watch));
      terminal.out(
        json ? `${JSON.stringify(kept)}\n` : `${kept.id}: ${counted(kept.answer.rowCount, 'row')} as of position ${kept.answer.position}\n`,
      );
    });
  report
    .command('results')
    .description('list the kept answers of a report, newest first')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) =>
      get<{ items: { id: string; madeAt: string; position: string; rowCount: number; asOf?: string; dueAt?: string }[] }>(
        command,
        `${pathOf(name)}/results`,
        ({ items }) =>
          tableText(
            ['result', 'made at', 'position', 'rows', 'as of', 'due at'],
            items.map(({ id, madeAt, position, rowCount, asOf, dueAt }) => [id, madeAt, position, rowCount, asOf, dueAt]),
          ),
      ),
    );
}

type ListedReport = Report & { runs?: ScheduledRuns };
interface ListedReports {
  items: ListedReport[];
  wrong: { name: string; problem: string }[];
}

function listText({ items, wrong }: ListedReports): string {
  const all = tableText(
    ['report', 'title', 'parameters'],
    items.map(({ name, title, parameters }) => [name, title, parameters.map((one) => one.name).join(', ')]),
  );
  const scheduled = items.flatMap(({ name, schedule, runs }) =>
    runs ? [[name, schedule, runs.nextAt, runs.last?.dueAt, failureOf(runs)]] : [],
  );
  const byThemselves = scheduled.length === 0 ? '' : tableText(['made by itself', 'schedule', 'next', 'last', 'failed since'], scheduled);
  return `${all}${byThemselves}${wrong.map(({ problem }) => `${problem}\n`).join('')}`;
}

const failureOf = ({ failed }: ScheduledRuns): string | undefined =>
  failed && `${failed.dueAt}: ${failed.error}${failed.state === 'dead' ? '' : ' (it is tried again)'}`;
