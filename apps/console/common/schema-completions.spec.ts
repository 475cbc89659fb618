import { completionsOf, type Schema } from './schema-completions';

const PROCESS: Schema = {
  properties: {
    process: { description: 'Id of the process.' },
    stages: {
      items: {
        properties: {
          id: {},
          entry: { anyOf: [{ enum: ['accepted', 'quoted'] }, { items: { enum: ['accepted', 'quoted'] } }] },
          next: { items: { $ref: '#/$defs/rule' } },
        },
      },
    },
  },
  $defs: { rule: { properties: { do: { enum: ['call', 'quote'] }, within: {}, at: { const: 'best-hour' } } } },
};

/** What is offered at the end of a text. */
const offered = (text: string): string[] => {
  const lines = text.split('\n');
  return completionsOf(PROCESS, { line: lines.pop()!, lines }).map(({ label }) => label);
};

describe('what may be written in a document', () => {
  it('are the members of where the cursor is', () => {
    expect(offered('')).toEqual(['process', 'stages']);
    expect(offered('process: standard\nstages:\n  - ')).toEqual(['id', 'entry', 'next']);
    expect(offered('stages:\n  - id: call\n    ')).toEqual(['id', 'entry', 'next']);
    expect(offered('stages:\n  - id: call\n    next:\n      - ')).toEqual(['do', 'within', 'at']);
    expect(offered('stages:\n  - id: call\n    next:\n      - do: call\n        ')).toEqual(['do', 'within', 'at']);
  });

  it('are the values of what stands before it', () => {
    expect(offered('stages:\n  - entry: ')).toEqual(['accepted', 'quoted']);
    expect(offered('stages:\n  - id: call\n    entry:\n      - ')).toEqual(['accepted', 'quoted']);
    expect(offered('stages:\n  - next:\n      - do: ')).toEqual(['call', 'quote']);
    expect(offered('stages:\n  - next:\n      - do: call\n        at: ')).toEqual(['best-hour']);
  });

  it('is nothing where anything may be written, or nothing is known', () => {
    expect(offered('process: ')).toEqual([]);
    expect(offered('stages:\n  - unknown:\n      ')).toEqual([]);
  });
});
