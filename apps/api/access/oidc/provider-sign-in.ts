import type { CommandBus } from '@nestjs/cqrs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { SignInProven } from '@leadlog/access/people/people.handlers';
import { logger } from '../../../setup/logger';
import { problemOf, RequestRefused } from '../../problem-details';
import { languageOf, notSignedInPage, PROVIDER_PATH } from '../sign-in-page';
import type { SignInPlace } from '../sign-in-place';
import { BegunCookie } from './begun-cookie';
import type { IdentityProvider } from './identity-provider';
import { ProviderFailed } from './provider-failed';

const CALLBACK_PATH = `${PROVIDER_PATH}/callback`;

/**
 * To the provider, and back from it with a session. Whoever comes back must have set out with the same browser (state), with what was asked
 * for then (nonce), and with what makes the code of use (PKCE). Whoever is not signed in gets a page that says why.
 */
export function addProviderSignIn(
  fastify: FastifyInstance,
  commands: CommandBus,
  place: SignInPlace,
  provider: IdentityProvider | undefined,
): void {
  const cookie = new BegunCookie(place.isSecure);
  const itIsSet = (): IdentityProvider => {
    if (!provider) throw new RequestRefused(404, 'No identity provider is set here (OIDC_ISSUER): people sign in by a link.');
    return provider;
  };

  fastify.get(PROVIDER_PATH, (request, reply) =>
    orToldWhyNot(reply, async () => {
      const { address, begun } = await itIsSet().begin(place.addressFor(request) + CALLBACK_PATH);
      return reply.header('set-cookie', cookie.with(begun)).redirect(address, 302);
    }),
  );

  fastify.get(CALLBACK_PATH, (request, reply) =>
    orToldWhyNot(reply, async () => {
      const known = itIsSet();
      const begun = cookie.in(request);
      // It is of use once, however this ends.
      void reply.header('set-cookie', cookie.none());
      if (!begun || (request.query as { state?: unknown }).state !== begun.state)
        throw new RequestRefused(403, 'This sign-in did not begin in this browser, or not within ten minutes. Sign in again.');
      const proven = await known.finish(new URL(request.url, place.addressFor(request)), begun);
      const { holder, text } = await commands.execute(new SignInProven(proven));
      // From here on it is known who asks.
      request.access = holder;
      return reply.header('set-cookie', place.cookie.with(text)).redirect('/', 303);
    }),
  );
}

async function orToldWhyNot(reply: FastifyReply, signIn: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await signIn();
  } catch (error) {
    const { problem } = problemOf(error);
    if (error instanceof ProviderFailed && error.kind === 'unavailable') logger.warn({ reason: problem.detail }, 'a sign-in failed');
    const language = languageOf(reply.request.headers['accept-language']);
    return reply.status(problem.status).type('text/html; charset=utf-8').send(notSignedInPage(language, problem.detail));
  }
}
