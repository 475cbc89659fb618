#!/usr/bin/env bash
# With enableAutoPipelining a transaction of ioredis overtakes the commands written above it, and so does a pipeline: MULTI reads what the SET one line before has not yet written.
#
# Seen with: ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: one connection is one order; Redis answers commands in the order they are called in, and code relies on it when it does not await each one
#   (Promise.all of a write and a transaction). The option only gathers what is called in one turn of the event loop into one packet, "no other code change is necessary".
# What happens: single commands wait for the end of the turn, multi().exec() and pipeline().exec() are written at once, since they are not among what is gathered. Of
#   [set, multi, get] in one turn Redis sees multi, set, get. Without the option it sees them as written. A counter that is raised and then read in a transaction
#   is old by one, a lock that is taken and then used is used before it is taken, and DEL before a pipeline that fills the key anew
#   deletes what was filled. Where each command is awaited nothing changes, so switching the option on to save round trips breaks only the code that saved some already.
# Output seen, of set and then get in a multi, in a pipeline, alone; and of del, then a pipeline with two rpush:
#   without the option: 'new', 'new', 'new', 2 items    with it: 'old', 'old', 'new', 0 items
# What to do: await what a transaction needs, or put it into the transaction.
# Needs redis-server; without it the script ends with 2.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'needs redis-server'; exit 2; }
folder=$(mktemp -d)
redis=
trap '[ -z "$redis" ] || kill "$redis"; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0
redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >redis.log &
redis=$!
cat > try.js <<'JS'
const assert = require('node:assert');
const { Redis } = require('ioredis');
(async () => {
  const run = async (enableAutoPipelining) => {
    const redis = new Redis({ path: 'redis.sock', enableAutoPipelining });
    const after = async (read) => {
      await redis.set('state', 'old');
      const [, seen] = await Promise.all([redis.set('state', 'new'), read()]);
      return seen;
    };
    const seen = [
      await after(async () => (await redis.multi().get('state').exec())[0][1]),
      await after(async () => (await redis.pipeline().get('state').exec())[0][1]),
      await after(() => redis.get('state')),
    ];
    await redis.rpush('items', 'of yesterday');
    await Promise.all([redis.del('items'), redis.pipeline().rpush('items', 'a').rpush('items', 'b').exec()]);
    seen.push(await redis.llen('items'));
    await redis.del('items');
    await redis.quit();
    return seen;
  };
  const seen = { without: await run(false), with: await run(true) };
  console.log(seen);
  assert.deepStrictEqual(seen, { without: ['new', 'new', 'new', 2], with: ['old', 'old', 'new', 0] });
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
for _ in $(seq 100); do [ -S redis.sock ] && break; sleep 0.1; done
node try.js
