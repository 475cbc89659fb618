import * as fc from 'fast-check';
import type { ProjectionSource } from '../projection-source';
import { ALL_SLICES, slicesOfHex } from '../slices';
import type { GenerationRecord, GenerationState } from '../store';
import {
  ControlRefused,
  dropped,
  failed,
  failedWithoutCode,
  paused,
  rebuildAsked,
  rolledBack,
  slicesBuilt,
  switched,
  unparkAsked,
  unparked,
  UnknownProjection,
  versionsFilledIn,
  wantedGenerations,
  type Generations,
} from './generations';
import { pointsProjection } from './points.testing';

const AT = '2026-06-01T00:00:00.000Z';
const STREAM = 'model-a';
/** Of the version, as the log asked for it at `position`; without one as the program has it. */
const source = (version: string, position?: bigint, retired?: true): ProjectionSource => ({
  name: 'points',
  retired,
  current: () => ({
    projection: pointsProjection(version),
    spec: version,
    ...(position !== undefined && { asOf: { stream: STREAM, position } }),
  }),
});
const generation = (
  number: number,
  version: string,
  state: GenerationRecord['state'],
  more: Partial<GenerationRecord> = {},
): GenerationRecord => ({
  id: `points.${number}`,
  projection: 'points',
  version,
  state,
  paused: false,
  autoSwitch: true,
  createdAt: AT,
  // What has been live once, later ones later.
  ...((state === 'live' || state === 'retired') && { switchedAt: `2026-06-0${number}T00:00:00.000Z` }),
  ...more,
});
const asked = (position: number, stream = STREAM) => ({ asOf: { stream, position: String(position) } });
const other = { ...generation(1, 'x', 'building'), id: 'other.1', projection: 'other' };

function wanted(of: ProjectionSource, ...all: GenerationRecord[]): { notices: string[]; told: string[] } {
  const notices: string[] = [];
  const next = wantedGenerations(of, [...all, other], AT, (text) => notices.push(text));
  expect(next).toContain(other);
  const told = next
    .filter(({ projection }) => projection === 'points')
    .map(({ id, version, state, autoSwitch, asOf, insteadOf }) =>
      [id, version, state, asOf && `@${asOf.position}`, !autoSwitch && 'waits', insteadOf && `instead of ${insteadOf}`]
        .filter(Boolean)
        .join(' '),
    );
  return { notices, told };
}

