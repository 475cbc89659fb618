import type { FastifyInstance } from 'fastify';
import { SIGN_IN_PATH } from './sign-in-place';

/** Where somebody sets out for the identity provider. */
export const PROVIDER_PATH = `${SIGN_IN_PATH}/oidc`;

const page = (content: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Leadlog: sign in</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 32rem; padding: 0 1rem; }</style>
<h1>Leadlog</h1>
${content}</html>
`;

// No form: browsers hold the redirect of one to the addresses that the page may send forms to.
const TO_PROVIDER = `<p><a href="${PROVIDER_PATH}">Sign in with your organisation</a></p>
`;

const signInPage = (hasProvider: boolean): string =>
  page(`${hasProvider ? TO_PROVIDER : ''}<p id="told">To sign in${hasProvider ? ' without it' : ''}, you need a link. An owner makes one: <code>leadlog people link PERSON</code>.</p>
<button id="sign-in" hidden>Sign in</button>
<script src="${SIGN_IN_PATH}/page.js"></script>
`);

export const notSignedInPage = (why: string): string =>
  page(`<p>You are not signed in.</p>
<p>${escaped(why)}</p>
<p><a href="${SIGN_IN_PATH}">Sign in</a></p>
`);

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

/** The token goes to the api in the body of a request, and leaves the address before it does. */
const SCRIPT = `const token = location.hash.slice(1);
const told = document.getElementById('told');
const button = document.getElementById('sign-in');
if (token !== '') {
  history.replaceState(null, '', location.pathname);
  told.textContent = 'This link signs you in, once.';
  button.hidden = false;
  button.focus();
  button.addEventListener('click', async () => {
    button.disabled = true;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/v1/session', { method: 'POST', headers, body: JSON.stringify({ token }) }).catch(() => undefined);
    if (answer?.ok) return location.assign('/');
    told.textContent = answer ? (await answer.json()).detail : 'Leadlog does not answer. Try again in a moment.';
    // What failed for a while left the link unused.
    button.hidden = answer !== undefined && answer.status < 500 && answer.status !== 429;
    button.disabled = false;
  });
}
`;

/** The page that a sign-in link opens. It signs in at a click, so that what opens links ahead of people does not. */
export function addSignInPage(fastify: FastifyInstance, hasProvider: boolean): void {
  const html = signInPage(hasProvider);
  fastify.get(SIGN_IN_PATH, (_request, reply) => void reply.type('text/html; charset=utf-8').send(html));
  fastify.get(`${SIGN_IN_PATH}/page.js`, (_request, reply) => void reply.type('text/javascript; charset=utf-8').send(SCRIPT));
}
