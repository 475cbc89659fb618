import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { InvalidDocument } from '@leadlog/documents';
import { organisationKind, unwrittenOrganisation } from './organisation-kind';
import { ORGANISATION_SCHEMA } from './organisation-schema';

const validate = addFormats(new Ajv2020({ strict: false })).compile(ORGANISATION_SCHEMA);
const ORGANISATIONS = join(__dirname, 'organisations');
const CALENDAR = { timezone: 'Asia/Tokyo', country: 'none', hours: { mon: '09:00-18:00' } };
const documentOf = (part: object): object => ({
  calendar: CALENDAR,
  teams: [{ id: 't', kind: 'inside' }],
  reps: [{ id: 'a', team: 't' }],
  ...part,
});

describe('the organisation as a document that is stored', () => {
  it.each(readdirSync(ORGANISATIONS))('%s, which comes with Leadlog, is one, also by the JSON Schema', (file) => {
    const text = readFileSync(join(ORGANISATIONS, file), 'utf8');
    const { id, version, definition, content } = organisationKind.read(text, file);
    expect(id).toBe('organisation');
    expect(organisationKind.contentOf({ definition }, 'as stored')).toEqual(content);
    expect(organisationKind.read(JSON.stringify(definition), file).version).toBe(version);
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
  });

  it('is that of the reps of the policy, always at work, where nobody has written one', () => {
    const unwritten = unwrittenOrganisation(
      [
        // A policy has any weight.
        { id: 'rep-1', team: 'inside-1', weight: 2_500 },
        { id: 'rep-2', team: 'inside-2', weight: 1 },
      ],
      'Asia/Tokyo',
    );
    const { version, content } = organisationKind.read(unwritten.text, 'unwritten');
    expect([version, content]).toEqual([unwritten.version, unwritten.content]);
    expect(organisationKind.contentOf(unwritten, 'as stored')).toEqual(content);
    expect(validate(unwritten.definition)).toBe(true);
  });

  it.each([
    ['an unknown member', { team: [] }],
    ['no reps', { reps: [] }],
    ['an unknown country', { calendar: { ...CALENDAR, country: 'XX' } }],
    ['hours of no day', { calendar: { ...CALENDAR, hours: {} } }],
    ['a weight of nothing', { reps: [{ id: 'a', team: 't', weight: 0 }] }],
    ['half a handoff', { reps: [{ id: 'a', team: 't', capacity: 0.5 }] }],
    ['a day that is none', { reps: [{ id: 'a', team: 't', leftOn: '2026-02-30' }] }],
    ['an id with a space', { reps: [{ id: 'rep 1', team: 't' }] }],
    ['another kind of team', { teams: [{ id: 't', kind: 'both' }] }],
  ])('is refused with %s, by the JSON Schema and by the parser', (_, part) => {
    const document = documentOf(part);
    expect(validate(documentOf({}))).toBe(true);
    expect(validate(document)).toBe(false);
    expect(() => organisationKind.read(JSON.stringify(document), 'org.yaml')).toThrow(InvalidDocument);
  });
});
