#!/usr/bin/env bash
# Two flows of BullMQ that name one child, by its jobId: the second parent waits forever with nothing left to wait for, or runs without the child's value. FlowProducer.add reports success.
#
# Seen with: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0.15, Node.js 20.20.2
# A good engineer would expect: a child with a jobId that there is already is that job, as for a job that was added alone: it is adopted, and when it is completed
#   already its value counts at once. Or add throws, as it does where the parent of the whole flow cannot be replaced.
# What happens: a job has one parent. While the first one exists, done or not, the child is not added to the second, the refusal of the script (-7) is dropped for all
#   jobs of a flow but the first, and no event tells of it. A parent whose only child it was stays in waiting-children, with 0 unprocessed; one that has another
#   child is processed when that one is, and getChildrenValues lacks the first. Once the first parent is removed (removeOnComplete, obliterate) the same call works:
#   whether "enrich company" may be shared by two leads depends on how long done jobs are kept.
# Output seen:
#   A of X: completed with X    B of X: waiting-children, 0 processed, 0 unprocessed    C of X and Y: completed with Y only    X added alone before: completed with X
#   A removed, then D of X: completed with X
# What to do: give children an id that has the parent's in it, and share the work in the child.
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
const rest = () => new Promise((resolve) => setTimeout(resolve, 1000));
(async () => {
  const flows = new FlowProducer({ connection });
  const leads = new Queue('leads', { connection });
  const companies = new Queue('companies', { connection });
  const workers = [
    new Worker('companies', async (job) => job.id, { connection }),
    new Worker('leads', async (job) => Object.values(await job.getChildrenValues()).join(), { connection }),
  ];
  const add = async (id, children) => {
    await flows.add({
      name: 'score',
      queueName: 'leads',
      opts: { jobId: id },
      children: children.map((child) => ({ name: 'enrich', queueName: 'companies', opts: { jobId: child } })),
    });
    await rest();
    const job = await leads.getJob(id);
    const { processed, unprocessed } = await job.getDependenciesCount();
    return [await job.getState(), job.returnvalue, processed, unprocessed];
  };
  await companies.add('enrich', {}, { jobId: 'alone' });
  await rest();
  const seen = { first: await add('A', ['X']), same: await add('B', ['X']), withOther: await add('C', ['X', 'Y']), addedAlone: await add('S', ['alone']) };
  await (await leads.getJob('A')).remove({ removeChildren: false });
  seen.firstRemoved = await add('D', ['X']);
  console.log(seen);
  await Promise.all([...workers, flows, leads, companies].map((one) => one.close()));
  assert.deepStrictEqual(seen, {
    first: ['completed', 'X', 1, 0],
    same: ['waiting-children', null, 0, 0],
    withOther: ['completed', 'Y', 1, 0],
    addedAlone: ['completed', 'alone', 1, 0],
    firstRemoved: ['completed', 'X', 1, 0],
  });
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node try.js
