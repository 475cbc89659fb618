import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorOf, told } from '@leadlog/children';
import { InvalidDocument } from '@leadlog/documents';
import { EventTooLarge, LogOverloaded, LogUnavailable, OutcomeUnknown, WrongExpectedRevision } from '@leadlog/event-log';
import { JobsUnavailable } from '@leadlog/jobs';
import { ControlRefused, Diverged, Fenced, NotBuiltYet, NotReached, StoreUnavailable, UnknownProjection } from '@leadlog/projections';
import { ArchiveBehind } from '@leadlog/archive';
import { FoldFailed, ReplayMovedOn, UnknownReplay, WrongReplay } from '@leadlog/replays';
import { UnknownReport, WrongParameter, WrongReport } from '@leadlog/reports';
import { UnknownModel } from '@leadlog/scoring';
import { RefusedSql, SqlBusy, SqlFailed, SqlStopped } from '@leadlog/sql';
import { isFinal, isPassing, kindOf, kindOfStatus, statusOf, type ErrorKind, type ErrorPart } from '@leadlog/errors';

const cases: [error: Error, kind: ErrorKind, status: number][] = [
  [new WrongExpectedRevision('s', 0n, 1n), 'conflict', 409],
  [new EventTooLarge('id', 2, 1), 'invalid', 413],
  [new OutcomeUnknown('away'), 'unavailable', 503],
  [new LogUnavailable('disk-full', 'full'), 'unavailable', 503],
  [new LogOverloaded(5, 7), 'busy', 503],
  [new JobsUnavailable('locked', 'locked'), 'unavailable', 503],
  [new ControlRefused('a live generation', 'none', '/name'), 'conflict', 409],
  [new UnknownProjection('leed', ['leads']), 'unknown', 404],
  [new NotBuiltYet('leads'), 'busy', 503],
  [new NotReached('leads', 5n, 3n, 10), 'busy', 503],
  [new StoreUnavailable('unreachable', 'away'), 'unavailable', 503],
  [new Fenced(1, 2), 'conflict', 409],
  [new Diverged('leads/1'), 'conflict', 409],
  [new ArchiveBehind(1n, 9n), 'unavailable', 503],
  [new UnknownReplay('seen', []), 'unknown', 404],
  [new WrongReplay('no name'), 'invalid', 400],
  [new ReplayMovedOn('seen'), 'conflict', 409],
  [new FoldFailed('it failed'), 'invalid', 400],
  [new WrongReport('no SQL'), 'invalid', 400],
  [new WrongParameter('from', 'a day', '5'), 'invalid', 400],
  [new UnknownReport('funel', ['funnel']), 'unknown', 404],
  [new InvalidDocument('model.yaml', [{ line: 1, column: 2, message: 'no axes' }]), 'invalid', 422],
  [new UnknownModel('/id', 'a model', '"x"'), 'unknown', 404],
  [new RefusedSql('no SELECT'), 'invalid', 400],
  [new SqlFailed('no such column'), 'invalid', 400],
  [new SqlBusy(20), 'busy', 503],
  [new SqlStopped('time', 'stopped after 30 s'), 'busy', 422],
];

describe('an error of ours', () => {
  it.each(cases)('%s has a kind, from which its status follows', (error, kind, status) => {
    expect([kindOf(error), statusOf(error), error.name]).toEqual([kind, status, error.constructor.name]);
    expect([isPassing(error), isFinal(error)]).toEqual([kind === 'busy' || kind === 'unavailable', kind === 'invalid']);
  });

  it.each(cases)('%s keeps all that counts on its way through a process and a thread', (error) => {
    const arrived = errorOf(structuredClone(told(errorOf(structuredClone(told(error))))));
    const { errors, retryAfterSeconds, reason } = error as Error & { errors?: ErrorPart[]; retryAfterSeconds?: number; reason?: string };
    expect(arrived).toBeInstanceOf(Error);
    expect([arrived.name, arrived.message, kindOf(arrived), statusOf(arrived)]).toEqual([
      error.name,
      error.message,
      kindOf(error),
      statusOf(error),
    ]);
    expect([arrived.errors, arrived.retryAfterSeconds, arrived.reason]).toEqual([errors, retryAfterSeconds, reason]);
  });

  it('is told from one that nobody foresaw', () => {
    for (const error of [
      new RangeError('x'),
      Object.assign(new Error('x'), { kind: 'row' }),
      Object.assign(new Error('x'), { kind: 'toString' }),
      undefined,
      null,
      'invalid',
    ]) {
      expect([kindOf(error), statusOf(error), isPassing(error), isFinal(error)]).toEqual([undefined, undefined, false, false]);
    }
  });

  it('is what every library throws on purpose; the few without a kind are damage', () => {
    const libraries = join(__dirname, '../../libs');
    const files = readdirSync(libraries, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/\.(spec|testing|contract)\.ts$|^errors/.test(file),
    );
    const without = files.flatMap((file) =>
      [...readFileSync(join(libraries, file), 'utf8').matchAll(/class (\w+) extends Error\b/g)].map(([, name]) => name),
    );
    expect(without.sort()).toEqual(['PoisonEvent', 'UndecodableEvent', 'UnknownEventType', 'WasThere']);
  });
});

it.each<[number, ErrorKind | undefined]>([
  [200, undefined],
  [400, 'invalid'],
  [403, 'forbidden'],
  [404, 'unknown'],
  [405, 'invalid'],
  [409, 'conflict'],
  [413, 'invalid'],
  [415, 'invalid'],
  [421, 'forbidden'],
  [422, 'invalid'],
  [429, 'busy'],
  [500, undefined],
  [503, 'unavailable'],
])('the status %i of an answer is %s', (status, kind) => expect(kindOfStatus(status)).toBe(kind));
