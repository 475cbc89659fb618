import { LeadlogError, type ErrorKind } from '@leadlog/errors';
import { errorsText, type FieldError } from '@leadlog/events';

/** A change of keys, people or sessions that is not made. */
export class AccessRefused extends LeadlogError {
  constructor(
    readonly kind: ErrorKind,
    errors: readonly FieldError[],
  ) {
    super(errorsText(errors), { errors, ...(kind === 'invalid' && { exactly: 'unprocessable' }) });
  }
}

export const refusal = (kind: ErrorKind, pointer: string, expected: string, got: string): AccessRefused =>
  new AccessRefused(kind, [{ pointer, expected, got }]);
