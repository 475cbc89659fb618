import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { catalogue, decode, UndecodableEvent, UnknownEventType, validateData } from '@leadlog/events';
import { recorded } from './recorded.testing';
import { upcasts } from './upcasts';

interface RecordedStream {
  what: string;
  events: (Omit<RecordedEvent, 'revision' | 'position'> & { revision: string; position: string })[];
  today: object[];
}

const folder = join(__dirname, 'recorded-streams');
const streams = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RecordedStream);
const live = ({ revision, position, ...event }: RecordedStream['events'][number]): RecordedEvent => ({
  ...event,
  revision: BigInt(revision),
  position: BigInt(position),
});

describe('decode', () => {
  it('gives back the very same object when the version is the current one', () => {
    for (const type of ['EmailOpened', 'ContentDownloaded', 'CallCompleted'] as const) {
      const event = recorded(type);
      expect(decode(event)).toBe(event);
    }
  });

  it('looks neither at data nor at metadata of a type that has never had another version', () => {
    const event = recorded('EmailOpened');
    const closed: RecordedEvent = {
      ...event,
      get data(): never {
        throw new Error('data was read');
      },
      get metadata(): never {
        throw new Error('metadata was read');
      },
    };
    expect(decode(closed)).toBe(closed);
  });

  it.each(streams.map((stream) => [stream.what, stream] as const))('replays a recorded stream: %s', (_, stream) => {
    const decoded = stream.events.map((event) => decode(live(event)));
    expect(decoded.map(({ data }) => data)).toEqual(stream.today);
    for (const event of decoded) {
      expect(validateData(event.type, event.data)).toEqual([]);
      expect(event.metadata.schemaVersion).toBe(catalogue.get(event.type)!.schemaVersion);
      expect(decode(event)).toBe(event);
    }
  });

  it('does not change what was recorded', () => {
    for (const { events } of streams) {
      for (const event of events) {
        const before = structuredClone(event);
        decode(live(event));
        expect(event).toEqual(before);
      }
    }
  });

  it('has a step for every version that a type has had, and a recorded stream of each', () => {
    for (const { type, schemaVersion } of catalogue.values()) {
      expect([type, upcasts.get(type)?.length ?? 0]).toEqual([type, schemaVersion - 1]);
      for (let version = 1; version < schemaVersion; version++) {
        const replayed = streams.some(({ events }) =>
          events.some((event) => event.type === type && event.metadata.schemaVersion === version),
        );
        expect([type, version, replayed]).toEqual([type, version, true]);
      }
    }
  });

  it('refuses a type that the catalogue does not know, and names the nearest one', () => {
    const event = { ...recorded('EmailOpened'), type: 'EmailOpend' };
    expect(() => decode(event)).toThrow(UnknownEventType);
    expect(() => decode(event)).toThrow(
      /"EmailOpend" \(activity-lead-1, revision \d+\) is not in the catalogue; the nearest of its \d+ names is EmailOpened/,
    );
  });

  it('refuses an event that a newer Leadlog wrote', () => {
    const event = recorded('CallCompleted', {}, { metadata: { schemaVersion: 3 } });
    expect(() => decode(event)).toThrow(UndecodableEvent);
    expect(() => decode(event)).toThrow(
      'has schema version 3; this version of Leadlog knows 1 to 2. A newer version wrote it: upgrade Leadlog',
    );
  });

  it('refuses an old event whose data are not what its version promises, and says why', () => {
    const event = { ...recorded('CallCompleted', {}, { metadata: { schemaVersion: 1 } }), data: { result: 'maybe', minutes: 1 } };
    expect(() => decode(event)).toThrow(
      /cannot be upcast from schema version 1 to 2: expected result to be one of answered, .*, got "maybe"/,
    );
  });
});
