import { doingsOf } from './document-past';

describe('what was done with a document', () => {
  it('is told the last first, by its place in the log, of which there may be more than a number holds', () => {
    const first = { version: 'a', publishedAt: '2026-11-01T00:00:00Z', position: '9007199254740993' };
    const back = { version: 'a', publishedAt: '2026-11-03T00:00:00Z', position: '9007199254740999', rollbackTo: 'a' };
    const draft = { version: 'b', draftedAt: '2026-11-02T00:00:00Z', position: '9007199254740994' };
    expect(doingsOf({ live: back, published: [first, back], versions: [draft] })).toMatchObject([
      { version: 'a', what: 'wasRolledBack', isLive: true },
      { version: 'b', what: 'wasDrafted', isLive: false },
      { version: 'a', what: 'wasPublished', isLive: false },
    ]);
  });

  it('begins with what the settings name, which nobody published', () => {
    const live = { version: 'a' };
    const draft = { version: 'b', draftedAt: '2026-11-02T00:00:00Z', position: '7' };
    expect(doingsOf({ live, published: [live], versions: [draft] })).toMatchObject([
      { version: 'b', what: 'wasDrafted' },
      { version: 'a', what: 'wasPublished', isLive: true, at: undefined },
    ]);
    expect(doingsOf({ published: [], versions: [] })).toEqual([]);
  });
});
