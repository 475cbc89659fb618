import type { ProjectionSource } from '../projection-source';
import type { GenerationRecord } from '../store';
import { pointsProjection } from './points.testing';
import { wantedGenerations } from './generations';

const AT = '2026-06-01T00:00:00.000Z';
const STREAM = 'model-a';
/** Of the version, as the log asked for it at `position`; without one as the program has it. */
const source = (version: string, position?: bigint, retired?: true): ProjectionSource => ({
  name: 'points',
  retired,
  current: () => ({ projection: pointsProjection(version), spec: version, ...(position !== undefined && { asOf: { stream: STREAM, position } }) }),
});
const generation = (number: number, version: string, state: GenerationRecord['state'], more: Partial<GenerationRecord> = {}): GenerationRecord => ({
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
    .map(({ id, version, state, autoSwitch, asOf, insteadOf }) => [id, version, state, asOf && `@${asOf.position}`, !autoSwitch && 'waits', insteadOf && `instead of ${insteadOf}`].filter(Boolean).join(' '));
  return { notices, told };
}

describe('which generations a source asks for', () => {
  it.each<[string, ProjectionSource, GenerationRecord[], string[]]>([
    ['the first one', source('1'), [], ['points.1 1 building']],
    ['one of a changed program, beside the live one', source('2'), [generation(1, '1', 'live')], ['points.1 1 live', 'points.2 2 building']],
    ['no second of the same', source('2'), [generation(1, '1', 'live'), generation(2, '2', 'building')], ['points.1 1 live', 'points.2 2 building']],
    ['not what the program before was building', source('3'), [generation(1, '1', 'live'), generation(2, '2', 'building')], ['points.1 1 live', 'points.2 3 building'].map((text) => text.replace('points.2', 'points.3'))],
    [
      'the end of a rollback that is under way, before its own',
      source('3'),
      [generation(1, '1', 'building', { switchedAt: AT, insteadOf: '2' }), generation(2, '2', 'live')],
      ['points.1 1 building instead of 2', 'points.2 2 live', 'points.3 3 building'],
    ],
    ['what a publication names', source('2', 50n), [generation(1, '1', 'live')], ['points.1 1 live', 'points.2 2 building @50']],
    ['the live one, where the publication names it', source('1', 50n), [generation(1, '1', 'live')], ['points.1 1 live @50']],
    ['and no build of what was published before', source('1', 60n), [generation(1, '1', 'live', asked(40)), generation(2, '2', 'building', asked(50))], ['points.1 1 live @60']],
    ['but a rebuild of it', source('1', 40n), [generation(1, '1', 'live', asked(40)), generation(2, '1', 'building', asked(40))], ['points.1 1 live @40', 'points.2 1 building @40']],
    ['one that was live before and has only to catch up', source('1', 60n), [generation(1, '1', 'retired', asked(40)), generation(2, '2', 'live', asked(50))], ['points.1 1 building @60', 'points.2 2 live @50']],
    [
      'one that was live before, and keeps another that was on its way back',
      source('2', 70n),
      [generation(1, '1', 'building', { ...asked(60), switchedAt: AT }), generation(2, '2', 'retired', asked(50)), generation(3, '3', 'live', asked(55))],
      ['points.1 1 retired @60', 'points.2 2 building @70', 'points.3 3 live @55'],
    ],
    ['what a publication names, instead of a rollback by hand', source('3', 60n), [generation(1, '1', 'building', { ...asked(50), switchedAt: AT, insteadOf: '2' }), generation(2, '2', 'live', asked(50))], ['points.1 1 retired @50', 'points.2 2 live @50', 'points.3 3 building @60']],
    ['three to go back to, and no more', source('5', 90n), [...[1, 2, 3].map((n) => generation(n, String(n), 'retired', asked(n))), generation(4, '4', 'live', asked(4))], ['points.2 2 retired @2', 'points.3 3 retired @3', 'points.4 4 live @4', 'points.5 5 building @90']],
    ['nothing, where a later event has asked for something else', source('2', 50n), [generation(3, '3', 'building', asked(60))], ['points.3 3 building @60']],
    ['nothing for a file that was overruled', source('1', -1n), [generation(2, '2', 'live', asked(50))], ['points.2 2 live @50']],
    ['what the settings name, where that is another model', source('1', -1n), [generation(2, '2', 'live', asked(50, 'model-b'))], ['points.2 2 live @50', 'points.3 1 building @-1']],
    ['nothing more of what is out of use', source('2', 70n, true), [generation(1, '1', 'retired', asked(40)), generation(2, '2', 'live', asked(50)), generation(3, '3', 'building', asked(60))], ['points.1 1 retired @70', 'points.2 2 retired @70']],
    ['what came back into use', source('2', 80n), [generation(2, '2', 'retired', asked(70))], ['points.2 2 building @80']],
  ])('%s', (_, of, all, expected) => {
    expect(wanted(of, ...all)).toEqual({ notices: [], told: expected });
    // Whoever asks again, at whatever moment, asks for the same.
    const once = wantedGenerations(of, all, AT, () => undefined);
    expect(wantedGenerations(of, once, AT, () => undefined)).toEqual(once);
  });

  it('does not go forward by itself from what was rolled back to by hand, until the log asks for something else', () => {
    const back = [generation(1, '1', 'live', { ...asked(50), insteadOf: '2' }), generation(2, '2', 'retired', asked(50))];
    expect(wanted(source('2', 50n), ...back)).toMatchObject({ told: ['points.1 1 live @50 instead of 2', 'points.2 2 retired @50'], notices: [expect.stringContaining('rolled back')] });
    expect(wanted(source('3', 60n), ...back).told).toEqual(['points.1 1 live @50 instead of 2', 'points.2 2 retired @50', 'points.3 3 building @60']);
    expect(wanted(source('2', 60n), ...back).told).toEqual(['points.1 1 live @50 instead of 2', 'points.2 2 building @60']);
  });
});
