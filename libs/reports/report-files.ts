import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { LeadlogError, type ErrorPart } from '@leadlog/errors';
import { nearest, shown } from '@leadlog/events';
import type { SqlParameter } from '@leadlog/sql';
import { isCalendarDate } from '@leadlog/time';
import { checkSchedule } from './due-times';

export const PARAMETER_TYPES = ['date', 'text', 'number', 'integer'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface ReportParameter {
  name: string;
  type: ParameterType;
  /** null: nothing, which the SQL must do with. Left out: it must be given. */
  default?: SqlParameter;
  description: string;
}

/** How the console may draw the result: names of columns. */
export interface ReportChart {
  type: string;
  x?: string;
  y?: string | string[];
  series?: string;
}

export interface Report {
  /** That of its file. */
  name: string;
  title: string;
  description: string;
  parameters: ReportParameter[];
  chart?: ReportChart;
  /** When it runs by itself and keeps its result: a cron expression, in the time zone of the tenant. */
  schedule?: string;
  sql: string;
}

/** A wrong request for a report, or a wrong report file; the message says what was expected. */
export class WrongReport extends LeadlogError {
  readonly kind = 'invalid';

  constructor(
    message: string,
    errors: readonly ErrorPart[] = [{ pointer: '/name', expected: 'a report whose file is one', got: message }],
  ) {
    super(message, { errors });
  }
}

/** The parameters of a request. */
export class WrongParameter extends WrongReport {
  constructor(parameter: string, expected: string, got: string) {
    super(`${parameter}: expected ${expected}, got ${got}`, [{ pointer: `/parameters/${parameter}`, expected, got }]);
  }
}

export class UnknownReport extends LeadlogError {
  readonly kind = 'unknown';

  constructor(report: string, known: readonly string[]) {
    const expected = `a report: ${known.length === 0 ? 'there are none' : `one of ${known.join(', ')}; the nearest is ${nearest(report, known)}`}`;
    super(`expected ${expected}, got ${shown(report)}`, { errors: [{ pointer: '/name', expected, got: shown(report) }] });
  }
}

/**
 * Reports are files `<name>.sql` in folders; if two have the same name, the one in the later folder wins. Read again each time, so an edit
 * needs no restart.
 */
export class ReportFiles {
  constructor(private readonly folders: readonly string[]) {}

  /** By name; an invalid file does not hide others. */
  all(): { reports: Report[]; wrong: { name: string; problem: string }[] } {
    const reports: Report[] = [];
    const wrong: { name: string; problem: string }[] = [];
    for (const name of this.names()) {
      try {
        reports.push(this.get(name));
      } catch (error) {
        if (!(error instanceof WrongReport)) throw error;
        wrong.push({ name, problem: error.message });
      }
    }
    return { reports, wrong };
  }

  names(): string[] {
    return [...this.files().keys()].sort();
  }

  /** Throws UnknownReport, WrongReport. */
  get(name: string): Report {
    const files = this.files();
    const path = files.get(name);
    if (path === undefined) throw new UnknownReport(name, [...files.keys()].sort());
    return read(path);
  }

  private files(): Map<string, string> {
    const found = this.folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) =>
        readdirSync(folder)
          .filter((file) => file.endsWith('.sql'))
          .map((file) => join(folder, file)),
      );
    return new Map(found.map((path) => [basename(path, '.sql'), path]));
  }
}

/** Parameters for the SQL: the given values, else the defaults. Throws WrongReport. */
export function parametersOf({ name, parameters }: Report, given: Readonly<Record<string, SqlParameter>>): Record<string, SqlParameter> {
  const unknown = Object.keys(given).find((one) => !parameters.some((parameter) => parameter.name === one));
  if (unknown !== undefined)
    throw new WrongParameter(
      unknown,
      `a parameter of report ${name}${parameters.length === 0 ? ', which has none' : `: one of ${parameters.map((one) => one.name).join(', ')}`}`,
      shown(unknown),
    );
  return Object.fromEntries(
    parameters.map((parameter) => {
      const value = given[parameter.name] ?? parameter.default;
      if (value === undefined) throw new WrongParameter(parameter.name, `a value (${parameter.description})`, 'nothing');
      return [parameter.name, value === null ? null : valueOf(parameter, value)];
    }),
  );
}

const FORMS: Readonly<Record<ParameterType, (text: string) => boolean>> = {
  date: isCalendarDate,
  text: () => true,
  number: (text) => /^-?\d+(\.\d+)?$/.test(text),
  integer: (text) => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)),
};

function valueOf({ name, type }: ReportParameter, value: string | number | boolean): SqlParameter {
  const text = String(value);
  if (!FORMS[type](text))
    throw new WrongParameter(
      name,
      { date: 'a day as YYYY-MM-DD', text: 'a text', number: 'a number', integer: 'a whole number' }[type],
      shown(value),
    );
  return type === 'number' || type === 'integer' ? Number(text) : text;
}

function read(path: string): Report {
  const name = basename(path, '.sql');
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new WrongReport(`report ${name} (${path}): expected a file in UTF-8, got other bytes; convert it`);
  return reportOf(name, bytes.toString('utf8'), path);
}

/** Front matter in YAML between two lines `---`, then one SELECT. Throws WrongReport. */
export function reportOf(name: string, text: string, file = `${name}.sql`): Report {
  const wrong = (what: string): never => {
    throw new WrongReport(`report ${name} (${file}): ${what}`);
  };
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text) ?? wrong('expected YAML between two lines ---, then a SELECT');
  const document = parseDocument(parts[1]!);
  if (document.errors.length > 0) wrong(document.errors[0]!.message);
  const front = (document.toJS() ?? {}) as Partial<Report>;
  for (const field of Object.keys(front))
    if (!['title', 'description', 'parameters', 'chart', 'schedule'].includes(field))
      wrong(`${field}: expected title, description, parameters, chart or schedule`);
  if (typeof front.title !== 'string') wrong(`title: expected a text, got ${JSON.stringify(front.title)}`);
  const parameters = front.parameters ?? [];
  if (!Array.isArray(parameters)) wrong(`parameters: expected a list, got ${JSON.stringify(parameters)}`);
  for (const parameter of parameters) {
    if (typeof parameter?.name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(parameter.name))
      wrong(`parameters: expected a name of lower-case letters, digits and underscores, got ${JSON.stringify(parameter?.name)}`);
    if (!PARAMETER_TYPES.includes(parameter.type))
      wrong(`parameter ${parameter.name}: expected a type of ${PARAMETER_TYPES.join(', ')}, got ${JSON.stringify(parameter.type)}`);
  }
  if (front.schedule !== undefined) {
    try {
      checkSchedule(front.schedule);
    } catch (error) {
      wrong(`schedule: ${(error as Error).message}`);
    }
    const needed = parameters.find((parameter) => parameter.default === undefined);
    if (needed)
      wrong(`schedule: expected a default for every parameter, because a scheduled run has no one to ask, got none for ${needed.name}`);
  }
  return {
    name,
    title: front.title!,
    description: front.description ?? '',
    parameters: parameters.map((one) => ({ ...one, description: one.description ?? '' })),
    ...(front.chart && { chart: front.chart }),
    ...(front.schedule !== undefined && { schedule: front.schedule }),
    sql: parts[2]!,
  };
}
