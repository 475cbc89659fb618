import { Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { catalogue, eventTypes, nearest, nearestEventType, type EventType } from '@leadlog/events';
import { shown, unknownName, YamlDocument } from '@leadlog/documents';
import { isTimezone } from '@leadlog/time';
import { CommandFailed } from '../../terminal';
import { numberOf, type NumberForm } from './cell-numbers';
import { TIME_FORMATS, timeForm, type TimeForm } from './cell-times';
import type { CsvForm } from './csv-rows';
import { decoderOf } from './encodings';
import { missingIn, placeIn, type Place } from './event-places';

/** Text with columns in braces. `{#}` is which of the events of a row, `{#row}` the number of the row. */
export interface Template {
  text: string;
  parts: readonly ({ literal: string } | { column: string } | { number: 'event' | 'row' })[];
}

/** Where a value comes from: the first of some columns that holds one, a template, or the same for all rows. */
export interface Source {
  from: { columns: readonly string[] } | { template: Template } | { constant: unknown };
  /** In place of an empty cell. */
  otherwiseEmpty?: { value: unknown };
  /** Left out when empty; otherwise an empty cell refuses the event. */
  optional: boolean;
  map?: ReadonlyMap<string, unknown>;
  /** For what the map does not name. */
  otherwise?: { value: unknown };
  /** Between the items of a list. */
  split?: string;
  number?: NumberForm;
  time?: TimeForm;
}

export interface DataField {
  path: readonly string[];
  place: Place;
  source: Source;
  /** Of the same object; says which signs of money may stand in the cell. */
  currency?: Source;
}

export interface Condition {
  column: string;
  holds: (cell: string) => boolean;
}

export interface EventMapping {
  type: EventType;
  id: Template;
  time: { of: 'import' | 'file' } | { source: Source };
  subject?: Template;
  when: readonly Condition[];
  count?: Source;
  initiator?: string;
  actor?: { kind: string; id: Source; team?: Source };
  data: readonly DataField[];
}

export interface ImportMapping {
  timezone: string;
  source: string;
  csv: CsvForm;
  /** Cells that stand for an empty one. */
  empty: ReadonlySet<string>;
  events: readonly EventMapping[];
  /** Every column that it names, where. */
  columns: readonly { name: string; node: Node }[];
  wrongAt(problems: readonly { node: Node; message: string }[]): CommandFailed;
}

const KEYS = {
  mapping: ['timezone', 'source', 'encoding', 'delimiter', 'quote', 'skipLines', 'header', 'decimal', 'group', 'empty', 'events'],
  event: ['type', 'id', 'time', 'subject', 'when', 'count', 'initiator', 'actor', 'data'],
  source: ['column', 'template', 'constant', 'optional', 'default', 'map', 'otherwise', 'split', 'number', 'decimal', 'group', 'format'],
  condition: ['is', 'not', 'empty', 'min', 'max'],
  actor: ['kind', 'id', 'team'],
};

/** Throws CommandFailed that names everything that is wrong with it, by line and column, with the nearest name. */
export function readMapping(text: string, file = 'mapping'): ImportMapping {
  return new MappingReader(new YamlDocument(file, text, 'mapping')).read();
}

class MappingReader {
  private readonly columns: { name: string; node: Node }[] = [];
  private numbers: NumberForm = {};
  private timezone = 'UTC';

  constructor(private readonly document: YamlDocument) {}

  read(): ImportMapping {
    const { document } = this;
    try {
      document.writeOutAliases();
    } catch {
      throw this.failed();
    }
    const top = document.members(document.root, 'the mapping', KEYS.mapping, ['timezone', 'source', 'events']);
    const source = document.text(top.get('source'), 'source') ?? '';
    const timezone = document.text(top.get('timezone'), 'timezone');
    if (timezone !== undefined && !isTimezone(timezone))
      document.wrong(top.get('timezone'), `timezone: expected a time zone such as Asia/Tokyo, got ${shown(top.get('timezone'))}`);
    else if (timezone !== undefined) this.timezone = timezone;
    this.numbers = this.numberForm(top, {});
    const csv = this.csvForm(top);
    const empty = new Set(this.list(top.get('empty'), 'empty').map(String));
    const events = top.has('events')
      ? document.items(top.get('events'), 'events').map((node, index) => this.event(node, `events[${index}]`))
      : [];
    if (events.length === 0 && isSeq(top.get('events')))
      document.wrong(top.get('events'), 'events: expected what each row becomes, got nothing');
    if (document.problems.length > 0) throw this.failed();
    const wrongAt = (problems: readonly { node: Node; message: string }[]): CommandFailed => {
      for (const { node, message } of problems) document.wrong(node, message);
      return this.failed();
    };
    return { timezone: this.timezone, source, csv, empty, events: events as EventMapping[], columns: this.columns, wrongAt };
  }

  private failed(): CommandFailed {
    try {
      this.document.finish();
    } catch (error) {
      return new CommandFailed((error as Error).message);
    }
    throw new Error('a mapping without problems has not failed');
  }

  private csvForm(top: Map<string, Node>): CsvForm {
    const { document } = this;
    const encoding = document.text(top.get('encoding'), 'encoding');
    if (encoding !== undefined && !decoderOf(encoding))
      document.wrong(
        top.get('encoding'),
        `encoding: expected one such as utf-8, cp932 (Shift_JIS) or utf-16, got ${JSON.stringify(encoding)}`,
      );
    const delimiter = document.text(top.get('delimiter'), 'delimiter');
    const quote = top.get('quote');
    if (quote && !(isScalar(quote) && (quote.value === '"' || quote.value === 'none')))
      document.wrong(quote, `quote: expected '"' (as it is without being said) or none, got ${shown(quote)}`);
    const header = top.get('header');
    const names = isSeq(header) ? this.list(header, 'header').map(String) : undefined;
    const line = isSeq(header)
      ? undefined
      : document.number(
          header,
          'header',
          'the number of the line that names the columns, or a list of names for a file without one',
          (value) => Number.isInteger(value) && value >= 1,
        );
    const skipped = document.number(
      top.get('skipLines'),
      'skipLines',
      'a number of lines',
      (value) => Number.isInteger(value) && value >= 0,
    );
    if (line !== undefined && skipped !== undefined) document.wrong(header, 'header: expected it without skipLines, which says the same');
    return {
      encoding,
      delimiter,
      quoted: !(isScalar(quote) && quote.value === 'none'),
      skipLines: line === undefined ? skipped : line - 1,
      ...(names && { header: names }),
    };
  }

  private numberForm(members: Map<string, Node>, otherwise: NumberForm): NumberForm {
    const [decimal, group] = [members.get('decimal'), members.get('group')];
    const form = { ...otherwise };
    if (decimal) {
      if (isScalar(decimal) && (decimal.value === '.' || decimal.value === ',')) form.decimal = decimal.value;
      else this.document.wrong(decimal, `decimal: expected '.' or ',', got ${shown(decimal)}`);
    }
    if (group) {
      const value = isScalar(group) ? group.value : undefined;
      if (value === 'none' || value === '') form.group = '';
      else if (value === '.' || value === ',' || value === ' ' || value === "'") form.group = value;
      else this.document.wrong(group, `group: expected what stands between thousands ('.', ',', ' ' or "'") or none, got ${shown(group)}`);
    }
    if (form.decimal !== undefined && form.decimal === form.group)
      this.document.wrong(group ?? decimal, 'group: expected another sign than decimal');
    return form;
  }

  private event(node: Node, at: string): EventMapping | undefined {
    const { document } = this;
    const members = document.members(node, at, KEYS.event, ['type', 'id', 'time', 'data']);
    const type = this.type(members.get('type'), at);
    const count = members.get('count') && this.source(members.get('count')!, `${at}.count`, { name: 'number' });
    const id = this.template(members.get('id'), `${at}.id`);
    if (id && !id.parts.some((part) => 'column' in part || ('number' in part && part.number === 'row')))
      document.wrong(
        members.get('id'),
        `${at}.id: expected a template with a column, such as 'won-{order_id}', got ${shown(members.get('id'))}: it would be the same for all rows`,
      );
    if (id && count && !id.parts.some((part) => 'number' in part && part.number === 'event'))
      document.wrong(members.get('id'), `${at}.id: expected {#} in it, which tells the events of one row apart`);
    const time = this.time(members.get('time'), `${at}.time`);
    const subject = this.template(members.get('subject'), `${at}.subject`);
    const initiator = members.get('initiator') && this.oneOf(members.get('initiator')!, `${at}.initiator`, ['customer', 'seller']);
    const data = this.data(members.get('data'), `${at}.data`, type, subject !== undefined);
    if (!type || !id || !time) return undefined;
    return {
      type,
      id,
      time,
      when: this.when(members.get('when'), `${at}.when`),
      data,
      ...(subject && { subject }),
      ...(count && { count }),
      ...(initiator !== undefined && { initiator }),
      ...this.actor(members.get('actor'), `${at}.actor`),
    };
  }

  private type(node: Node | undefined, at: string): EventType | undefined {
    const type = this.document.text(node, `${at}.type`);
    if (type === undefined) return undefined;
    if (!(eventTypes as readonly string[]).includes(type))
      return this.document.wrong(
        node,
        `${at}.type: expected an event of the catalogue; the nearest is ${nearestEventType(type)}, got ${JSON.stringify(type)}`,
      );
    if (catalogue.get(type as EventType)!.decision)
      return this.document.wrong(node, `${at}.type: expected a fact, got ${type}, which is a decision that only Leadlog itself makes`);
    return type as EventType;
  }

  private time(node: Node | undefined, at: string): EventMapping['time'] | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node)) {
      if (node.value === 'import' || node.value === 'file') return { of: node.value };
      return this.document.wrong(
        node,
        `${at}: expected { column, format }, { constant, format }, import (the moment of the import) or file (the file's own), got ${shown(node)}`,
      );
    }
    const source = this.source(node, at, { name: 'time' });
    if (source && !source.time)
      return this.document.wrong(node, `${at}: expected format beside it: one of ${TIME_FORMATS.join(', ')}, or another pattern`);
    return source && { source };
  }

  private actor(node: Node | undefined, at: string): Pick<EventMapping, 'actor'> {
    if (node === undefined) return {};
    const members = this.document.members(node, at, KEYS.actor, ['kind', 'id']);
    const kind = members.get('kind') && this.oneOf(members.get('kind')!, `${at}.kind`, ['person', 'rep', 'system', 'integration']);
    const id = members.get('id') && this.source(members.get('id')!, `${at}.id`, { name: 'id' });
    const team = members.get('team') && this.source(members.get('team')!, `${at}.team`, { name: 'id' });
    return kind !== undefined && id ? { actor: { kind, id, ...(team && { team }) } } : {};
  }

  private data(node: Node | undefined, at: string, type: EventType | undefined, hasSubject: boolean): DataField[] {
    if (node === undefined) return [];
    const fields: DataField[] = [];
    for (const [name, [key, value]] of this.document.entries(node, at)) {
      const path = name.split('.');
      const place = type === undefined ? { name: 'any' as const } : placeIn(type, path);
      if ('unknown' in place) {
        this.document.wrong(key, `${at}: ${unknownName(place.unknown, place.known)}, in ${type}${path.length > 1 ? ` (${name})` : ''}`);
        continue;
      }
      const source = value && this.source(value, `${at}.${name}`, place);
      if (source) fields.push({ path, place, source });
    }
    for (const field of fields) {
      if (field.path.at(-1) !== 'value') continue;
      const beside = [...field.path.slice(0, -1), 'currency'].join('.');
      const currency = fields.find(({ path }) => path.join('.') === beside)?.source;
      if (currency) field.currency = currency;
    }
    if (type !== undefined && isMap(node))
      for (const missing of missingIn(
        type,
        node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : [])),
        hasSubject,
      ))
        this.document.wrong(node, `${at}: ${type} needs ${missing}`);
    return fields;
  }

  private when(node: Node | undefined, at: string): Condition[] {
    if (node === undefined) return [];
    if (isScalar(node)) {
      const column = this.document.text(node, at);
      return column === undefined ? [] : [{ column: this.column(column, node), holds: (cell) => cell !== '' }];
    }
    return [...this.document.entries(node, at)].map(([column, [key, value]]) => ({
      column: this.column(column, key),
      holds: this.condition(value, `${at}.${column}`),
    }));
  }

  private condition(node: Node | null, at: string): Condition['holds'] {
    if (!isMap(node)) {
      const wanted = this.values(node, at);
      return (cell) => wanted(cell);
    }
    const holds: Condition['holds'][] = [];
    for (const [name, value] of this.document.members(node, at, KEYS.condition)) {
      const place = `${at}.${name}`;
      if (name === 'is') holds.push(this.values(value, place));
      else if (name === 'not') {
        const refused = this.values(value, place);
        holds.push((cell) => !refused(cell));
      } else if (name === 'empty') {
        const empty = isScalar(value) ? value.value : undefined;
        if (typeof empty !== 'boolean') this.document.wrong(value, `${place}: expected true or false, got ${shown(value)}`);
        holds.push((cell) => (cell === '') === empty);
      } else {
        const bound = this.document.number(value, place, 'a number', () => true) ?? 0;
        const least = name === 'min';
        holds.push((cell) => {
          const number = numberOf(cell, this.numbers);
          return typeof number === 'number' && (least ? number >= bound : number <= bound);
        });
      }
    }
    return (cell) => holds.every((one) => one(cell));
  }

  private values(node: Node | null, at: string): (cell: string) => boolean {
    const wanted = isSeq(node) ? this.list(node, at) : isScalar(node) && node.value !== null ? [node.value] : undefined;
    if (!wanted || wanted.length === 0) {
      this.document.wrong(node, `${at}: expected a value, a list of values, or one of ${KEYS.condition.join(', ')}, got ${shown(node)}`);
      return () => false;
    }
    const texts = new Set(wanted.map(String));
    const numbers: readonly unknown[] = wanted.filter((one) => typeof one === 'number');
    return (cell) => texts.has(cell) || (numbers.length > 0 && numbers.includes(numberOf(cell, this.numbers)));
  }

  /** `place`: what is expected there; what needs saying by no mapping is taken from it. */
  private source(node: Node, at: string, place: Place | { name: 'time' }): Source | undefined {
    const { document } = this;
    if (isScalar(node) || isSeq(node)) {
      const template =
        isScalar(node) && typeof node.value === 'string' && /\{[^{}]+\}/.test(node.value) ? this.template(node, at) : undefined;
      if (template) return { from: { template }, optional: false, ...this.implied(place) };
      return this.checked({ from: { constant: plainValue(node) }, optional: false }, node, at, place);
    }
    const members = document.members(node, at, KEYS.source);
    const given = ['column', 'template', 'constant'].filter((key) => members.has(key));
    if (given.length !== 1)
      return document.wrong(
        node,
        `${at}: expected exactly one of column, template, constant, got ${given.join(' and ') || 'none of them'}`,
      );
    const from = this.origin(given[0]!, members.get(given[0]!)!, `${at}.${given[0]}`);
    if (!from) return undefined;
    const flag = (name: string): boolean => {
      const value = members.get(name);
      if (value !== undefined && !(isScalar(value) && typeof value.value === 'boolean'))
        document.wrong(value, `${at}.${name}: expected true or false, got ${shown(value)}`);
      return isScalar(value) && value.value === true;
    };
    const source: Source = { from, optional: flag('optional'), ...('constant' in from ? {} : this.implied(place)) };
    if (members.has('default')) source.otherwiseEmpty = { value: plainValue(members.get('default')!) };
    if (members.has('otherwise')) source.otherwise = { value: plainValue(members.get('otherwise')!) };
    const map = members.get('map');
    if (map) source.map = new Map([...document.entries(map, `${at}.map`)].map(([name, [, value]]) => [name, value && plainValue(value)]));
    else if (members.has('otherwise')) document.wrong(members.get('otherwise'), `${at}.otherwise: expected map beside it`);
    const split = document.text(members.get('split'), `${at}.split`);
    if (split !== undefined) source.split = split;
    if (flag('number') || source.number || members.has('decimal') || members.has('group'))
      source.number = this.numberForm(members, this.numbers);
    const format = document.text(members.get('format'), `${at}.format`);
    if (format !== undefined) {
      const form = timeForm(format);
      if (typeof form === 'string')
        document.wrong(
          members.get('format'),
          `${at}.format: expected ${form}, got ${JSON.stringify(format)}; the nearest is ${nearest(format, TIME_FORMATS)}`,
        );
      else source.time = form;
    }
    if (source.number && source.time) document.wrong(node, `${at}: expected number or format, got both`);
    return this.checked(source, node, at, place);
  }

  /** What the place of a value says by itself. */
  private implied(place: Place | { name: 'time' }): Pick<Source, 'number' | 'time'> {
    if (place.name === 'number') return { number: this.numbers };
    if (place.name === 'moment') return { time: timeForm('datetime') as TimeForm };
    if (place.name === 'day') return { time: timeForm('date') as TimeForm };
    return {};
  }

  /** Values that the mapping itself says are among those that may stand there. */
  private checked(source: Source, node: Node, at: string, place: Place | { name: 'time' }): Source {
    const values = place.name === 'choice' ? place.values : place.name === 'flag' ? [true, false] : undefined;
    const said = [
      ...(source.map?.values() ?? []),
      ...('constant' in source.from ? [source.from.constant] : []),
      ...(source.otherwise ? [source.otherwise.value] : []),
      ...(source.otherwiseEmpty ? [source.otherwiseEmpty.value] : []),
    ];
    if (values)
      for (const one of said)
        if (one !== null && !values.includes(one as never))
          this.document.wrong(
            node,
            `${at}: expected one of ${values.join(', ')}; the nearest is ${nearest(String(one), values.map(String))}, got ${JSON.stringify(one)}`,
          );
    if (source.time && 'constant' in source.from && source.time.read(String(source.from.constant), this.timezone) === undefined)
      this.document.wrong(node, `${at}.constant: expected ${source.time.expected}, got ${JSON.stringify(source.from.constant)}`);
    return source;
  }

  private origin(kind: string, node: Node, at: string): Source['from'] | undefined {
    if (kind === 'constant') return { constant: plainValue(node) };
    if (kind === 'template') {
      const template = this.template(node, at);
      return template && { template };
    }
    if (isSeq(node))
      return { columns: (node.items as Node[]).flatMap((one) => this.document.text(one, at) ?? []).map((name) => this.column(name, node)) };
    if (isScalar(node) && typeof node.value === 'number') return { columns: [this.column(String(node.value), node)] };
    const column = this.document.text(node, at);
    return column === undefined ? undefined : { columns: [this.column(column, node)] };
  }

  private template(node: Node | undefined, at: string): Template | undefined {
    const text = this.document.text(node, at);
    if (text === undefined) return undefined;
    const parts = [...text.matchAll(/\{([^{}]+)\}|[^{]+|\{/g)].map(([whole, name]): Template['parts'][number] => {
      if (name === undefined) return { literal: whole };
      return name === '#' || name === '#row' ? { number: name === '#' ? 'event' : 'row' } : { column: this.column(name, node!) };
    });
    return { text, parts };
  }

  private column(name: string, node: Node): string {
    this.columns.push({ name: name.trim(), node });
    return name.trim();
  }

  private list(node: Node | undefined, at: string): unknown[] {
    return node === undefined ? [] : this.document.items(node, at).map(plainValue);
  }

  private oneOf(node: Node, at: string, values: readonly string[]): string | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (values.includes(value as string)) return value as string;
    return this.document.wrong(node, `${at}: expected one of ${values.join(', ')}, got ${shown(node)}`);
  }
}

const plainValue = (node: Node): unknown => node.toJS(new Document());
