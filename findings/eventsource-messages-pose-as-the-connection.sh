#!/usr/bin/env bash
# A server-sent event that is named `open` or `error` reaches those who listen for the connection; whom exactly, two clients see differently.
#
# Seen with: eventsource 4.1.0, undici 7.16.0, Node.js 20.20.2
# A good engineer would expect: names of messages are the sender's own, apart from what the connection says of itself; or, that they are not, alike with every client.
# What happens: a message `event: error` with data comes to addEventListener('error'), while the stream is open and goes on; code there that opens the stream anew
#   ends a healthy one. `onerror` gets it with undici (and in Chromium 156), and not with eventsource. An `open` comes once without data and again with it,
#   so what is reset when the connection opens is reset in the middle. Only `data` and `readyState` tell the two apart.
# Output seen:
#   eventsource: on open -, listener open -, listener open market, listener error late
#   undici:      on open -, listener open -, on open market, listener open market, on error late, listener error late
# What to do: name messages otherwise; where the name is given already, look whether the event has data, and ask readyState before connecting again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund eventsource@4.1.0 undici@7.16.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { createServer } = require('node:http');

const clients = { eventsource: require('eventsource').EventSource, undici: require('undici').EventSource };
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('event: open\ndata: market\n\nevent: error\ndata: late\n\ndata: plain\n\n');
});
server.listen(0, '127.0.0.1', async () => {
  const seen = {};
  for (const [name, EventSource] of Object.entries(clients)) {
    const stream = new EventSource(`http://127.0.0.1:${server.address().port}/`);
    const heard = (seen[name] = []);
    const say = (how) => ({ type, data = '-' }) => heard.push(`${how} ${type} ${data}`);
    stream.onopen = stream.onerror = say('on');
    for (const type of ['open', 'error']) stream.addEventListener(type, say('listener'));
    await new Promise((done) => stream.addEventListener('message', done));
    assert.strictEqual(stream.readyState, EventSource.OPEN);
    stream.close();
    console.log(`${name}: ${heard.join(', ')}`);
  }
  server.close();
  server.closeAllConnections();
  assert.deepStrictEqual(seen, {
    eventsource: ['on open -', 'listener open -', 'listener open market', 'listener error late'],
    undici: ['on open -', 'listener open -', 'on open market', 'listener open market', 'on error late', 'listener error late'],
  });
});
JS
node --no-warnings try.js
