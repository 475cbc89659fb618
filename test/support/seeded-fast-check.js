// What tests get as `fast-check`: the same cases each time, so that a run says something of what was changed. `FC_SEED=any` tries others, and
// a failure names the seed to try again.
const { join } = require('node:path');
const fastCheck = require(join(__dirname, '../../node_modules/fast-check/lib/cjs/fast-check.js'));

const { FC_SEED = '20261129' } = process.env;
if (FC_SEED !== 'any') fastCheck.configureGlobal({ ...fastCheck.readConfigureGlobal(), seed: Number(FC_SEED) });

module.exports = fastCheck;
