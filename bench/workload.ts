import { benchEvents } from '@leadlog/simulation';

export interface Workload {
  seed: number;
  events: number;
  leads: number;
}

/** The workload as NDJSON, in chunks of some 64 KiB as a client would send them. */
export function benchLines(workload: Workload): Buffer[] {
  const chunks: Buffer[] = [];
  let text = '';
  for (const event of benchEvents(workload)) {
    text += `${JSON.stringify(event)}\n`;
    if (text.length > 65_536) {
      chunks.push(Buffer.from(text));
      text = '';
    }
  }
  if (text) chunks.push(Buffer.from(text));
  return chunks;
}
