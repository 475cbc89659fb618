import { fstatSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { slowness, type Faults } from './faults';
import { startEventStoreServer, type EventStoreServerOptions } from './server';

/** One line on stdin, a JSON object; answered with a line `done` on stdout once it is so. */
interface Command {
  faults?: Partial<Faults>;
  killNode?: number;
  stopNode?: number;
  startNode?: number;
  dropConnections?: true;
}

/**
 * The test server as a process of its own: tests that wait for a child process would otherwise keep it from answering. The first line
 * of stdout is the connection string.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      nodes: { type: 'string' },
      'max-append-size': { type: 'string' },
      'max-append-event-size': { type: 'string' },
      delay: { type: 'string' },
      foreign: { type: 'string' },
      version: { type: 'string' },
      'tls-key': { type: 'string' },
      'tls-certificate': { type: 'string' },
    },
  });
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const { 'tls-key': key, 'tls-certificate': certificate } = values;
  const server = await startEventStoreServer({
    port: number(values.port),
    nodes: number(values.nodes),
    maxAppendSize: number(values['max-append-size']),
    maxAppendEventSize: number(values['max-append-event-size']),
    version: values.version as EventStoreServerOptions['version'],
    tls: key && certificate ? { key: readFileSync(key), certificate: readFileSync(certificate) } : undefined,
  });
  Object.assign(server.faults, slowness(number(values.delay) ?? 0));
  server.storage.addForeign(number(values.foreign) ?? 0);
  process.stdout.write(`${server.url}\n`);
  process.on('SIGTERM', () => void server.end().then(() => setImmediate(() => process.exit(0))));
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    const { faults, killNode, stopNode, startNode, dropConnections } = JSON.parse(line) as Command;
    void (async () => {
      Object.assign(server.faults, faults);
      if (killNode !== undefined) await server.killNode(killNode);
      if (stopNode !== undefined) await server.stopNode(stopNode);
      if (startNode !== undefined) await server.startNode(startNode);
      if (dropConnections) server.dropConnections();
      process.stdout.write('done\n');
    })();
  });
  // Whoever started us over a pipe is gone; nobody was there when stdin is a terminal or nothing.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) commands.on('close', () => process.exit(0));
}

void main();
