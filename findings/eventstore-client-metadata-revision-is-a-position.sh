#!/usr/bin/env bash
# metastreamRevision of EventStoreDB's client is a position in the log or undefined, never the revision: a check against concurrent changes fails always, or is none.
#
# Seen with: @eventstore/db-client 6.2.1, Node.js 20.20.2. Its server is played by the script, with the messages of the package itself: the metadata's event has
#   revision 2 and position 81230; in the second case the server gives no position for the read of a single stream, which the protocol provides for.
# A good engineer would expect: the metadata is the last event of the stream $$lead-1, and "the version of the metadata" (doc comment) its revision, to be given as
#   expectedRevision to setStreamMetadata, so that of two administrators who change maxCount and the access list at once one is told.
# What happens: the field is filled with the commitPosition of the event that was read. Where there is one, setStreamMetadata asks for revision 81230 of a
#   stream that has three events, and is refused whoever comes first. Where there is none it is undefined, and expectedRevision: undefined is the
#   default, any: the second change silently undoes the first. In no case does a test with one writer show which of the two it is.
# Output seen:
#   with a position: metastreamRevision 81230n, asks for revision 81230    without: undefined, asks for any    read from $$lead-1: revision 2n
# What to do: read the stream $$lead-1 itself, backwards, one event, and take event.revision.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @eventstore/db-client@6.2.1 @grpc/grpc-js@1.14.7
cat > try.js <<'JS'
const assert = require('node:assert');
const { Server, ServerCredentials } = require('@grpc/grpc-js');
const { BACKWARDS, END, EventStoreDBClient } = require('@eventstore/db-client');
const generated = (name) => require(`@eventstore/db-client/generated/${name}`);
const { AppendResp, ReadResp } = generated('streams_pb');
const { StreamsService } = generated('streams_grpc_pb');
const { Empty, StreamIdentifier, UUID } = generated('shared_pb');
const base64 = (text) => Buffer.from(text).toString('base64');

let hasPosition = true;
let asked;
const read = (call) => {
  const id = new UUID();
  id.setString('6ba7b810-9dad-41d1-80b4-00c04fd430c8');
  const stream = new StreamIdentifier();
  stream.setStreamName(base64('$$lead-1'));
  const record = new ReadResp.ReadEvent.RecordedEvent();
  record.setId(id);
  record.setStreamIdentifier(stream);
  record.setStreamRevision('2');
  record.setCommitPosition('81230');
  record.setPreparePosition('81230');
  record.getMetadataMap().set('type', '$metadata').set('content-type', 'application/json').set('created', '17672616000000000');
  record.setData(base64('{"$maxCount":5}'));
  const event = new ReadResp.ReadEvent();
  event.setEvent(record);
  if (hasPosition) event.setCommitPosition('81230');
  else event.setNoPosition(new Empty());
  const response = new ReadResp();
  response.setEvent(event);
  call.write(response);
  call.end();
};
const append = (call, callback) =>
  call
    .on('data', (request) => {
      const options = request.getOptions();
      if (options) asked = options.hasAny() ? 'any' : options.getRevision();
    })
    .on('end', () => {
      const success = new AppendResp.Success();
      success.setCurrentRevision('3');
      const response = new AppendResp();
      response.setSuccess(success);
      callback(null, response);
    });

(async () => {
  const server = new Server();
  server.addService(StreamsService, { read, append });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  const change = async () => {
    const { metadata, metastreamRevision } = await client.getStreamMetadata('lead-1');
    await client.setStreamMetadata('lead-1', { ...metadata, maxCount: 9 }, { expectedRevision: metastreamRevision });
    return [metadata, metastreamRevision, String(asked)];
  };
  const withPosition = await change();
  hasPosition = false;
  const without = await change();
  const revisions = [];
  for await (const { event } of client.readStream('$$lead-1', { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) revisions.push(event.revision);
  console.log({ withPosition, without, revisions });
  assert.deepStrictEqual(withPosition, [{ maxCount: 5 }, 81230n, '81230']);
  assert.deepStrictEqual(without, [{ maxCount: 5 }, undefined, 'any']);
  assert.deepStrictEqual(revisions, [2n]);
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node try.js
