import shared from '@eventstore/db-client/generated/shared_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { START, type Position } from '../log';
import { streamIdentifier } from './client-inside';

const { Options } = streams.ReadReq;
const { FORWARDS, BACKWARDS } = Options.ReadDirection;
type RequestOptions = streams.ReadReq.Options;

/** Events that the server searches at a time; after each such page it reports its position. A page takes seconds on a slow server. */
const WINDOW = 4_096;
const UNLIMITED = '9223372036854775807';

/** Events of one stream from a revision on. Default: from the first, or backwards from the last. */
export function ofStream(
  stream: string,
  { from, backwards = false, count }: { from?: bigint; backwards?: boolean; count?: number },
): streams.ReadReq {
  const place = new Options.StreamOptions().setStreamIdentifier(streamIdentifier(stream));
  if (from !== undefined) place.setRevision(`${from}`);
  else if (backwards) place.setEnd(new shared.Empty());
  else place.setStart(new shared.Empty());
  return bounded(new Options().setStream(place), backwards, count);
}

/** The newest events of all streams, or of those that `only` passes; the server searches backwards until it has found that many. */
export function newestOfAll({ count, before, only }: { count: number; before?: Position; only?: ServerFilter }): streams.ReadReq {
  const place = new Options.AllOptions();
  if (before === undefined) place.setEnd(new shared.Empty());
  else place.setPosition(new Options.Position().setCommitPosition(`${before}`).setPreparePosition(`${before}`));
  return bounded(new Options().setAll(place), true, count, only);
}

/** The present events of the log after a position; ends at the head. */
export function behind(after: Position, only: ServerFilter): streams.ReadReq {
  return bounded(new Options().setAll(placeBehind(after)), false, undefined, only);
}

/** The events of the log after a position, then new ones as they are written. */
export function subscription(after: Position, only: ServerFilter): streams.ReadReq {
  return request(new Options().setAll(placeBehind(after)).setSubscription(new Options.SubscriptionOptions()), only);
}

/** The filter applied by the server; nothing else is transferred. */
export type ServerFilter = { streamPrefixes: readonly string[] } | 'not-of-the-server';

function placeBehind(after: Position): streams.ReadReq.Options.AllOptions {
  const place = new Options.AllOptions();
  return after === START
    ? place.setStart(new shared.Empty())
    : place.setPosition(new Options.Position().setCommitPosition(`${after}`).setPreparePosition(`${after}`));
}

function bounded(options: RequestOptions, backwards: boolean, count?: number, only?: ServerFilter): streams.ReadReq {
  return request(
    options.setReadDirection(backwards ? BACKWARDS : FORWARDS).setCount(count === undefined || count === Infinity ? UNLIMITED : `${count}`),
    only,
  );
}

function request(options: RequestOptions, only?: ServerFilter): streams.ReadReq {
  if (only === undefined) options.setNoFilter(new shared.Empty());
  else options.setFilter(filterOptions(only));
  const uuids = new Options.UUIDOption().setString(new shared.Empty());
  return new streams.ReadReq().setOptions(options.setResolveLinks(false).setUuidOption(uuids));
}

function filterOptions(only: ServerFilter): streams.ReadReq.Options.FilterOptions {
  const expression = new Options.FilterOptions.Expression();
  const filter = new Options.FilterOptions().setMax(WINDOW).setCheckpointintervalmultiplier(1);
  return only === 'not-of-the-server'
    ? filter.setEventType(expression.setRegex('^[^\\$].*'))
    : filter.setStreamIdentifier(expression.setPrefixList([...only.streamPrefixes]));
}
