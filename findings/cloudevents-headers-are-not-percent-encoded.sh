#!/usr/bin/env bash
# In binary mode the CloudEvents SDK neither percent-encodes attributes nor decodes them, as HTTP's binding demands: a Japanese subject cannot be sent, and comes in as %E6%9D%B1….
#
# Seen with: cloudevents 10.0.0, Node.js 20.20.2
# A good engineer would expect: "MUST be percent-encoded" (HTTP protocol binding 1.0.2, 3.1.3.2: space, quote, percent and all outside of printable ASCII), so
#   HTTP.binary gives headers that fetch takes, and HTTP.toEvent gives the subject that a sender by the book (the SDK for C#) has put in.
# What happens: ce-subject holds the characters as they are, so fetch throws a TypeError before anything is sent; Latin letters with accents do go out, one byte
#   each. Of an event that came in encoded, subject is the encoded text: a lead's company is stored as %E6%9D%B1%E4%BA%AC, and "100%25" keeps its 25.
#   Both modes of the SDK agree with each other in a test of itself, since structured mode is JSON and a round trip without HTTP changes nothing.
# Output seen:
#   written 東京 | fetch: TypeError, ByteString | read %E6%9D%B1%E4%BA%AC | round trip without HTTP 東京
# What to do: encode and decode subject, source and extensions around HTTP.binary and HTTP.toEvent, or use structured mode.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { CloudEvent, HTTP } = require('cloudevents');
const message = HTTP.binary(new CloudEvent({ id: '1', source: '/leads', type: 'lead.created', subject: '東京', data: { score: 1 } }));
const received = (subject) => HTTP.toEvent({ headers: { ...message.headers, 'ce-subject': subject }, body: message.body }).subject;
(async () => {
  const seen = {
    written: message.headers['ce-subject'],
    sent: await fetch('http://127.0.0.1:9/', { method: 'POST', headers: message.headers, body: message.body }).then(
      () => 'sent',
      (error) => `${error.name}${/ByteString/.test(error.message) ? ', ByteString' : ''}`,
    ),
    read: [received(encodeURIComponent('東京')), received('100%25')],
    roundTrip: HTTP.toEvent(message).subject,
  };
  console.log(seen);
  assert.deepStrictEqual(seen, { written: '東京', sent: 'TypeError, ByteString', read: ['%E6%9D%B1%E4%BA%AC', '100%25'], roundTrip: '東京' });
})();
JS
node try.js
