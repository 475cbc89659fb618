import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unstorable } from '@leadlog/events';
import { refusedFor, type RequestRefused } from '../problem-details';

/** Of these every event is judged for itself, beside its neighbours. */
const JUDGED_BY_ITSELF = '/v1/events';

/**
 * Whatever a request brings in, in its address or its body, is kept, looked up or shown somewhere: what no storage gives back as it came is
 * refused here.
 */
export function refuseUnstorable(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', (request, _reply, next) => next(refusalOf(request)));
}

function refusalOf({ params, query, body, routeOptions }: FastifyRequest): RequestRefused | undefined {
  const inAddress = [...unstorable(params), ...unstorable(query)];
  if (inAddress.length > 0) return refusedFor(400, inAddress);
  const inBody = routeOptions.url === JUDGED_BY_ITSELF ? [] : unstorable(body);
  return inBody.length > 0 ? refusedFor(422, inBody) : undefined;
}
