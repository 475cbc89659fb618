import type { Readable } from 'node:stream';

const HIGH_WATER_BYTES = 512 * 1024;

/**
 * The bytes of a body as they arrive; what has come while the consumer was busy is given in one piece. Returns whether the
 * body was complete. Unlike iterating over the request, it gives what had arrived before a client hung up.
 */
export async function* bodyChunks(request: Readable): AsyncGenerator<Buffer, 'complete' | 'broken'> {
  let arrived: Buffer[] = [];
  let bytes = 0;
  let ended: 'complete' | 'broken' | undefined;
  let wake: () => void = () => undefined;
  const end = (how: 'complete' | 'broken') => (): void => {
    ended ??= how;
    wake();
  };
  const onData = (chunk: Buffer): void => {
    arrived.push(chunk);
    bytes += chunk.length;
    // The socket fills up and the sender waits.
    if (bytes >= HIGH_WATER_BYTES) request.pause();
    wake();
  };
  request.on('data', onData);
  request.on('end', end('complete'));
  request.on('error', end('broken'));
  request.on('close', end('broken'));
  try {
    for (;;) {
      if (arrived.length > 0) {
        const chunks = arrived;
        arrived = [];
        bytes = 0;
        request.resume();
        yield chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      } else if (ended) {
        return ended;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    // Nobody wants the rest; a sender that is still busy must be able to finish and read why.
    request.off('data', onData);
    request.resume();
  }
}
