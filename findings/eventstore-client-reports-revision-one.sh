#!/usr/bin/env bash
# With throwOnAppendFailure=false the client of EventStoreDB says nextExpectedRevision 1 for every append that came too late, whatever the stream's revision is.
#
# Seen with: @eventstore/db-client 6.2.1, Node.js 20.20.2. Its server is played by the script, with the messages of the package itself: the answer is
#   WrongExpectedVersion, current revision 41, as a server of version 21.10 and later gives it.
# A good engineer would expect: { success: false, nextExpectedRevision: 41n }, the stream's revision, which by its doc comment is to be given as expectedRevision to
#   the next call; that is what the setting is for: decide again and append, without try and catch. And it cannot matter whether a call has credentials.
# What happens: appends go by batchAppend, where the server has it and the call has no credentials of its own, and there the result is made of whether the
#   answer has a revision, true, and not of the revision: 1n. The older way of appending gives 41n, and so does the error that is thrown without the setting.
#   The next append with 1n fails again, and forever; or it is right by chance, where the stream is two events long, as in a small test.
# Output seen:
#   without credentials 1n | with credentials 41n | thrown: actualVersion 41n
# What to do: let it throw, and take actualVersion from the error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @eventstore/db-client@6.2.1 @grpc/grpc-js@1.14.7 google-protobuf@3.21.4
cat > try.js <<'JS'
const assert = require('node:assert');
const { Server, ServerCredentials } = require('@grpc/grpc-js');
const { Any } = require('google-protobuf/google/protobuf/any_pb');
const { EventStoreDBClient, jsonEvent } = require('@eventstore/db-client');
const generated = (name) => require(`@eventstore/db-client/generated/${name}`);
const { AppendResp, BatchAppendResp } = generated('streams_pb');
const { StreamsService } = generated('streams_grpc_pb');
const { SupportedMethod, SupportedMethods } = generated('serverfeatures_pb');
const { ServerFeaturesService } = generated('serverfeatures_grpc_pb');
const { WrongExpectedVersion } = generated('shared_pb');
const { Status } = generated('status_pb');

const getSupportedMethods = (_call, callback) => {
  const method = new SupportedMethod();
  method.setServiceName('event_store.client.streams.Streams');
  method.setMethodName('batchappend');
  const methods = new SupportedMethods();
  methods.addMethods(method);
  callback(null, methods);
};
const batchAppend = (call) =>
  call.on('data', (request) => {
    const wrong = new WrongExpectedVersion();
    wrong.setCurrentStreamRevision('41');
    wrong.setExpectedStreamPosition('7');
    const details = new Any();
    details.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion');
    const status = new Status();
    status.setDetails(details);
    const response = new BatchAppendResp();
    response.setCorrelationId(request.getCorrelationId());
    response.setStreamIdentifier(request.getOptions().getStreamIdentifier());
    response.setError(status);
    call.write(response);
  });
const append = (call, callback) =>
  call.resume().on('end', () => {
    const wrong = new AppendResp.WrongExpectedVersion();
    wrong.setCurrentRevision('41');
    wrong.setExpectedRevision('7');
    const response = new AppendResp();
    response.setWrongExpectedVersion(wrong);
    callback(null, response);
  });

(async () => {
  const server = new Server();
  server.addService(ServerFeaturesService, { getSupportedMethods });
  server.addService(StreamsService, { append, batchAppend });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const client = (options) => EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false${options}`);
  const late = (to, options) => to.appendToStream('lead-1', jsonEvent({ type: 'LeadWon', data: {} }), { expectedRevision: 7n, ...options });
  const quiet = client('&throwOnAppendFailure=false');
  const credentials = { username: 'example', password: 'example' };
  const seen = {
    batch: await late(quiet),
    withCredentials: await late(quiet, { credentials }),
    thrown: await late(client('')).catch((error) => [error.type, error.actualVersion]),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    batch: { success: false, nextExpectedRevision: 1n, position: undefined },
    withCredentials: { success: false, nextExpectedRevision: 41n, position: undefined },
    thrown: ['wrong-expected-version', 41n],
  });
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node try.js
