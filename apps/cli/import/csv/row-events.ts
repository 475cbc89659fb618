import { nearest, type FieldError } from '@leadlog/events';
import type { CloudEvent } from '@leadlog/simulation';
import { localDay } from '@leadlog/time';
import { CommandFailed } from '../../terminal';
import { numberOf } from './cell-numbers';
import { momentOf, type TimeForm } from './cell-times';
import { completed, idOf, type Place } from './event-places';
import type { EventMapping, ImportMapping, Source, Template } from './mapping';

export type MappedEvent = { ok: true; event: CloudEvent } | { ok: false; errors: FieldError[] };

/** Moments (ms) that a mapping may take where the file has none. */
export interface Moments {
  import: number;
  /** Undefined of what is no file. */
  file?: number;
}

/** How many events of one row a count may ask for. */
const MOST_OF_A_ROW = 10_000;

/** Answers what turns a row into events. Throws CommandFailed where the mapping names columns that the file does not have. */
export function rowMapper(
  mapping: ImportMapping,
  header: readonly string[],
  moments: Moments,
): (values: readonly string[], row: number) => MappedEvent[] {
  checkColumns(mapping, header);
  if (moments.file === undefined && mapping.events.some(({ time }) => 'of' in time && time.of === 'file'))
    throw new CommandFailed(
      'the mapping takes the time of the file (time: file), but there is no file: expected its name, or another time in the mapping',
    );
  const index = new Map(header.map((name, at) => [name, at]));
  return (values, row) => {
    const cell = (column: string): string => {
      const text = values[index.get(column)!]!.trim();
      return mapping.empty.has(text) ? '' : text;
    };
    // Rows of nothing but delimiters are what a spreadsheet leaves behind.
    if (values.every((value) => value.trim() === '')) return [];
    return mapping.events
      .filter(({ when }) => when.every(({ column, holds }) => holds(cell(column))))
      .flatMap((event) => new Row(event, mapping, moments, cell, row).events());
  };
}

function checkColumns({ columns, csv, wrongAt }: ImportMapping, header: readonly string[]): void {
  const unknown = columns.filter(({ name }) => !header.includes(name));
  const twice = columns.filter(({ name }) => header.indexOf(name) !== header.lastIndexOf(name));
  const other =
    header.length === 1 ? [';', '\t', ',', '|'].find((one) => one !== (csv.delimiter ?? ',') && header[0]!.includes(one)) : undefined;
  const hint =
    other === undefined
      ? `. Columns: ${header.join(', ')}`
      : `; its columns seem to be separated otherwise: say delimiter: ${JSON.stringify(other)} in the mapping`;
  const problems = [
    ...unknown.map(({ name, node }) => ({
      node,
      message: `the file has no column ${JSON.stringify(name)}; the nearest is ${JSON.stringify(nearest(name, header))}${hint}`,
    })),
    ...twice.map(({ name, node }) => ({
      node,
      message: `the header names the column ${JSON.stringify(name)} twice: expected names that differ (header in the mapping may list them)`,
    })),
  ];
  if (problems.length > 0) throw wrongAt(problems);
}

/** One row under one of the events that the mapping makes of it. */
class Row {
  private readonly errors: FieldError[] = [];
  private number = 1;

  constructor(
    private readonly mapping: EventMapping,
    private readonly file: ImportMapping,
    private readonly moments: Moments,
    private readonly cell: (column: string) => string,
    private readonly row: number,
  ) {}

  events(): MappedEvent[] {
    const { count } = this.mapping;
    if (!count) return [this.event()];
    const times = this.value(count, { name: 'number' });
    if (times === undefined) return this.errors.length > 0 ? [{ ok: false, errors: this.errors }] : [];
    if (!Number.isInteger(times) || (times as number) < 0 || (times as number) > MOST_OF_A_ROW)
      return [
        {
          ok: false,
          errors: [{ pointer: pointerOf(count), expected: `a whole number of events, at most ${MOST_OF_A_ROW}`, got: String(times) }],
        },
      ];
    const events: MappedEvent[] = [];
    for (this.number = 1; this.number <= (times as number); this.number++) {
      events.push(this.event());
      // They differ in nothing but their number.
      if (!events.at(-1)!.ok) break;
    }
    return events;
  }

  private event(): MappedEvent {
    const { mapping, file } = this;
    this.errors.length = 0;
    const data: Record<string, unknown> = {};
    for (const { path, source, place, currency } of mapping.data) {
      const value = this.value(source, place, currency);
      if (value !== undefined) put(data, path, value);
    }
    const id = this.filled(mapping.id) ?? '';
    const time = this.time();
    const subject = mapping.subject && this.filled(mapping.subject);
    const event: CloudEvent = {
      specversion: '1.0',
      id,
      source: file.source,
      type: mapping.type,
      time,
      ...(subject !== undefined && { subject: /[:@]/.test(subject) ? subject : idOf(subject) }),
      ...this.who(),
      data: completed(mapping.type, withoutHoles(data)),
    };
    return this.errors.length > 0 ? { ok: false, errors: [...this.errors] } : { ok: true, event };
  }

