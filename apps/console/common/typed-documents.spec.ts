import { isAllSaved, saved, typed } from './typed-documents';

describe('what is typed of documents', () => {
  it('is kept for each, until it is discarded', () => {
    const both = typed(typed({}, 'process', 'a: 1'), 'policy', 'b: 2');
    expect(both).toEqual({ process: { text: 'a: 1', isSaved: false }, policy: { text: 'b: 2', isSaved: false } });
    expect(typed(both, 'process', undefined)).toEqual({ policy: { text: 'b: 2', isSaved: false } });
  });

  it('is saved as it was sent, and what was typed since then is not', () => {
    const written = typed({}, 'process', 'a: 1');
    expect(isAllSaved(written)).toBe(false);
    expect(isAllSaved(saved(written, 'process', 'a: 1'))).toBe(true);
    const later = saved(typed(written, 'process', 'a: 12'), 'process', 'a: 1');
    expect(later).toEqual({ process: { text: 'a: 12', isSaved: false } });
    expect(isAllSaved(typed(saved(written, 'process', 'a: 1'), 'process', 'a: 12'))).toBe(false);
    expect(isAllSaved({})).toBe(true);
  });
});
