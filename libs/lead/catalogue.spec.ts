import { catalogue, validateData } from '@leadlog/lead';

describe('the catalogue', () => {
  it.each([...catalogue.values()].map((definition) => [definition.type, definition] as const))('%s: its example is valid', (type, definition) => {
    expect(validateData(type, definition.example)).toEqual([]);
  });
});
