export interface Span {
  from: string;
  to: string;
}
