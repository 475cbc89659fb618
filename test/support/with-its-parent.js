'use strict';
// Loaded first into a program that a test starts: ends it when the test's process is gone without having ended it, as after a kill -9. The
// engine's own child processes inherit it, and end with the engine; one that was just being started then never saw its parent, so it looks
// for the test itself too.
const parent = process.ppid;
const test = Number(process.env.TEST_PROCESS_ID);

const isGone = (pid) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
};

setInterval(() => {
  if (process.ppid !== parent || (test > 0 && isGone(test))) process.kill(process.pid, 'SIGKILL');
}, 500).unref();
