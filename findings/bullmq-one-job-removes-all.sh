#!/usr/bin/env bash
# removeOnComplete of one job of BullMQ removes the done jobs of all the others in the queue, those that were added to be kept too, and with them what kept their ids from being done again.
#
# Seen with: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: it is an option of a job ("if true, removes the job when it successfully completes") and says how such jobs are kept, so a
#   "ping" with { count: 2 } concerns pings; a job with removeOnComplete: false stays.
# What happens: the count and the age of the job that has just been completed are applied to the whole list of completed jobs. One ping with { count: 2 } leaves two of
#   six jobs; one with { age: 1 } all that are younger than a second. What the removed jobs asked for plays no part; true and 0 remove the job alone. removeOnFail
#   is the same for the list of failed ones, which is then no longer complete. A jobId is unique only while its job exists: an invoice with the id of its order,
#   kept so that it is sent once, is sent again after some other job has come by.
# Output seen:
#   kept for good: 5    after one ping with { count: 2 }: 1 of them    the same id added again: done a second time    after one with { age: 1 }: 0    after true: no other
# What to do: one queue for each way of keeping, or the same removeOnComplete for all jobs (defaultJobOptions), with the age that ids have to be unique for.
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
  const done = [];
  const queue = new Queue('mails', { connection });
  const worker = new Worker('mails', async ({ id }) => void done.push(id), { connection });
  const add = async (id, removeOnComplete) => {
    await queue.add('mail', {}, { jobId: id, removeOnComplete });
    await rest(500);
  };
  const invoices = async () => (await queue.getCompleted()).map(({ id }) => id).filter((id) => id.startsWith('invoice')).length;
  for (const order of [1, 2, 3, 4, 5]) await add(`invoice-${order}`, false);
  await add('invoice-1', false);
  const kept = [await invoices(), done.length];
  await add('ping-1', true);
  const afterTrue = await invoices();
  await add('ping-2', { count: 2 });
  const afterCount = await invoices();
  await add('invoice-1', false);
  const sent = done.filter((id) => id === 'invoice-1').length;
  await rest(2500);
  await add('ping-3', { age: 1 });
  const afterAge = await invoices();
  console.log({ kept, afterTrue, afterCount, sent, afterAge });
  await worker.close();
  await queue.close();
  assert.deepStrictEqual({ kept, afterTrue, afterCount, sent, afterAge }, { kept: [5, 5], afterTrue: 5, afterCount: 1, sent: 2, afterAge: 0 });
})();
JS
node try.js
