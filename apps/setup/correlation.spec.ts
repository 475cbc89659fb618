import type { NewEvent } from '@leadlog/event-log';
import { correlated, correlationId, correlationIdOf, withCorrelation } from './correlation';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('the correlation id of a request', () => {
  it.each([
    ['the trace it is part of', { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, 'x-correlation-id': 'mine' }, TRACE],
    ['the id that the sender gave', { 'x-correlation-id': 'order/17:a', 'x-request-id': 'other' }, 'order/17:a'],
    ['the request id of a proxy', { 'x-request-id': 'abc' }, 'abc'],
    ['the next one where one is empty', { 'x-correlation-id': '', 'x-request-id': 'abc' }, 'abc'],
    ['the next one where a trace is none', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, 'x-request-id': 'abc' }, 'abc'],
  ])('is %s', (_, headers, expected) => expect(correlationIdOf(headers)).toBe(expected));

  it.each([{}, { traceparent: 'x' }, { 'x-correlation-id': 'a"b\n' }, { 'x-correlation-id': '佐藤' }, { 'x-request-id': 'x'.repeat(129) }])(
    'is a new one for %j',
    (headers) => {
      expect(correlationIdOf(headers)).toMatch(/^[\da-f-]{36}$/);
      expect(correlationIdOf(headers)).not.toBe(correlationIdOf(headers));
    },
  );
});

describe('events of a request', () => {
  const event = (id: string | undefined): NewEvent => ({
    id: '0190a7e2-0000-7000-8000-000000000001',
    type: 'WebPageViewed',
    data: {},
    metadata: {
      occurredAt: '2026-03-02T10:00:00Z',
      source: 's',
      sourceId: '1',
      initiator: 'customer',
      actor: { kind: 'system', id: 'x' },
      schemaVersion: 1,
      ...(id !== undefined && { correlationId: id }),
    },
  });

  it('have its id unless they bring one, across everything that is awaited', async () => {
    const events = [event(undefined), event('own')];
    const ids = await correlated({ correlationId: 'request-1' }, async () => {
      await new Promise(setImmediate);
      return withCorrelation(events).map(({ metadata }) => metadata.correlationId);
    });
    expect(ids).toEqual(['request-1', 'own']);
    expect(events[0]!.metadata.correlationId).toBeUndefined();
  });

  it('stay as they are where there is no request', () => {
    const events = [event(undefined)];
    expect(correlationId()).toBeUndefined();
    expect(withCorrelation(events)).toBe(events);
  });
});
