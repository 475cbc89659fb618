import type { FastifyInstance, FastifyReply } from 'fastify';
import { SIGN_IN_PATH } from './sign-in-place';

/** Where somebody sets out for the identity provider. */
export const PROVIDER_PATH = `${SIGN_IN_PATH}/oidc`;

const EN = {
  title: 'Leadlog: sign in',
  signIn: 'Sign in',
  provider: 'Sign in with your organisation',
  need: 'To sign in, you need a link. An owner makes one:',
  needWithout: 'To sign in without it, you need a link. An owner makes one:',
  not: 'You are not signed in.',
  once: 'This link signs you in, once.',
  silent: 'Leadlog does not answer. Try again in a moment.',
};
const TEXTS = {
  en: EN,
  ja: {
    title: 'Leadlog: サインイン',
    signIn: 'サインイン',
    provider: '組織のアカウントでサインイン',
    need: 'サインインにはリンクが必要です。オーナーが次のコマンドで作成します:',
    needWithout: '組織のアカウントを使わずにサインインするには、リンクが必要です。オーナーが次のコマンドで作成します:',
    not: 'サインインしていません。',
    once: 'このリンクで一度だけサインインできます。',
    silent: 'Leadlog が応答しません。しばらくしてからもう一度お試しください。',
  } satisfies typeof EN,
};
export type PageLanguage = keyof typeof TEXTS;

/** The one that a browser would rather have; English where it says neither. */
export function languageOf(accepted: string | undefined): PageLanguage {
  const weights = (accepted ?? '').split(',').map((one) => {
    const [range = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((part) => part.startsWith('q='));
    return { language: range.split('-')[0], weight: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });
  const weightOf = (language: PageLanguage): number =>
    Math.max(0, ...weights.flatMap((one) => (one.language === language ? one.weight : [])));
  return weightOf('ja') > weightOf('en') ? 'ja' : 'en';
}

const page = (language: PageLanguage, content: string): string => `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${TEXTS[language].title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 32rem; padding: 0 1rem; }</style>
<h1>Leadlog</h1>
${content}</html>
`;

function signInPage(language: PageLanguage, hasProvider: boolean): string {
  const { provider, need, needWithout, signIn } = TEXTS[language];
  // No form: browsers hold the redirect of one to the addresses that the page may send forms to.
  const toProvider = `<p><a href="${PROVIDER_PATH}">${provider}</a></p>
`;
  return page(
    language,
    `${hasProvider ? toProvider : ''}<p id="told">${hasProvider ? needWithout : need} <code>leadlog people link PERSON</code>.</p>
<button id="sign-in" hidden>${signIn}</button>
<script src="${SIGN_IN_PATH}/page.js"></script>
`,
  );
}

/** `why`: as the API says it. */
export const notSignedInPage = (language: PageLanguage, why: string): string =>
  page(
    language,
    `<p>${TEXTS[language].not}</p>
<p lang="en">${escaped(why)}</p>
<p><a href="${SIGN_IN_PATH}">${TEXTS[language].signIn}</a></p>
`,
  );

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

/** The token goes to the api in the body of a request, and leaves the address before it does. */
const script = ({ once, silent }: typeof EN): string => `const token = location.hash.slice(1);
const told = document.getElementById('told');
const button = document.getElementById('sign-in');
if (token !== '') {
  history.replaceState(null, '', location.pathname);
  told.textContent = ${JSON.stringify(once)};
  button.hidden = false;
  button.focus();
  button.addEventListener('click', async () => {
    button.disabled = true;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/v1/session', { method: 'POST', headers, body: JSON.stringify({ token }) }).catch(() => undefined);
    if (answer?.ok) return location.assign('/');
    told.textContent = answer ? (await answer.json()).detail : ${JSON.stringify(silent)};
    // What failed for a while left the link unused.
    button.hidden = answer !== undefined && answer.status < 500 && answer.status !== 429;
    button.disabled = false;
  });
}
`;

/** The page that a sign-in link opens. It signs in at a click, so that what opens links ahead of people does not. */
export function addSignInPage(fastify: FastifyInstance, hasProvider: boolean): void {
  const inLanguage = (reply: FastifyReply, type: string, text: (language: PageLanguage) => string): void => {
    const language = languageOf(reply.request.headers['accept-language']);
    void reply.header('vary', 'accept-language').type(`${type}; charset=utf-8`).send(text(language));
  };
  fastify.get(SIGN_IN_PATH, (_request, reply) => inLanguage(reply, 'text/html', (language) => signInPage(language, hasProvider)));
  fastify.get(`${SIGN_IN_PATH}/page.js`, (_request, reply) => inLanguage(reply, 'text/javascript', (language) => script(TEXTS[language])));
}
