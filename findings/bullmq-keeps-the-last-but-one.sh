#!/usr/bin/env bash
# keepLastIfActive of BullMQ keeps the last but one: what is added while the job waits for its retry is dropped, and an older state that had come during the attempt is processed last.
#
# Seen with: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: "if multiple jobs are added while the active job is running, only the latest data is kept" (doc comment), so the option is for "send the newest state of
#   lead 1 to the CRM": whatever comes while one is on its way, the newest is sent in the end. Attempts and backoff are how such a job is written.
# What happens: active is meant to the letter. Between two attempts the job is delayed, not active; then the option is plain deduplication and a new state is ignored, with the id of the job
#   as the answer, as in the other cases. What was put aside during the first attempt stays there, older as it is, and is the one that runs when the job is done. So the CRM ends with
#   state 2 although 3 was added later, or with state 1 when there was none put aside; nothing comes after it. While the job waits for its turn it is the same: the first state is
#   sent and the second is never. It shows only where the other system fails now and then, or where the queue is full.
# Output seen, states added as 1, 2, 3:
#   all during the attempt: sent 1, 3    3 during the backoff: sent 1 (failed), 1, 2    2 during the backoff, none before: sent 1 (failed), 1    2 before 1 has begun: sent 1
#   the answer to each: the id of the first
# What to do: read the state in the processor, not from the job; or { replace: true } with a delay for what has not begun.
# Needs redis-server; without it the script ends with 2.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'needs redis-server'; exit 2; }
folder=$(mktemp -d)
redis=
trap '[ -z "$redis" ] || kill "$redis"; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0
redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >redis.log &
redis=$!
cat > try.js <<'JS'
const assert = require('node:assert');
const { Queue, Worker } = require('bullmq');
const connection = { path: 'redis.sock', maxRetriesPerRequest: null };
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
(async () => {
  const run = async (name, { fails }, script) => {
    const queue = new Queue(name, { connection });
    const [sent, ids] = [[], new Set()];
    const begun = [];
    let end = () => {};
    const work = async ({ data, attemptsMade }) => {
      sent.push(data.state);
      const ended = new Promise((resolve) => (end = resolve));
      begun.shift()?.();
      if (data.state === 1) await ended;
      if (fails && data.state === 1 && attemptsMade === 0) throw new Error('the CRM is away');
    };
    const worker = new Worker(name, work, { connection, autorun: false });
    const opts = { attempts: 2, backoff: { type: 'fixed', delay: 1500 }, deduplication: { id: 'lead-1', keepLastIfActive: true } };
    const add = async (state) => ids.add((await queue.add('send', { state }, opts)).id);
    const begins = () => new Promise((resolve) => begun.push(resolve));
    const is = async (type) => {
      while ((await queue.getJobCounts(type))[type] === 0) await rest(20);
    };
    await script({ add, begins, is, start: () => void worker.run(), end: () => end() });
    for (let quiet = 0; quiet < 5; quiet += 1) {
      await rest(100);
      const { active, wait, delayed } = await queue.getJobCounts('active', 'wait', 'delayed');
      if (active + wait + delayed > 0) quiet = 0;
    }
    await worker.close();
    await queue.close();
    return { sent: sent.join(', '), ids: ids.size };
  };
  const retry = async ({ begins, end }, again = begins()) => {
    await again;
    end();
  };
  const seen = {
    during: await run('during', { fails: false }, async ({ add, begins, start, end }) => {
      const first = begins();
      await add(1);
      start();
      await first;
      await add(2);
      await add(3);
      end();
    }),
    backoff: await run('backoff', { fails: true }, async (tools) => {
      const first = tools.begins();
      await tools.add(1);
      tools.start();
      await first;
      await tools.add(2);
      tools.end();
      await tools.is('delayed');
      await tools.add(3);
      await retry(tools);
    }),
    onlyBackoff: await run('only-backoff', { fails: true }, async (tools) => {
      const first = tools.begins();
      await tools.add(1);
      tools.start();
      await first;
      tools.end();
      await tools.is('delayed');
      await tools.add(2);
      await retry(tools);
    }),
    waiting: await run('waiting', { fails: false }, async (tools) => {
      const first = tools.begins();
      await tools.add(1);
      await tools.add(2);
      tools.start();
      await retry(tools, first);
    }),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    during: { sent: '1, 3', ids: 1 },
    backoff: { sent: '1, 1, 2', ids: 1 },
    onlyBackoff: { sent: '1, 1', ids: 1 },
    waiting: { sent: '1', ids: 1 },
  });
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
for _ in $(seq 100); do [ -S redis.sock ] && break; sleep 0.1; done
node try.js
