#!/usr/bin/env bash
# removeOnFail of a child in a flow of BullMQ decides whether the parent runs: kept, a failed child holds the invoice back forever; removed, at once or by some later failure, the invoice is sent without the check.
#
# Seen with: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: removeOnFail says how long a failed job is kept to be looked at. What a failure means to the parent is said by options of its own
#   (failParentOnFailure, ignoreDependencyOnFailure, removeDependencyOnFailure, continueParentOnFailure), and none of them is set here; without them the parent stays in waiting-children.
# What happens: a failed job that is removed is taken out of its parent's dependencies as if it had never been there, and the parent with none left is processed: with removeOnFail: true or 0
#   straight away, with { count: 1 } or { age: 1 } at the moment when another job of the queue fails, which may be days later and has nothing to do with the flow. So the first of
#   a hundred failures lets invoices through, in the order of the failures. remove() of the failed child by hand, as a dashboard does, is the same. getChildrenValues and
#   getIgnoredChildrenFailures have no trace of it, getDependenciesCount neither. With failParentOnFailure the parent fails in each case.
# Output seen:
#   removeOnFail false, { count: 1 }, { age: 1 }: waiting-children    after another job has failed: waiting-children, completed, completed    true, 0: completed at once
#   the failed child removed by hand: completed    the parent's view: no values, no failures, 0 unprocessed    with failParentOnFailure and true: failed
# What to do: say failParentOnFailure (or which other) for every child of every flow, or ask getDependenciesCount against the number that was added.
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
const { FlowProducer, Queue, Worker } = require('bullmq');
const connection = { path: 'redis.sock', maxRetriesPerRequest: null };
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
(async () => {
  const views = [];
  const run = async (queueName, options, then) => {
    const queue = new Queue(queueName, { connection });
    const work = async (job) => {
      if (job.name === 'check' || job.name === 'other') throw new Error('refused');
      if (job.name === 'invoice') {
        const { unprocessed } = await job.getDependenciesCount();
        views.push(JSON.stringify([await job.getChildrenValues(), await job.getIgnoredChildrenFailures(), unprocessed]));
      }
    };
    const worker = new Worker(queueName, work, { connection });
    const flow = new FlowProducer({ connection });
    const { job: invoice } = await flow.add({ name: 'invoice', queueName, children: [{ name: 'check', queueName, opts: options }] });
    const settled = async () => {
      await rest(300);
      for (let turn = 0; turn < 60; turn += 1) {
        const counts = await queue.getJobCounts('active', 'wait');
        if (counts.active + counts.wait === 0) break;
        await rest(50);
      }
      return invoice.getState();
    };
    const states = [await settled()];
    if (then !== undefined) {
      await rest(1100);
      await then(queue);
      states.push(await settled());
    }
    await worker.close();
    await flow.close();
    await queue.close();
    return states;
  };
  const other = (removeOnFail) => (queue) => queue.add('other', {}, { removeOnFail });
  const seen = {
    kept: await run('kept', { removeOnFail: false }, other(false)),
    count: await run('count', { removeOnFail: { count: 1 } }, other({ count: 1 })),
    age: await run('age', { removeOnFail: { age: 1 } }, other({ age: 1 })),
    byHand: await run('by-hand', {}, async (queue) => (await queue.getFailed())[0].remove()),
    atOnce: await run('at-once', { removeOnFail: true }),
    zero: await run('zero', { removeOnFail: 0 }),
    said: await run('said', { removeOnFail: true, failParentOnFailure: true }),
    views: [...new Set(views)],
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    kept: ['waiting-children', 'waiting-children'],
    count: ['waiting-children', 'completed'],
    age: ['waiting-children', 'completed'],
    byHand: ['waiting-children', 'completed'],
    atOnce: ['completed'],
    zero: ['completed'],
    said: ['failed'],
    views: ['[{},{},0]'],
  });
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
for _ in $(seq 100); do [ -S redis.sock ] && break; sleep 0.1; done
node try.js
