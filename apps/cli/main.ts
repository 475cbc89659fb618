import { run } from './run';

// `leadlog … | head` closes the pipe: nothing has failed. With `2>&1 | head` nobody hears what stderr says either; the exit code still does.
process.stdout.on(
  'error',
  unlessClosed(() => process.exit(0)),
);
process.stderr.on(
  'error',
  unlessClosed(() => undefined),
);

function unlessClosed(closed: () => void): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== 'EPIPE') throw error;
    closed();
  };
}

void run(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}).then((code) => (process.exitCode = code));
