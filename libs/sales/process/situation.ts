import { CALL_OUTCOMES } from '@leadlog/events';
import { fieldIn, type FieldShape, type JsonSchema, type Scalar } from '@leadlog/where';

/** `passed`: nobody has told what became of it. */
export const APPOINTMENT_STATES = ['ahead', 'passed', 'held', 'cancelled', 'noShow'] as const;
export type AppointmentState = (typeof APPOINTMENT_STATES)[number];
export const ANSWERS = ['yes', 'no', 'undecided'] as const;

type Described = JsonSchema & { description: string };
const days = (description: string): Described => ({ type: 'integer', minimum: 0, maximum: 100_000, description });
const count = (description: string): Described => ({ type: 'integer', minimum: 0, maximum: 100_000, description });

/**
 * What conditions of a sales process can ask of a run or a deal. Days are calendar days of the tenant; a field is absent if there is nothing
 * to count from.
 */
const properties = {
  calls: count('Calls in this run.'),
  reached: count('Those of them that reached the person.'),
  lastCall: { type: 'string', enum: CALL_OUTCOMES, description: 'Outcome of the last call in this run.' },
  daysSinceCall: days('Since the last call.'),
  appointment: { type: 'string', enum: APPOINTMENT_STATES, description: 'The next appointment, else the last one.' },
  daysToAppointment: days('Until the appointment that is ahead.'),
  meetings: count('Meetings held.'),
  daysSinceMeeting: days('Since the last meeting.'),
  proposed: { type: 'boolean', description: 'Whether anything was proposed.' },
  daysSinceProposal: days('Since the last proposal.'),
  quoted: { type: 'boolean', description: 'Whether a quote was sent.' },
  daysSinceQuote: days('Since the last quote, revisions included.'),
  answer: { type: 'string', enum: ANSWERS, description: 'The last answer of the customer, unless something was offered since.' },
  daysSinceAnswer: days('Since that answer.'),
  daysToDecision: {
    type: 'integer',
    minimum: -100_000,
    maximum: 100_000,
    description: 'Until decideBy of that answer; negative afterwards.',
  },
  deal: { type: 'boolean', description: 'Whether it is a deal; else a run without one.' },
  daysInStage: days('Since the entry into the stage.'),
  daysSinceStep: days('Since anything was done with the customer, or the entry into the stage.'),
} as const satisfies Record<string, Described>;

export type SituationField = keyof typeof properties;
/** The value of each field; undefined where it is absent. */
export type Situation = (field: SituationField) => Scalar | undefined;

const always: readonly SituationField[] = ['calls', 'reached', 'meetings', 'proposed', 'quoted', 'deal', 'daysInStage', 'daysSinceStep'];

/** JSON Schema of a situation. */
export const SITUATION_SCHEMA = { type: 'object', properties, required: always } as const;
export const SITUATION_FIELDS = Object.keys(properties) as SituationField[];

export function fieldOfSituation(name: string): FieldShape | undefined {
  if (!(SITUATION_FIELDS as readonly string[]).includes(name)) return undefined;
  return fieldIn(SITUATION_SCHEMA, [name], 'situation', 'every run and deal has it') as FieldShape;
}
