import { Problem } from './problem';

export interface Marker {
  line: number;
  column: number;
  message: string;
}

/** The places of a text that the API has refused. */
export const markersOf = (error: unknown): Marker[] =>
  error instanceof Problem
    ? (error.errors ?? []).flatMap((one) => ('line' in one ? [{ line: one.line, column: one.column, message: one.message }] : []))
    : [];
