// An identity provider on a free port of 127.0.0.1, whose address it prints. Whoever comes signs in as the account that was last posted to
// /account, in JSON, without a page in between. The client may come back to any port of this machine.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

let account;
let handle;
const server = createServer((request, response) => void handle(request, response));
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'leadlog',
        client_secret: process.env.CLIENT_SECRET,
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/sign-in/oidc/callback'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups', 'employee_number'] },
    scopes: ['openid', 'groups'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...account, sub: accountId }) }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  handle = async (request, response) => {
    if (request.url === '/account') {
      let text = '';
      for await (const part of request) text += part;
      account = JSON.parse(text);
      response.end();
    } else if (request.url.startsWith('/interaction/')) {
      const { prompt } = await provider.interactionDetails(request, response);
      const accepted = prompt.name === 'consent' ? { consent: {} } : { login: { accountId: account.sub } };
      const result = account.refuses ? { error: 'access_denied' } : accepted;
      await provider.interactionFinished(request, response, result);
    } else callback(request, response);
  };
  console.log(issuer);
});