  private who(): Record<string, string> {
    const { actor, initiator } = this.mapping;
    const said: Record<string, string> = initiator === undefined ? {} : { initiator };
    const id = actor && this.value(actor.id, { name: 'id' });
    if (!actor || id === undefined) return said;
    const team = actor.team && this.value(actor.team, { name: 'id' });
    return { ...said, actorkind: actor.kind, actorid: String(id), ...(team !== undefined && { actorteam: String(team) }) };
  }

  private time(): string {
    const { time } = this.mapping;
    if ('of' in time) return new Date(this.moments[time.of]!).toISOString();
    return String(this.value(time.source, { name: 'moment' }) ?? '');
  }

  /** Undefined where it is left out, or wrong, which is told then. */
  private value(source: Source, place: Place, currency?: Source): unknown {
    const { from } = source;
    if ('constant' in from) return source.time ? this.read(source, place, String(from.constant)) : asSaid(from.constant, place);
    const before = this.errors.length;
    const text =
      'template' in from
        ? this.filled(from.template, source.optional || source.otherwiseEmpty !== undefined)
        : from.columns.map(this.cell).find((cell) => cell !== '');
    if (text === undefined) {
      if (source.otherwiseEmpty) return asSaid(source.otherwiseEmpty.value, place);
      if (!source.optional && this.errors.length === before) this.wrong(source, 'a value', 'an empty field');
      return undefined;
    }
    if (source.split === undefined) return this.read(source, place, text, currency);
    return text
      .split(source.split)
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => this.read(source, place, one, currency))
      .filter((one) => one !== undefined);
  }

  private read(source: Source, place: Place, text: string, currency?: Source): unknown {
    if (source.map) {
      const mapped = source.map.has(text) ? { value: source.map.get(text) } : source.otherwise;
      if (!mapped)
        this.wrong(
          source,
          `one of ${[...source.map.keys()].join(', ')}, which the mapping knows`,
          `${JSON.stringify(text)} (nearest: ${nearest(text, [...source.map.keys()])})`,
        );
      return asSaid(mapped?.value, place);
    }
    if (source.time) return this.moment(source, source.time, place, text);
    if (source.number) {
      const money = currency && this.peeked(currency);
      const number = numberOf(text, source.number, typeof money === 'string' && /^[A-Z]{3}$/.test(money) ? money : undefined);
      if (typeof number === 'number') return number;
      return this.wrong(source, number, JSON.stringify(text));
    }
    if (place.name === 'flag') {
      const flag = { true: true, false: false }[text.toLowerCase()];
      return flag ?? this.wrong(source, 'true or false (map in the mapping says what other words mean)', JSON.stringify(text));
    }
    return place.name === 'id' ? idOf(text) : text;
  }

  private moment(source: Source, form: TimeForm, place: Place, text: string): string | undefined {
    const { timezone } = this.file;
    const said = form.read(text, timezone);
    if (!said) return this.wrong(source, form.expected, JSON.stringify(text));
    if (place.name === 'day') return 'day' in said ? said.day : localDay(said.ms, timezone);
    return new Date(momentOf(said, timezone)).toISOString();
  }

  /** A value that is told of where it stands itself. */
  private peeked(source: Source): unknown {
    const before = this.errors.length;
    const value = this.value(source, { name: 'text' });
    this.errors.length = before;
    return value;
  }

  /** An id with a hole in it would be shared by many rows: all but the first would pass for duplicates. */
  private filled(template: Template, mayBeEmpty = false): string | undefined {
    let hole = false;
    const text = template.parts
      .map((part) => {
        if ('literal' in part) return part.literal;
        if ('number' in part) return String(part.number === 'row' ? this.row : this.number);
        const cell = this.cell(part.column);
        if (cell === '') {
          hole = true;
          if (!mayBeEmpty) this.errors.push({ pointer: part.column, expected: `a value (for ${template.text})`, got: 'an empty field' });
        }
        return cell;
      })
      .join('');
    return hole ? undefined : text;
  }

  private wrong(source: Source, expected: string, got: string): undefined {
    this.errors.push({ pointer: pointerOf(source), expected, got });
  }
}

const pointerOf = ({ from }: Source): string =>
  'columns' in from ? from.columns.join(' or ') : 'template' in from ? from.template.text : 'the constant of the mapping';

function put(target: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[name!] = value;
  else put((target[name!] ??= /^\d+$/.test(rest[0]!) ? [] : {}) as Record<string, unknown>, rest, value);
}

/** Of a list that is told item by item, those that were left out. */
function withoutHoles(data: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(data)) if (Array.isArray(value)) data[name] = value.filter((one) => one !== undefined);
  return data;
}

/** What the mapping itself says: an id is written as those that come from columns. */
const asSaid = (value: unknown, place: Place): unknown => (place.name === 'id' && typeof value === 'string' ? idOf(value) : value);