describe('which generations a source asks for', () => {
  it.each<[string, ProjectionSource, GenerationRecord[], string[]]>([
    ['the first one', source('1'), [], ['points.1 1 building']],
    [
      'one of a changed program, beside the live one',
      source('2'),
      [generation(1, '1', 'live')],
      ['points.1 1 live', 'points.2 2 building'],
    ],
    [
      'no second of the same',
      source('2'),
      [generation(1, '1', 'live'), generation(2, '2', 'building')],
      ['points.1 1 live', 'points.2 2 building'],
    ],
    [
      'not what the program before was building',
      source('3'),
      [generation(1, '1', 'live'), generation(2, '2', 'building')],
      ['points.1 1 live', 'points.2 3 building'].map((text) => text.replace('points.2', 'points.3')),
    ],
    [
      'the end of a rollback that is under way, before its own',
      source('3'),
      [generation(1, '1', 'building', { switchedAt: AT, insteadOf: '2' }), generation(2, '2', 'live')],
      ['points.1 1 building instead of 2', 'points.2 2 live', 'points.3 3 building'],
    ],
    ['what a publication names', source('2', 50n), [generation(1, '1', 'live')], ['points.1 1 live', 'points.2 2 building @50']],
    ['the live one, where the publication names it', source('1', 50n), [generation(1, '1', 'live')], ['points.1 1 live @50']],
    [
      'and no build of what was published before',
      source('1', 60n),
      [generation(1, '1', 'live', asked(40)), generation(2, '2', 'building', asked(50))],
      ['points.1 1 live @60'],
    ],
    [
      'but a rebuild of it',
      source('1', 40n),
      [generation(1, '1', 'live', asked(40)), generation(2, '1', 'building', asked(40))],
      ['points.1 1 live @40', 'points.2 1 building @40'],
    ],
    [
      'one that was live before and has only to catch up',
      source('1', 60n),
      [generation(1, '1', 'retired', asked(40)), generation(2, '2', 'live', asked(50))],
      ['points.1 1 building @60', 'points.2 2 live @50'],
    ],
    [
      'one that was live before, and keeps another that was on its way back',
      source('2', 70n),
      [
        generation(1, '1', 'building', { ...asked(60), switchedAt: AT }),
        generation(2, '2', 'retired', asked(50)),
        generation(3, '3', 'live', asked(55)),
      ],
      ['points.1 1 retired @60', 'points.2 2 building @70', 'points.3 3 live @55'],
    ],
    [
      'what a publication names, instead of a rollback by hand',
      source('3', 60n),
      [generation(1, '1', 'building', { ...asked(50), switchedAt: AT, insteadOf: '2' }), generation(2, '2', 'live', asked(50))],
      ['points.1 1 retired @50', 'points.2 2 live @50', 'points.3 3 building @60'],
    ],
    [
      'three to go back to, and no more',
      source('5', 90n),
      [...[1, 2, 3].map((n) => generation(n, String(n), 'retired', asked(n))), generation(4, '4', 'live', asked(4))],
      ['points.2 2 retired @2', 'points.3 3 retired @3', 'points.4 4 live @4', 'points.5 5 building @90'],
    ],
    [
      'nothing, where a later event has asked for something else',
      source('2', 50n),
      [generation(3, '3', 'building', asked(60))],
      ['points.3 3 building @60'],
    ],
    ['nothing for a file that was overruled', source('1', -1n), [generation(2, '2', 'live', asked(50))], ['points.2 2 live @50']],
    [
      'what the settings name, where that is another model',
      source('1', -1n),
      [generation(2, '2', 'live', asked(50, 'model-b'))],
      ['points.2 2 live @50', 'points.3 1 building @-1'],
    ],
    [
      'nothing more of what is out of use',
      source('2', 70n, true),
      [generation(1, '1', 'retired', asked(40)), generation(2, '2', 'live', asked(50)), generation(3, '3', 'building', asked(60))],
      ['points.1 1 retired @70', 'points.2 2 retired @70'],
    ],
    ['what came back into use', source('2', 80n), [generation(2, '2', 'retired', asked(70))], ['points.2 2 building @80']],
  ])('%s', (_, of, all, expected) => {
    expect(wanted(of, ...all)).toEqual({ notices: [], told: expected });
    // Whoever asks again, at whatever moment, asks for the same.
    const once = wantedGenerations(of, all, AT, () => undefined);
    expect(wantedGenerations(of, once, AT, () => undefined)).toEqual(once);
  });

  it('does not go forward by itself from what was rolled back to by hand, until the log asks for something else', () => {
    const back = [generation(1, '1', 'live', { ...asked(50), insteadOf: '2' }), generation(2, '2', 'retired', asked(50))];
    expect(wanted(source('2', 50n), ...back)).toMatchObject({
      told: ['points.1 1 live @50 instead of 2', 'points.2 2 retired @50'],
      notices: [expect.stringContaining('rolled back')],
    });
    expect(wanted(source('3', 60n), ...back).told).toEqual([
      'points.1 1 live @50 instead of 2',
      'points.2 2 retired @50',
      'points.3 3 building @60',
    ]);
    expect(wanted(source('2', 60n), ...back).told).toEqual(['points.1 1 live @50 instead of 2', 'points.2 2 building @60']);
  });
});

const NOW = Date.parse('2026-07-01T00:00:00.000Z');
const STATES: readonly GenerationState[] = ['building', 'caught-up', 'live', 'retired', 'failed'];
type Transition = (all: Generations) => Generations;

