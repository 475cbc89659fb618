#!/usr/bin/env bash
# The limit of a job scheduler of BullMQ begins again with every upsertJobScheduler of the same id and options: a process that upserts as it starts runs the "three" jobs anew each time.
#
# Seen with: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: upsertJobScheduler is made to be called again and again, at each start of each process, and changes nothing where nothing has
#   changed; limit, by the documentation, is the count of jobs after which the scheduler makes no more.
# What happens: a scheduler that has come to its limit is not removed, it stands in getJobSchedulers with a next run in the past. The same call again makes it
#   produce as many jobs as at first. Three reminders are six after a deployment, and a crash loop sends them without end.
# Output seen:
#   limit 2: 2 jobs; listed still, next run in the past; after the same upsert 4 jobs; after one more 6
# It is so for every and for pattern. What to do: give it an endDate (the same upsert after that moment is refused), or upsert only what getJobScheduler does not have.
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
const rest = () => new Promise((resolve) => setTimeout(resolve, 1000));
(async () => {
  let jobs = 0;
  const queue = new Queue('reminders', { connection });
  const worker = new Worker('reminders', async () => void (jobs += 1), { connection });
  const counts = [];
  for (let start = 1; start <= 3; start += 1) {
    await queue.upsertJobScheduler('reminder', { every: 100, limit: 2 }, { name: 'remind' });
    await rest();
    counts.push(jobs);
  }
  const listed = (await queue.getJobSchedulers()).map(({ key, next }) => [key, next < Date.now()]);
  const before = jobs;
  for (let start = 1; start <= 2; start += 1) {
    await queue.upsertJobScheduler('ending', { every: 100, endDate: Date.now() - 1 }, { name: 'remind' }).catch(() => undefined);
    await rest();
  }
  console.log({ counts, listed, ofPastEnd: jobs - before });
  await worker.close();
  await queue.close();
  assert.deepStrictEqual(counts, [2, 4, 6]);
  assert.deepStrictEqual(listed, [['reminder', true]]);
  assert.strictEqual(jobs - before, 0);
})();
JS
node try.js
