import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { InvalidDocument } from '@leadlog/documents';
import { POLICY_SCHEMA } from './policy-schema';
import { parsePolicy, policyKind } from './read-policy';

const REPS = 'reps: [{ id: a, team: t }]\n';
const SLA = 'sla: { accept: 1h, contact: 1h }\n';
const validate = new Ajv2020({ strict: false }).compile(POLICY_SCHEMA);

describe('a handoff policy', () => {
  it('has a weight of 1, no destinations, a warning of withdrawn consent and twenty imported leads a day by default', () => {
    expect(
      parsePolicy(
        'reps:\n  - { id: rep-1, team: inside-1, weight: 3 }\n  - { id: rep-2, team: inside-2 }\nsla: { accept: 4h, contact: 1d }',
      ),
    ).toEqual({
      reps: [
        { id: 'rep-1', team: 'inside-1', weight: 3 },
        { id: 'rep-2', team: 'inside-2', weight: 1 },
      ],
      sla: { accept: { ms: 14_400_000 }, contact: { ms: 86_400_000 } },
      escalation: {},
      destinations: [],
      consent: 'warn',
      returns: {},
      imports: { perDay: 20 },
    });
  });

  it('counts deadlines in business time, and says what follows from one that is missed', () => {
    const { reps, sla, escalation } = parsePolicy(
      `sla: { accept: 4bh, contact: 2bd }
escalation: { accept: { notify: [sfa], reassign: next }, contact: { notify: [sfa] } }
destinations: [{ name: sfa, url: 'https://sfa.example', secretEnv: S }]`,
    );
    expect({ reps, sla, escalation }).toEqual({
      reps: [],
      sla: { accept: { businessMs: 14_400_000 }, contact: { businessDays: 2 } },
      escalation: { accept: { notify: ['sfa'], reassign: true }, contact: { notify: ['sfa'], reassign: false } },
    });
  });

  it.each([
    [
      'a channel of consent that is neither',
      `${REPS}${SLA}consent: { phone: never }`,
      '3:19: consent: phone: expected withhold or warn, got "never"',
    ],
    ['no reps', `reps: []\n${SLA}`, '1:7: reps: expected at least one, got none'],
    ['a rep twice', `reps: [{ id: a, team: t }, { id: a, team: u }]\n${SLA}`, '1:34: reps: expected each id once, got a again'],
    [
      'a duration without a unit',
      `${REPS}sla: { accept: "90", contact: 1h }`,
      '2:16: sla: accept: expected a duration such as 30m, 4h or 1d, or in business time 30bm, 4bh or 1bd, got "90"',
    ],
    ...['rep 1', 'a|b', '..', 'x'.repeat(129), '\\ud800'].map((id): [string, string, string] => [
      `a rep who could answer nothing: ${id}`,
      `reps: [{ id: "${id}", team: t }]\n${SLA}`,
      '1:14: reps: id: expected 1 to 128 characters without white space, control characters and |, and not . or .., got ',
    ]),
    ['a team of no id', `reps: [{ id: a, team: in side }]\n${SLA}`, '1:23: rep a: team: expected 1 to 128 characters without white space'],
    ['a weight of nothing', `reps: [{ id: a, team: t, weight: 0 }]\n${SLA}`, '1:34: rep a: weight: expected a number above 0, got 0'],
    ['a misspelt member', `${REPS}slas: {}\n${SLA}`, '2:1: policy: there is no slas; the nearest is sla'],
    [
      'an address that is none',
      `${REPS}${SLA}destinations: [{ name: sfa, url: 'ftp://x', secretEnv: S }]`,
      '3:34: destinations: webhook sfa: expected an http or https url, got "ftp://x"',
    ],
    [
      'a destination to tell that there is not',
      `${REPS}${SLA}escalation: { accept: { notify: [sfa] } }`,
      '3:34: escalation: accept: notify: there is no sfa',
    ],
    [
      'a successor that there is not',
      `${REPS}${SLA}escalation: { contact: { reassign: manager } }`,
      '3:36: escalation: contact: reassign: expected next, or nothing, got "manager"',
    ],
    [
      'a destination twice',
      `${REPS}${SLA}destinations: [{ name: a, url: 'http://x', secretEnv: S }, { name: a, url: 'http://x', secretEnv: S }]`,
      '3:68: destinations: expected each name once, got a again',
    ],
    [
      'an alias',
      `${REPS}sla: &s { accept: 1h, contact: 1h }\nimports: *s`,
      '3:10: imports: expected a mapping, got the alias *s (write the value itself)',
    ],
    [
      'half an imported lead a day',
      `${REPS}${SLA}imports: { perDay: 0.5 }`,
      '3:20: imports: perDay: expected a whole number from 1 to 1000, got 0.5',
    ],
    ['what is no YAML', 'reps: [', 'mine.yaml:1:8: '],
  ])('is refused with %s, by line and column', (_, yaml, problem) => {
    expect(() => parsePolicy(yaml, 'mine.yaml')).toThrow(InvalidDocument);
    expect(() => parsePolicy(yaml, 'mine.yaml')).toThrow(problem);
  });

  it('is of the id that was asked for, unless it names another', () => {
    expect(policyKind.read(`${REPS}${SLA}`, 'f', 'mine').id).toBe('mine');
    expect(policyKind.read(`policy: mine\n${REPS}${SLA}`, 'f').id).toBe('mine');
    expect(() => policyKind.read(`${REPS}policy: other\n${SLA}`, 'f', 'mine')).toThrow(
      'f:2:9: policy: expected mine, the requested policy, got other',
    );
  });

  it('is the same version however it is written', () => {
    const versions = [
      `${REPS}${SLA}`,
      `# with a comment\n${SLA}${REPS}`,
      JSON.stringify({ sla: { contact: '1h', accept: '60m' }, reps: [{ team: 't', id: 'a', weight: 1 }], consent: 'warn' }),
    ].map((text) => policyKind.read(text, 'f', 'p').version);
    expect(new Set(versions).size).toBe(1);
    expect(policyKind.read(`${REPS}sla: { accept: 2h, contact: 1h }`, 'f', 'p').version).not.toBe(versions[0]);
  });

  const POLICIES = join(__dirname, '../policies');
  it.each(readdirSync(POLICIES))('%s, which comes with Leadlog, is one, also by the JSON Schema', (file) => {
    const text = readFileSync(join(POLICIES, file), 'utf8');
    // The one in use where nobody says another, so that each can be published as it is.
    expect(policyKind.read(text, file).id).toBe('standard');
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
    expect(text.match(/#/g)!.length).toBeGreaterThan(2);
  });

  it.each([
    ['an unknown member', { slas: {} }],
    ['no reps', { reps: [] }],
    ['a rep of no id', { reps: [{ id: 'a b', team: 't' }] }],
    ['a weight of nothing', { reps: [{ id: 'a', team: 't', weight: 0 }] }],
    ['a duration without a unit', { sla: { accept: '90', contact: '1h' } }],
    ['a pause that is no duration', { returns: { pause: 'a week' } }],
    ['a return without a pause', { returns: {} }],
    ['another consent', { consent: 'never' }],
    ['an empty consent', { consent: {} }],
  ])('is refused by the JSON Schema with %s, as the parser does', (_, part) => {
    const document = { reps: [{ id: 'a', team: 't' }], sla: { accept: '1h', contact: '1h' }, ...part };
    expect(validate(document)).toBe(false);
    expect(() => parsePolicy(JSON.stringify(document))).toThrow(InvalidDocument);
  });
});
