import { startEventStoreServer } from './server';

// The test server as a process of its own: tests that wait for a child process would otherwise keep it from answering.
void startEventStoreServer().then(({ url }) => {
  process.stdout.write(`${url}\n`);
  // Whoever started us is gone.
  process.stdin.resume().on('end', () => process.exit(0));
});
