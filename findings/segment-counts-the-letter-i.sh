#!/usr/bin/env bash
# Segment's client for Node measures an event by its letters "i" and its percent escapes: of English text nothing is too large for it, and batches of 1.5 MB go out where 500 KB is the limit.
#
# Seen with: @segment/analytics-node 3.1.0, Node.js 20.20.2. Segment is played by a server in the script.
# A good engineer would expect: an event of more than 32 KB is refused by the client and a batch is closed at 480 KB (constants of the package, "500 KB is the limit"), by
#   bytes; what is too large is told by the error event, and the other events are not lost with it.
# What happens: the size is encodeURI(JSON).split(/%..|i/).length, where an i stands in the pattern in the place of a dot. Spaces, quotes and letters beyond ASCII count right,
#   other ASCII letters, digits, commas and base64 count nothing. So the note of 34 KB in Japanese is refused, as it should be, one of 100 KB in English passes, and fifteen of them
#   are one request of 1.5 MB. What the service answers to that concerns the whole batch. Tests with words of the language the team speaks show one half.
# Output seen:
#   15 events of 100,000 letters a: 1 request, 1505 KB, no error    33,000 letters i: refused    11,000 letters 日 (33 KB): refused    33,000 letters a: sent
# What to do: measure Buffer.byteLength(JSON.stringify(properties)) before track, and keep flushAt small.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @segment/analytics-node@3.1.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { createServer } = require('node:http');
const { Analytics } = require('@segment/analytics-node');
const requests = [];
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  requests.push([JSON.parse(body).batch.length, Math.round(body.length / 1000)]);
  response.setHeader('content-type', 'application/json').end('{"success":true}');
});
server.listen(0, '127.0.0.1', async () => {
  const analytics = new Analytics({ writeKey: 'example', host: `http://127.0.0.1:${server.address().port}`, flushAt: 15, flushInterval: 200 });
  const errors = [];
  analytics.on('error', ({ code }) => errors.push(code));
  const sent = async (count, note) => {
    requests.length = errors.length = 0;
    for (let event = 0; event < count; event += 1) analytics.track({ userId: 'lead-1', event: 'Noted', properties: { note } });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return [requests.slice(), errors.slice()];
  };
  const seen = {
    many: await sent(15, 'a'.repeat(100000)),
    lettersI: await sent(1, 'i'.repeat(33000)),
    japanese: await sent(1, '日'.repeat(11000)),
    lettersA: await sent(1, 'a'.repeat(33000)),
  };
  console.dir(seen, { depth: 4 });
  await analytics.closeAndFlush();
  server.close();
  assert.deepStrictEqual(seen, {
    many: [[[15, 1505]], []],
    lettersI: [[], ['delivery_failure']],
    japanese: [[], ['delivery_failure']],
    lettersA: [[[1, 33]], []],
  });
});
JS
node try.js