/** `1 live, 2 building`, with what else a transition may change; or the words of the refusal. */
function after(transition: Transition, all: Generations): string {
  try {
    const next = transition([...all, other]);
    expect(next).toContainEqual(other);
    return next
      .filter(({ projection }) => projection === 'points')
      .map(({ id, state, paused: isPaused, autoSwitch, built, unpark }) =>
        [
          id.slice('points.'.length),
          state,
          isPaused && 'paused',
          !autoSwitch && 'waits',
          built && `has ${slicesOfHex(built).length} slices`,
          unpark && `unparks ${unpark.join()}`,
        ]
          .filter(Boolean)
          .join(' '),
      )
      .join(', ');
  } catch (error) {
    if (!(error instanceof ControlRefused)) throw error;
    return error.message;
  }
}

const BUSY =
  'expected a projection of which nothing is being built (wait for it, or drop it first), got one of which points.1 is being built already';
const some = ALL_SLICES.slice(0, 3);
const COMMANDS: Record<string, Transition> = {
  rebuild: (all) => rebuildAsked(all, 'points', true, AT).all,
  switch: (all) => switched(all, 'points', NOW).all,
  rollback: (all) => rolledBack(all, 'points').all,
  drop: (all) => dropped(all, 'points', 'points.1'),
  pause: (all) => paused(all, 'points', true),
  resume: (all) => paused(all, 'points', false),
  unpark: (all) => unparkAsked(all, 'points', ['a', 'b']),
  'some slices are built': (all) => slicesBuilt(all, ['points.1'], some, NOW),
  'the last slices are built': (all) => slicesBuilt(all, ['points.1'], ALL_SLICES, NOW),
  'nobody has its code': (all) => failedWithoutCode(all, ({ projection }) => projection !== 'points'),
};

