import { STARTED } from './start-servers';

export default async function endServers(): Promise<void> {
  for (const server of (globalThis as Record<symbol, unknown>)[STARTED] as { end(): Promise<void> }[]) await server.end();
}
