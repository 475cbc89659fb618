import Ajv, { type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { LeadlogError } from '@leadlog/errors';

/** Not handed off until consent is granted again, or handed off with a warning. */
export type Refused = 'withhold' | 'warn';

/** Who takes hot leads, how fast, and who is notified. Written by marketing and sales together, in YAML. */
export interface HandoffPolicy {
  reps: readonly { id: string; team: string; weight: number }[];
  sla: { acceptWithinMs: number; contactWithinMs: number };
  destinations: readonly { name: string; url: string; secretEnv: string }[];
  /**
   * How to treat a lead that has withdrawn its consent for a channel: the same for all channels, or by channel, with `others` for those not
   * named.
   */
  consent: Refused | Readonly<Record<string, Refused>>;
  /** Handoffs a day for leads whose past is imported with decisions=trickle. */
  imports: { perDay: number };
}

export class InvalidPolicy extends LeadlogError {
  readonly kind = 'invalid';

  constructor(file: string, problems: readonly string[]) {
    super(`handoff policy ${file}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

const duration = { type: 'string', pattern: '^[1-9][0-9]*(m|h|d)$' };
const text = { type: 'string', minLength: 1 };
// The schema below is fixed, and checking it against the meta-schema would cost every starting program a tenth of a second.
const refused = { type: 'string', enum: ['withhold', 'warn'] };
const validate = new Ajv({ allErrors: true, meta: false, validateSchema: false }).compile({
  type: 'object',
  required: ['reps', 'sla'],
  additionalProperties: false,
  properties: {
    policy: text,
    consent: {
      if: { type: 'object' },
      then: { type: 'object', minProperties: 1, propertyNames: text, additionalProperties: refused },
      else: refused,
    },
    imports: {
      type: 'object',
      required: ['perDay'],
      additionalProperties: false,
      properties: { perDay: { type: 'integer', minimum: 1, maximum: 1000 } },
    },
    reps: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['id', 'team'],
        additionalProperties: false,
        properties: { id: text, team: text, weight: { type: 'number', exclusiveMinimum: 0 } },
      },
    },
    sla: {
      type: 'object',
      required: ['accept', 'contact'],
      additionalProperties: false,
      properties: { accept: duration, contact: duration },
    },
    destinations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'url', 'secretEnv'],
        additionalProperties: false,
        properties: { name: text, url: text, secretEnv: text },
      },
    },
  },
});

interface PolicyDocument {
  reps: { id: string; team: string; weight?: number }[];
  sla: { accept: string; contact: string };
  destinations?: { name: string; url: string; secretEnv: string }[];
  consent?: HandoffPolicy['consent'];
  imports?: HandoffPolicy['imports'];
}

/** Throws InvalidPolicy, which lists every error and what was expected. */
export function parsePolicy(yaml: string, file = 'policy'): HandoffPolicy {
  let document: unknown;
  try {
    document = parse(yaml);
  } catch (error) {
    throw new InvalidPolicy(file, [(error as Error).message]);
  }
  if (!validate(document)) throw new InvalidPolicy(file, (validate.errors ?? []).map(problem));
  const { reps, sla, destinations = [], consent = 'warn', imports = { perDay: 20 } } = document as PolicyDocument;
  const doubled = reps.find((rep, index) => reps.findIndex(({ id }) => id === rep.id) !== index);
  if (doubled) throw new InvalidPolicy(file, [`/reps: expected each id once, got ${doubled.id} twice`]);
  return {
    reps: reps.map(({ id, team, weight = 1 }) => ({ id, team, weight })),
    sla: { acceptWithinMs: milliseconds(sla.accept), contactWithinMs: milliseconds(sla.contact) },
    destinations,
    consent,
    imports,
  };
}

/**
 * Whether a lead that has withdrawn its consent for this channel waits until it grants it again. Names of channels are compared without
 * regard to case, width and outer spaces, because people type them.
 */
export function isWithheld({ consent }: Pick<HandoffPolicy, 'consent'>, channel: string): boolean {
  if (typeof consent === 'string') return consent === 'withhold';
  const named = Object.entries(consent).find(([name]) => plain(name) === plain(channel));
  return (named?.[1] ?? consent['others'] ?? 'warn') === 'withhold';
}

const plain = (channel: string): string => channel.trim().normalize('NFKC').toLowerCase();

function problem({ instancePath, message, params }: ErrorObject): string {
  const pattern = (params as { pattern?: string }).pattern;
  return `${instancePath || '/'}: ${pattern === duration.pattern ? 'expected a duration such as 30m, 4h or 1d' : `${message} ${JSON.stringify(params)}`}`;
}

function milliseconds(text: string): number {
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as 'm' | 'h' | 'd'];
  return Number(text.slice(0, -1)) * unit;
}
