import { addressHas, tellWords, type TypedWords } from './typed-words';

const words = (of: string): TypedWords => ({ typed: of, told: of, had: of });
const type = (before: TypedWords, typed: string): TypedWords => ({ ...before, typed });

describe('words that are typed, and are in the address', () => {
  it('stay as they are typed while the address gets those of before', () => {
    const told = tellWords(type(words(''), 'ab '));
    expect(told).toEqual({ typed: 'ab ', told: 'ab', had: '' });
    expect(addressHas(told, '')).toEqual(told);
    expect(addressHas(type(told, 'abc'), 'ab')).toEqual({ typed: 'abc', told: 'ab', had: 'ab' });
  });

  it('are those of the address once it has others, and are not told to it again', () => {
    const back = addressHas(addressHas(tellWords(type(words(''), 'ab')), 'ab'), '');
    expect(back).toEqual(words(''));
    expect(addressHas(type(words('ab'), 'abc'), 'xy')).toEqual(words('xy'));
  });
});
