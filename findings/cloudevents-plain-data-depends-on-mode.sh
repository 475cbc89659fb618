#!/usr/bin/env bash
# What the CloudEvents SDK reads of data that is 0 or false depends on the mode: undefined in structured mode, the value in a batch, and in binary mode the text '0' or 'false'.
#
# Seen with: cloudevents 10.0.0, Node.js 20.20.2
# A good engineer would expect: data may be any JSON value, and the three modes are three ways to carry one event. The SDK itself writes "data":0 in structured mode,
#   and a body of application/json is parsed in binary mode, as it is when it holds an object.
# What happens: HTTP.toEvent of application/cloudevents+json gives data: undefined for 0, false and ''. In binary mode only objects and arrays are parsed: of the
#   body false with content-type application/json data is the text 'false', which is true in a condition. Only a batch gives what was sent. Nothing is refused.
#   A score that falls to 0 is an event without data for one sender and a text for another; a consent that is false is granted for the second.
# Output seen, of 0, false, '', 7:
#   structured: undefined, undefined, undefined, 7    batch: 0, false, '', 7    binary: '0', 'false', '', '7'
# What to do: make data an object always, { score: 0 }.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { CloudEvent, HTTP } = require('cloudevents');
const event = (data) => new CloudEvent({ id: '1', source: '/leads', type: 'lead.scored', data });
const headers = { ...HTTP.binary(event({})).headers, 'content-type': 'application/json' };
const values = [0, false, '', 7];
const seen = {
  written: JSON.parse(HTTP.structured(event(0)).body).data,
  structured: values.map((value) => HTTP.toEvent(HTTP.structured(event(value))).data),
  batch: HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify(values.map(event)) }).map(({ data }) => data),
  binary: values.map((value) => HTTP.toEvent({ headers, body: JSON.stringify(value) }).data),
  binaryObject: HTTP.toEvent({ headers, body: '{"score":0}' }).data,
};
console.log(seen);
assert.strictEqual(seen.written, 0);
assert.deepStrictEqual(seen.structured, [undefined, undefined, undefined, 7]);
assert.deepStrictEqual(seen.batch, values);
assert.deepStrictEqual(seen.binary, ['0', 'false', '', '7']);
assert.deepStrictEqual(seen.binaryObject, { score: 0 });
JS
node try.js
