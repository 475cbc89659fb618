#!/usr/bin/env bash
# blockDuration of rate-limiter-flexible ends the window it is added to: 100 an hour with a block of a minute is 100 a minute; and who goes over the limit by a penalty is not blocked.
#
# Seen with: rate-limiter-flexible 11.4.0 (the limiter in memory; that on Redis does the same), Node.js 20.20.2
# A good engineer would expect: a block comes on top of the limit. While the window runs, and while the block runs, calls are refused; afterwards what had been
#   consumed in a window that is still open is still consumed. Without the option the limit is kept to the second.
# What happens: a block is the counter itself, set to points + 1 and made to expire with the block. When that is sooner than the window, the counter is gone with it, and the
#   window begins anew with all points. block(key, 1) frees a key that would have waited ten seconds, and with duration 0 ("never expires") a block
#   forgets everything. Only the call that steps over the limit sets a block: behind a penalty the counter is over it already, so calls are refused without one.
# Output seen, 2 points:
#   window 10 s, after 1.2 s: without block refused, with blockDuration 1 allowed, 1 point left    block(key, 1) the same    duration 0: allowed, 1 point left
#   over by a call, blockDuration 60: next in 60 s    over by a penalty: next in 10 s
# What to do: a blockDuration of no less than the duration, or a second limiter for the block; and block() beside each penalty that goes over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rate-limiter-flexible@11.4.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { RateLimiterMemory } = require('rate-limiter-flexible');
const consume = (limiter) =>
  limiter.consume('key').then(
    ({ remainingPoints }) => `allowed, ${remainingPoints} left`,
    ({ msBeforeNext }) => `refused, next in ${Math.ceil(msBeforeNext / 1000)} s`,
  );
(async () => {
  const of = (options) => new RateLimiterMemory({ points: 2, duration: 10, ...options });
  const limiters = { plain: of({}), short: of({ blockDuration: 1 }), blocked: of({}), forever: of({ duration: 0 }) };
  for (const limiter of Object.values(limiters)) {
    await consume(limiter);
    await consume(limiter);
    await consume(limiter);
  }
  await limiters.blocked.block('key', 1);
  await limiters.forever.block('key', 1);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const seen = {};
  for (const [name, limiter] of Object.entries(limiters)) seen[name] = (await consume(limiter)).replace(/ in \d+ s/, '');
  const byCall = of({ blockDuration: 60 });
  await byCall.consume('key', 2);
  const byPenalty = of({ blockDuration: 60 });
  await byPenalty.consume('key', 1);
  await byPenalty.penalty('key', 2);
  Object.assign(seen, { byCall: await consume(byCall), byPenalty: await consume(byPenalty) });
  console.log(seen);
  assert.deepStrictEqual(seen, {
    plain: 'refused, next',
    short: 'allowed, 1 left',
    blocked: 'allowed, 1 left',
    forever: 'allowed, 1 left',
    byCall: 'refused, next in 60 s',
    byPenalty: 'refused, next in 10 s',
  });
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node try.js
