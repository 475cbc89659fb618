export { isFinal, isPassing, kindOf, LeadlogError } from './leadlog-error';
export type { ErrorFacts, ErrorKind, ErrorPart, Exactly } from './leadlog-error';
export { kindOfStatus, statusOf } from './http-status';
