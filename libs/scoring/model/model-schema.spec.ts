import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { parse } from 'yaml';
import { MODEL_SCHEMA } from './model-schema';
import { modelDocument } from './models.testing';
import { modelOfDefinition, parseModel } from './parse-model';

const validate = new Ajv2020({ strict: false }).compile(MODEL_SCHEMA);
const MODELS = join(__dirname, '../models');

describe('the JSON Schema of a model', () => {
  it.each(readdirSync(MODELS))('and the parser accept %s, which comes with Leadlog', (file) => {
    const text = readFileSync(join(MODELS, file), 'utf8');
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
    expect(parseModel(text, file).model).toBe(file.replace('.yaml', ''));
    // They are read by people.
    expect(text.match(/#/g)!.length).toBeGreaterThan(2);
  });

  it('accepts whatever the parser accepts', () => {
    fc.assert(
      fc.property(modelDocument('m', 'Asia/Tokyo'), (document) => {
        modelOfDefinition(document, 'm');
        expect(validate(document) ? [] : validate.errors).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['an unknown member', { axes: { e: { rules: [{ id: 'a', on: 'EmailOpened', points: 1, half: '7d' }] } } }],
    ['an unknown event', { axes: { e: { rules: [{ id: 'a', on: 'EmailOpend', points: 1 }] } } }],
    ['an event about no lead', { axes: { e: { rules: [{ id: 'a', on: 'KpiTargetSet', points: 1 }] } } }],
    [
      'an unknown operator',
      { axes: { e: { rules: [{ id: 'a', on: 'EmailOpened', where: { 'data.messageId': { $get: 1 } }, points: 1 }] } } },
    ],
    ['an unknown field of the profile', { axes: { e: { rules: [{ id: 'a', profile: { titel: 'x' }, points: 1 }] } } }],
    ['a half-life without a unit', { axes: { e: { rules: [{ id: 'a', on: 'EmailOpened', points: 1, halfLife: '7' }] } } }],
    ['an unknown tier', { tiers: { hott: { enter: { e: 1 } } } }],
    ['no axes', { axes: undefined }],
  ])('refuses %s, as the parser does', (_, part) => {
    const document = { model: 'm', axes: { e: { rules: [] } }, tiers: {}, ...part };
    expect(validate(JSON.parse(JSON.stringify(document)))).toBe(false);
    expect(() => parseModel(JSON.stringify(document))).toThrow();
  });
});
