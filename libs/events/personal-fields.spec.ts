import { catalogue, personalPartOf, type JsonSchema } from '@leadlog/events';
import { ID_PATTERN } from './types/fields';

interface Node extends JsonSchema {
  type?: string;
  properties?: Record<string, Node>;
  $defs?: Record<string, Node>;
  items?: Node;
}

/** Patterns that no words fit into: ids, periods, positions. */
const NARROW: readonly unknown[] = [
  ID_PATTERN,
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  '^\\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$',
  '^\\d{1,19}$',
];

const mayHoldAnything = ({ type, properties, additionalProperties, enum: choices, format, pattern }: Node): boolean =>
  type === 'string'
    ? choices === undefined && format === undefined && !NARROW.includes(pattern)
    : type === 'object' && properties === undefined && additionalProperties === undefined;

/** Every field of a schema, also of the objects in it: its name, its schema, and what that says or the field that it stands in says. */
function fieldsOf(schema: Node): { name: string; field: Node; said: unknown }[] {
  return [schema, ...Object.values(schema.$defs ?? {})].flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, field]) => {
      const said = field['x-personal'];
      return [{ name, field, said }, ...(field.items ? [{ name, field: field.items, said }] : [])];
    }),
  );
}

const definitions = [...catalogue.values()];

describe('personal fields', () => {
  it.each(definitions.map((definition) => [definition.type, definition] as const))(
    '%s: every field that may hold anything says whether that is personal, and no other field does',
    (_, { jsonSchema }) => {
      for (const { name, field, said } of fieldsOf(jsonSchema as Node)) {
        if (mayHoldAnything(field)) expect([name, said]).toEqual([name, expect.any(Boolean)]);
        else if (field.type !== 'array') expect([name, field['x-personal']]).toEqual([name, undefined]);
      }
    },
  );

  it('are these', () => {
    const found = definitions
      .map(({ type, personal }) => [type, personal.map((path) => path.join('.')).filter((path) => !path.startsWith('identity.'))] as const)
      .filter(([, paths]) => paths.length > 0);
    expect(Object.fromEntries(found)).toEqual({
      LeadCaptured: ['profile.name', 'profile.email', 'profile.phone'],
      PersonAdded: ['name', 'email', 'subject'],
      PersonChanged: ['name', 'email', 'subject'],
      ProfileUpdated: ['changes.name', 'changes.email', 'changes.phone'],
      LeadsKeptApart: ['reason'],
      IdentityKeptApart: ['reason'],
      BusinessCardHandedToMarketing: ['reason'],
      SurveyAnswered: ['answers.*.answer'],
      InquiryReceived: ['text'],
      LeadHandedOff: ['dossier'],
      LeadAssigned: ['reason'],
      HandoffRejected: ['note'],
      InsightExchanged: ['text'],
      LeadReturned: ['reason', 'note'],
      LeadDisqualified: ['reason'],
      LeadRequalified: ['reason'],
      NextActionPlanned: ['reason'],
      NextActionCompleted: ['result'],
      CallCompleted: ['needs'],
      AppointmentRelayed: ['note'],
      RelayRejected: ['reason'],
      MeetingHeld: ['attendees', 'needs', 'nextAgenda'],
      DealLost: ['reason'],
      DealShared: ['reason'],
      NoticeAccepted: ['reason'],
    });
  });

  it('of an identity are the address and the id in another system, in every event that can name its lead by one', () => {
    const identified = definitions.filter(({ jsonSchema }) => 'identity' in (jsonSchema['properties'] as object));
    expect(identified.length).toBeGreaterThan(30);
    for (const { type, personal } of identified)
      expect([type, personal.map((path) => path.join('.')).filter((path) => path.startsWith('identity.'))]).toEqual([
        type,
        ['identity.email', 'identity.foreign.id'],
      ]);
  });

  it('are taken out of the data of an event in the shape that it has', () => {
    const part = (type: string, data: object) => personalPartOf(data, catalogue.get(type)!.personal);
    expect(
      part('LeadCaptured', { leadId: 'l', identity: { email: 'a@b.example' }, channel: 'form', profile: { name: '青山', title: '部長' } }),
    ).toEqual({ identity: { email: 'a@b.example' }, profile: { name: '青山' } });
    expect(
      part('SurveyAnswered', {
        answers: [
          { question: 'q1', answer: 'a1' },
          { question: 'q2', answer: 'a2' },
        ],
      }),
    ).toEqual({ answers: [{ answer: 'a1' }, { answer: 'a2' }] });
    expect(part('ProfileUpdated', { leadId: 'l', changes: { title: '部長' } })).toBeUndefined();
    expect(part('EmailOpened', { leadId: 'l', messageId: 'm' })).toBeUndefined();
  });
});
