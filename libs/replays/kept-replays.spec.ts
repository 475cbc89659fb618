import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from '@leadlog/archive/archived-history.testing';
import { checkReplayName, KeptReplays, ReplayMovedOn, replayView, UnknownReplay, type Generation } from './kept-replays';

const folder = testFolder();
const generation = (name: string, position = 1n): Generation => ({
  name,
  source: '/somewhere/x.ts',
  code: 'export default {}',
  live: true,
  position,
  lastEvent: null,
  form: 'form',
  key: 'lead',
  madeAt: '2026-06-04T10:00:00.000Z',
  documents: 0,
  columns: [],
});
const NOW = Date.now();

describe('kept replays', () => {
  it('are there whole or not at all, the newest is read, and former ones stay for who is reading them', () => {
    const kept = new KeptReplays(folder('replays'));
    expect(kept.all()).toEqual([]);
    expect(() => kept.get('seen')).toThrow(new UnknownReplay('seen', []));
    const making = kept.begin('seen');
    writeFileSync(join(making, 'documents.parquet'), 'x');
    expect(kept.all()).toEqual([]);
    kept.publish(making, generation('seen', 7n), NOW);
    expect(kept.get('seen')).toMatchObject({ number: 1, position: 7n, view: 'replay_seen', live: true });
    kept.publish(kept.begin('seen'), generation('seen', 8n), NOW);
    expect(readdirSync(join(kept.folder, 'seen'))).toEqual(['1', '2']);
    kept.publish(kept.begin('seen'), generation('seen', 9n), NOW + 120_000);
    expect([readdirSync(join(kept.folder, 'seen')).sort(), kept.get('seen').position]).toEqual([['3'], 9n]);
    expect(() => kept.get('sen')).toThrow('expected a kept replay: one of seen; the nearest is seen, got "sen"');
  });

  it('of two writers of one generation the second gives way, or makes the next one', () => {
    const kept = new KeptReplays(folder('replays'));
    kept.publish(kept.begin('seen'), generation('seen'), NOW);
    const [live, replayed] = [kept.begin('seen', 'known'), kept.begin('seen')];
    kept.publish(replayed, generation('seen', 5n), NOW);
    expect(() => kept.publish(live, generation('seen', 6n), NOW, 2)).toThrow(ReplayMovedOn);
    const former = kept.get('seen');
    kept.publish(kept.begin('seen'), generation('seen', 7n), NOW);
    expect([former, kept.get('seen')].map((one) => [one.position, kept.isNewest(one)])).toEqual([
      [5n, false],
      [7n, true],
    ]);
  });

  it('what was begun before it was dropped never becomes a generation of one kept afterwards', () => {
    const kept = new KeptReplays(folder('replays'));
    kept.publish(kept.begin('seen'), generation('seen'), NOW);
    const making = kept.begin('seen', 'known');
    kept.drop('seen');
    expect(() => kept.begin('seen', 'known')).toThrow(ReplayMovedOn);
    kept.publish(kept.begin('seen'), generation('seen', 3n), NOW);
    mkdirSync(making, { recursive: true });
    rmSync(making, { recursive: true });
    expect(() => kept.publish(making, generation('seen', 9n), NOW, 2)).toThrow();
    expect(kept.all().map(({ position }) => position)).toEqual([3n]);
    kept.drop('seen');
    expect(() => kept.drop('seen')).toThrow(UnknownReplay);
    expect(readdirSync(kept.folder)).toEqual([]);
  });

  it('what who was killed has left goes away, and does not disturb', () => {
    const kept = new KeptReplays(folder('replays'));
    const left = kept.begin('seen');
    const day = 24 * 3_600_000;
    kept.publish(kept.begin('seen'), generation('seen'), NOW);
    utimesSync(left, 0, 0);
    expect(existsSync(left)).toBe(true);
    kept.publish(kept.begin('seen'), generation('seen'), NOW + 2 * day);
    expect(existsSync(left)).toBe(false);
    // One that cannot be read is none, and can be dropped.
    writeFileSync(join(kept.get('seen').folder, 'generation.json'), '{');
    expect(kept.all()).toEqual([]);
    kept.drop('seen');
    expect(readdirSync(kept.folder)).toEqual([]);
  });

  it('have names that SQL can say without quotes, and of which no two are one view', () => {
    for (const name of ['a', 'reach-by-rep', 'q3-2026', 'x'.repeat(50)]) expect(() => checkReplayName(name)).not.toThrow();
    for (const name of ['', 'A', '1st', 'a_b', 'a--b', '-a', 'a-', 'a b', '../a', 'é', 'x'.repeat(51)])
      expect(() => checkReplayName(name)).toThrow('expected a name of lower-case letters');
    for (const name of ['calls', 'tier-changes']) expect(() => checkReplayName(name)).toThrow(/is already a view of SQL/);
    expect(replayView('reach-by-rep')).toBe('replay_reach_by_rep');
  });
});