describe('each transition of a generation from each of its states', () => {
  const refused = (expected: string) => (state: GenerationState) => `expected ${expected}, got points.1 (${state})`;
  const stays = (state: GenerationState) => `1 ${state}`;
  const table: Record<keyof typeof COMMANDS, Partial<Record<GenerationState, string>> & { others: (state: GenerationState) => string }> = {
    rebuild: { building: BUSY, others: (state) => `1 ${state}, 2 building` },
    switch: { 'caught-up': '1 live', others: refused('a generation that has caught up') },
    rollback: { retired: '1 building', others: refused('an earlier generation to go back to') },
    drop: {
      live: 'expected a generation that is not live (switch to another before dropping it), got points.1, which is live',
      others: () => '',
    },
    pause: { retired: '1 retired', others: (state) => `1 ${state} paused` },
    resume: { others: stays },
    unpark: { live: '1 live unparks a,b', others: stays },
    'some slices are built': { building: '1 building has 3 slices', others: stays },
    'the last slices are built': { building: '1 live', others: stays },
    'nobody has its code': { building: '1 failed', others: stays },
  };

  it.each(Object.keys(COMMANDS).flatMap((name) => STATES.map((state) => [name, state] as const)))('%s: %s', (name, state) => {
    const { [state]: expected, others } = table[name]!;
    expect(after(COMMANDS[name]!, [generation(1, '1', state)])).toBe(expected ?? others(state));
  });

  it.each<[string, GenerationRecord[], Transition, string]>([
    [
      'what takes over retires what was live',
      [generation(1, '1', 'live'), generation(2, '2', 'building')],
      (all) => slicesBuilt(all, ['points.2'], ALL_SLICES, NOW),
      '1 retired, 2 live',
    ],
    [
      'and so does what is switched to, the last that has caught up',
      [generation(1, '1', 'live'), generation(2, '2', 'caught-up'), generation(3, '3', 'caught-up')],
      COMMANDS.switch!,
      '1 retired, 2 caught-up, 3 live',
    ],
    [
      'what is to wait waits for a switch',
      [generation(1, '1', 'live'), generation(2, '2', 'building', { autoSwitch: false })],
      (all) => slicesBuilt(all, ['points.2'], ALL_SLICES, NOW),
      '1 live, 2 caught-up waits',
    ],
    [
      'what is retired is not resumed',
      [generation(1, '1', 'retired', { paused: true }), generation(2, '2', 'live', { paused: true })],
      COMMANDS.resume!,
      '1 retired paused, 2 live',
    ],
    [
      'slices add up, whoever builds them',
      [generation(1, '1', 'building')],
      (all) => slicesBuilt(slicesBuilt(all, ['points.1'], [0, 1], NOW), ['points.1'], [1, 2], NOW),
      '1 building has 3 slices',
    ],
    [
      'of two that are whole together the later one takes over',
      [generation(1, '1', 'building'), generation(2, '2', 'building')],
      (all) => slicesBuilt(all, ['points.1', 'points.2'], ALL_SLICES, NOW),
      '1 caught-up, 2 live',
    ],
    [
      'a build that was overtaken waits',
      [generation(1, '1', 'building'), generation(2, '2', 'building')],
      (all) => slicesBuilt(all, ['points.2'], ALL_SLICES, NOW),
      '1 building waits, 2 live',
    ],
    [
      'a rollback that was overtaken is given up',
      [generation(1, '1', 'building', { switchedAt: AT }), generation(2, '2', 'live'), generation(3, '3', 'building')],
      (all) => slicesBuilt(all, ['points.3'], ALL_SLICES, NOW),
      '1 retired, 2 retired, 3 live',
    ],
    [
      'a later build is not held up',
      [generation(1, '1', 'building'), generation(2, '2', 'building')],
      (all) => slicesBuilt(all, ['points.1'], ALL_SLICES, NOW),
      '1 live, 2 building',
    ],
    [
      'a rollback goes to what was live last, and a build waits for a switch',
      [generation(1, '1', 'retired'), generation(2, '2', 'retired'), generation(3, '3', 'live'), generation(4, '4', 'building')],
      COMMANDS.rollback!,
      '1 retired, 2 building, 3 live, 4 building waits',
    ],
    [
      'keys that were folded again are taken off, others stay',
      [generation(1, '1', 'live', { unpark: ['a', 'b'] })],
      (all) => unparked(all, new Map([['points.1', ['a']]])),
      '1 live unparks b',
    ],
    ['a key is asked for once', [generation(1, '1', 'live', { unpark: ['b'] })], COMMANDS.unpark!, '1 live unparks b,a'],
    [
      'a build that cannot be folded fails',
      [generation(1, '1', 'live'), generation(2, '2', 'building')],
      (all) => failed(all, 'points.2', 'no'),
      '1 live, 2 failed',
    ],
    [
      'what is paused or not yet named waits for a program that has the code',
      [generation(1, '1', 'building', { paused: true }), generation(2, '', 'building')],
      COMMANDS['nobody has its code']!,
      '1 building paused, 2 building',
    ],
    [
      'a generation that is not there is not dropped',
      [generation(1, '1', 'live'), generation(2, '2', 'failed')],
      (all) => dropped(all, 'points', 'points.7'),
      'expected a generation of points: points.1 (live), points.2 (failed), got "points.7"',
    ],
  ])('%s', (_, all, transition, expected) => expect(after(transition, all)).toBe(expected));

  it('names a projection that there is not, and those that there are', () => {
    for (const name of ['rebuild', 'switch', 'rollback', 'drop', 'pause', 'unpark']) {
      expect(() => COMMANDS[name]!([other])).toThrow(UnknownProjection);
      expect(() => COMMANDS[name]!([other])).toThrow('expected a projection: one of other, got "points"');
    }
  });

  it('a rebuild takes its version and spec from a worker that has the code', () => {
    const asks = rebuildAsked([generation(1, '1', 'live')], 'points', true, AT).all;
    expect(versionsFilledIn(asks, [{ ...source('7'), name: 'another' }])).toEqual(asks);
    expect(versionsFilledIn(asks, [source('7', 50n)])).toEqual([asks[0], { ...asks[1]!, version: '7', spec: '7', ...asked(50) }]);
  });

  it('a rollback keeps what the log asked for, and what it went back from', () => {
    const back = rolledBack([generation(1, '1', 'retired', asked(40)), generation(2, '2', 'live', asked(50))], 'points').all;
    expect(back[0]).toMatchObject({ state: 'building', autoSwitch: true, insteadOf: '2', ...asked(50) });
  });

  it('since when a version is live is told over all generations of it; switches are in order whatever the clock says', () => {
    const live = { ...generation(1, '1', 'live'), versionSince: AT };
    const take = (version: string, now: number) =>
      slicesBuilt([live, generation(2, version, 'building')], ['points.2'], ALL_SLICES, now)[1];
    expect(take('1', NOW)).toMatchObject({ switchedAt: new Date(NOW).toISOString(), versionSince: AT });
    expect(take('2', NOW)).toMatchObject({ versionSince: new Date(NOW).toISOString() });
    expect(take('2', 0)).toMatchObject({ switchedAt: '2026-06-01T00:00:00.001Z' });
    expect(slicesBuilt([generation(1, '1', 'building')], ['points.1'], ALL_SLICES, NOW)[0]).toMatchObject({ versionSince: undefined });
  });
});

