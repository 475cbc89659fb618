import type { Node } from 'yaml';
import { short, unknownName, type YamlDocument } from '@leadlog/documents';
import { ConditionParser, type Condition, type FieldShape, type UnknownField } from '@leadlog/where';
import { eventConditionByTraits, profileConditionByTraits } from './conditions-by-traits';
import { fieldOfEvent, fieldOfProfile, PROFILE_FIELDS, traitOf } from './rule-fields';

/** Which of them hold is kept as bits of one number. */
const MOST_CONDITIONS_OF_A_FIELD = 50;

/** The conditions of all rules of one model: on the events that they count, or on the profile. */
export class RuleConditions {
  private readonly conditionsOfField = new Map<string, number>();
  private readonly parser: ConditionParser;

  /** `former`: written before there were traits, by which conditions on personal fields are then read. */
  constructor(
    private readonly document: YamlDocument,
    private readonly published: boolean,
    private readonly former: boolean,
  ) {
    this.parser = new ConditionParser(document, { document: 'model', published });
  }

  ofProfile(node: Node | undefined, what: string): Condition[] {
    const stated = this.parser.conditions(node, what, (path) => this.profileField(path));
    const conditions = this.former ? stated.map(profileConditionByTraits) : stated;
    for (const { path } of conditions) {
      const known = (this.conditionsOfField.get(path) ?? 0) + 1;
      this.conditionsOfField.set(path, known);
      if (known === MOST_CONDITIONS_OF_A_FIELD + 1)
        this.document.wrong(
          node,
          `${what}: expected at most ${MOST_CONDITIONS_OF_A_FIELD} conditions on ${path} in a model, got one more; use $in or one $regex`,
        );
    }
    return conditions;
  }

  ofEvent(node: Node | undefined, what: string, on: string): Condition[] {
    const stated = this.parser.conditions(node, what, (path) => this.eventField(path, on));
    return this.former ? stated.map(eventConditionByTraits) : stated;
  }

  private profileField(path: string): FieldShape | string | undefined {
    const trait = traitOf(path);
    if (trait !== undefined)
      return this.former ? undefined : `${path} of a profile is personal, which an erasure takes away; the nearest trait is ${trait}`;
    const field = fieldOfProfile(path);
    return field && isUnknown(field) ? `in a profile ${unknownName(path, PROFILE_FIELDS)}` : field;
  }

  private eventField(path: string, on: string): FieldShape | string | undefined {
    const [root, ...fields] = path.split('.');
    if ((root !== 'data' && root !== 'metadata') || !fields[0] || !fields.slice(1).every((part) => /^[\w-]{1,64}$/.test(part)))
      return `expected a path such as data.kind or metadata.source, got ${JSON.stringify(short(path))}`;
    const field = fieldOfEvent(on, root, fields);
    if (!field || !isUnknown(field)) return this.former && field?.schema['x-personal'] === true ? undefined : field;
    // Below the first level nothing was asked of what has been published.
    if (field.in !== root && this.published) return undefined;
    return field.known.length === 0
      ? `${field.in} of ${on} has no field ${short(field.field)}, because it is not an object`
      : `in ${field.in} of ${on} ${unknownName(field.field, field.known)}`;
  }
}

const isUnknown = (field: FieldShape | UnknownField): field is UnknownField => 'known' in field;
