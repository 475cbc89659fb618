import { LastParsed } from './last-parsed';

describe('what was parsed last', () => {
  it('is the same value for the same text, and another for another', () => {
    const parsed = new LastParsed<{ generations: { id: string }[] }>();
    const first = parsed.of('{"generations":[{"id":"a"}]}');
    expect(parsed.of('{"generations":[{"id":"a"}]}')).toBe(first);
    expect(parsed.of('{"generations":[]}')).toEqual({ generations: [] });
  });

  it('cannot be changed by whoever was given it, at any depth', () => {
    const { generations } = new LastParsed<{ generations: { id: string }[] }>().of('{"generations":[{"id":"a"}]}');
    expect(() => generations.push({ id: 'b' })).toThrow(TypeError);
    expect(() => (generations[0]!.id = 'b')).toThrow(TypeError);
  });
});