describe('any life of a projection', () => {
  const number = fc.integer({ min: 1, max: 6 });
  const ids = fc.subarray(
    [1, 2, 3, 4, 5, 6].map((n) => `points.${n}`),
    { minLength: 1 },
  );
  const step: fc.Arbitrary<Transition> = fc.oneof(
    fc.record({ version: fc.constantFrom('1', '2', '3'), at: fc.option(fc.bigInt({ min: 0n, max: 20n }), { nil: undefined }) }).map(
      ({ version, at }): Transition =>
        (all) =>
          wantedGenerations(source(version, at), all, AT, () => undefined),
    ),
    fc.boolean().map(
      (auto): Transition =>
        (all) =>
          rebuildAsked(all, 'points', auto, AT).all,
    ),
    fc.constantFrom(COMMANDS.switch!, COMMANDS.rollback!, COMMANDS.pause!, COMMANDS.resume!, COMMANDS.unpark!),
    number.map(
      (n): Transition =>
        (all) =>
          dropped(all, 'points', `points.${n}`),
    ),
    fc.nat().map(
      (now): Transition =>
        (all) =>
          slicesBuilt(
            all,
            all.map(({ id }) => id).filter((id) => id !== other.id),
            ALL_SLICES,
            now,
          ),
    ),
    fc.record({ ids, slices: fc.constantFrom(ALL_SLICES, some, ALL_SLICES.slice(3)), now: fc.nat() }).map(
      ({ ids: built, slices, now }): Transition =>
        (all) =>
          slicesBuilt(all, built, slices, now),
    ),
    number.map(
      (n): Transition =>
        (all) =>
          all.some(({ id, state }) => id === `points.${n}` && state === 'building') ? failed(all, `points.${n}`, 'no') : all,
    ),
    fc.constant<Transition>((all) => versionsFilledIn(all, [source('3')])),
  );

  it('has one live generation from the first that was built, later ones switched to later, and leaves other projections alone', () => {
    let [switches, refusals] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), (steps) => {
        let all: Generations = [other];
        let live: GenerationRecord | undefined;
        for (const transition of steps) {
          try {
            all = transition(all);
          } catch (error) {
            if (!(error instanceof ControlRefused || error instanceof UnknownProjection)) throw error;
            refusals += 1;
          }
          const mine = all.filter(({ projection }) => projection === 'points');
          expect(all).toContainEqual(other);
          expect(new Set(mine.map(({ id }) => id)).size).toBe(mine.length);
          const now = mine.filter(({ state }) => state === 'live');
          expect(now).toHaveLength(live || now.length > 0 ? 1 : 0);
          // Only what was live can be gone back to, and it then catches up in all of its slices.
          for (const { state, built, switchedAt } of mine)
            if (state === 'retired') expect([built, typeof switchedAt]).toEqual([undefined, 'string']);
          if (live && now[0]!.id !== live.id) {
            switches += 1;
            expect(now[0]!.switchedAt! > live.switchedAt!).toBe(true);
          }
          live = now[0];
        }
      }),
      { numRuns: 100, seed: 20261129 },
    );
    // What never happens proves nothing.
    expect([switches > 50, refusals > 50]).toEqual([true, true]);
  });
});
