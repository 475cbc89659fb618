import { counted } from './counted-nouns';
import { MOST_ERRORS, unknownField, type FieldError } from './field-errors';

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  maxItems?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/**
 * Errors of data that far exceeds its schema: dozens of unknown fields, lists beyond their maximum length. Counting is cheap, while a
 * validator that reports every error takes 15 µs for each: a line with 80,000 unknown fields would block all others for over a second.
 * Empty if the errors are few enough for the schema to report.
 */
export function outsized(schema: Schema, data: unknown): readonly FieldError[] {
  const unknown: FieldError[] = [];
  const long: FieldError[] = [];
  const look = (given: Schema, value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const {
      properties,
      items,
      maxItems = Infinity,
    } = given.$ref === undefined ? given : schema.$defs![given.$ref.slice('#/$defs/'.length)]!;
    if (Array.isArray(value)) {
      if (value.length > maxItems)
        long.push({
          pointer: at,
          expected: `at most ${counted(maxItems, 'entry', 'entries')}`,
          got: counted(value.length, 'entry', 'entries'),
        });
      else if (items) value.forEach((entry, index) => look(items, entry, `${at}/${index}`));
    } else if (properties) {
      for (const name in value) {
        const member = (value as Record<string, unknown>)[name];
        if (Object.hasOwn(properties, name)) look(properties[name]!, member, `${at}/${name}`);
        else if (unknown.push(unknownField(at, name, Object.keys(properties), member)) === MOST_ERRORS) return;
      }
    }
  };
  look(schema, data, '/data');
  return long.length === 0 && unknown.length < MOST_ERRORS ? [] : [...long, ...unknown].slice(0, MOST_ERRORS);
}
