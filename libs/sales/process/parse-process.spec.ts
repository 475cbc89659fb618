import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { InvalidDocument } from '@leadlog/documents';
import { parseProcess, readProcess } from './parse-process';
import { processVersion } from './process';
import { PROCESS_SCHEMA } from './process-schema';

const PROCESSES = join(__dirname, '../processes');
const validate = new Ajv2020({ strict: false }).compile(PROCESS_SCHEMA);

const WORDS = 'name: N, purpose: P, entry: accepted';
const RULE = 'do: call, within: 4bh, because: B';
const withStage = (stage: string): string => `process: p\nstages:\n  - { id: s, ${stage} }\n`;
const withRule = (rule: string): string =>
  `process: p\nstages:\n  - id: s\n    ${WORDS.replaceAll(', ', '\n    ')}\n    next:\n      - { ${rule} }\n`;

function problems(text: string): string[] {
  try {
    parseProcess(text, 'p');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidDocument);
    return (error as InvalidDocument).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('a sales process', () => {
  it.each(readdirSync(PROCESSES))('%s, which comes with Leadlog, is read, valid by the JSON Schema, and commented', (file) => {
    const text = readFileSync(join(PROCESSES, file), 'utf8');
    expect(parseProcess(text, file).process).toBe(file.replace('.yaml', ''));
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
    expect(text.match(/#/g)!.length).toBeGreaterThan(1);
  });

  it('is the same version whatever its comments and order, and another with another meaning', () => {
    const text = withRule(`${RULE}, when: { lastCall: [busy] }`);
    const version = processVersion(parseProcess(text));
    expect(processVersion(parseProcess(`# a comment\n\n${text}`))).toBe(version);
    expect(processVersion(readProcess(parse(text) as object, 'p').process)).toBe(version);
    expect(processVersion(parseProcess(text.replace('[busy]', '{ $in: [busy] }')))).toBe(version);
    expect(processVersion(parseProcess(text.replace('4bh', '5bh')))).not.toBe(version);
  });

  it('knows the line of each rule', () => {
    const { stages } = parseProcess(withRule(RULE));
    expect(stages[0]!.next).toMatchObject([{ line: 8, do: 'call', within: { businessMs: 4 * 3_600_000 }, because: { ja: 'B', en: 'B' } }]);
  });

  it.each([
    [
      'what is missing',
      'process: p\nstages:\n  - { id: s }\n',
      ['name', 'purpose', 'entry'].map((name) => `3:5 stage s: expected ${name}, which is missing`),
    ],
    ['no stages', 'process: p\nstages: []\n', ['2:9 stages: expected 1 to 20 stages, got 0']],
    [
      'an unknown moment',
      withStage('name: N, purpose: P, entry: acepted'),
      ['3:42 stage s: entry: there is no acepted; the nearest is accepted'],
    ],
    [
      'an unknown KPI',
      withStage(`${WORDS}, kpis: [calls, aswer-rate]`),
      ['3:66 stage s: kpis: there is no aswer-rate; the nearest is answer-rate'],
    ],
    ['an unknown verb', withRule('do: cal, within: 1d, because: B'), ['8:15 stage s: next 1: do: there is no cal; the nearest is call']],
    ['no duration', withRule('do: call, within: soon, because: B'), ['8:29 stage s: next 1: within: expected a duration such as']],
    ['another time', withRule(`${RULE}, at: noon`), ['8:50 stage s: next 1: at: expected best-hour, got "noon"']],
    [
      'an unknown field',
      withRule(`${RULE}, when: { lastCal: busy }`),
      ['8:54 stage s: next 1: when: there is no lastCal; the nearest is lastCall'],
    ],
    [
      'an unknown outcome',
      withRule(`${RULE}, when: { lastCall: buzy }`),
      ['8:64 stage s: next 1: when: lastCall: there is no buzy; the nearest is busy'],
    ],
    [
      'a condition that never holds',
      withRule(`${RULE}, when: { calls: { $exists: false } }`),
      ['8:54 stage s: next 1: when: calls: every run and deal has it, so it is never absent'],
    ],
    [
      'what nothing says is done',
      withRule('do: email, within: 1d, because: B'),
      ['8:15 stage s: next 1: do: expected when or after with email, because nothing that is recorded says that it was done'],
    ],
    [
      'no threshold',
      withStage(`${WORDS}, giveUp: { after: {}, then: return, because: B }`),
      ['3:69 stage s: giveUp: after: expected calls or days, got neither'],
    ],
    [
      'an end that is none',
      withStage(`${WORDS}, giveUp: { after: { calls: 1 }, then: call, because: B }`),
      ['3:89 stage s: giveUp: then: there is no call'],
    ],
  ])('names by line and column %s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected.map((message) => expect.stringContaining(message) as string));
  });

  it('refuses two flow items of one id, also in different stages', () => {
    const stage = (id: string): string => `  - { id: ${id}, ${WORDS}, flow: [{ id: need, kind: ask, text: T }] }\n`;
    expect(problems(`process: p\nstages:\n${stage('s')}${stage('t')}`)).toEqual([
      '4:65 stage t: flow 1: expected each id once in a process, got need again',
    ]);
    expect(problems(withStage(`${WORDS}, flow: [{ id: need, kind: aks, required: often, text: T }]`))).toEqual([
      expect.stringContaining('flow 1: kind: there is no aks; the nearest is ask'),
      expect.stringContaining('flow 1: required: expected true or false, got "often"'),
    ]);
  });

  it('refuses two stages of one id', () => {
    expect(problems(`process: p\nstages:\n  - { id: s, ${WORDS} }\n  - { id: s, ${WORDS} }\n`)).toEqual([
      '4:11 stage s: expected each id once, got it again',
    ]);
  });
});
