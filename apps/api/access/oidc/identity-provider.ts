import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Proven } from '@leadlog/access';
import type { OidcSettings } from '../../../setup/oidc';
import { otherIssuer, providerFailed } from './provider-failed';
import { provenByClaims, type Claims } from './proven-by-claims';

/** What is left with the browser that begins to sign in, and makes what comes back that of this browser and of this beginning. */
export interface Begun {
  state: string;
  nonce: string;
  /** Of PKCE: without it nobody can use the code that comes back. */
  verifier: string;
}

const PATIENCE_SECONDS = 10;
/** So that a change at the provider is known soon, and its keys are not fetched for each sign-in. */
const KNOWN_MS = 5 * 60_000;

// It is an ES module, which only this form of import loads.
const openidClient = () => import('openid-client');
type Client = Awaited<ReturnType<typeof openidClient>>;
type Configuration = InstanceType<Client['Configuration']>;

/**
 * Signs people in at the provider by its code flow. The provider and the secret are looked at when somebody signs in: an API starts, and lets in
 * whoever has a key, a link or a session, also while the provider is away. Its methods reject with a ProviderFailed.
 */
export class IdentityProvider {
  private known: { configuration: Configuration; until: number } | undefined;

  constructor(private readonly settings: OidcSettings) {}

  /** Where the browser is to go; it comes back to `callback`. */
  async begin(callback: string): Promise<{ address: string; begun: Begun }> {
    return this.trying(async (client) => {
      this.secret();
      const configuration = await this.configuration(client);
      const begun = { state: random(), nonce: random(), verifier: random() };
      const address = client.buildAuthorizationUrl(configuration, {
        redirect_uri: callback,
        scope: this.scope(configuration),
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      });
      return { address: address.href, begun };
    });
  }

  /** Who has signed in, by the address to which the provider sent the browser back. */
  async finish(returned: URL, { state, nonce, verifier }: Begun): Promise<Proven> {
    return this.trying(async (client) => {
      const configuration = await this.configuration(client);
      const tokens = await client.authorizationCodeGrant(configuration, returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
      });
      const claims = tokens.claims()! as Claims;
      // Many providers tell more than the subject there alone.
      const told = configuration.serverMetadata().userinfo_endpoint
        ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : {};
      return provenByClaims({ ...told, ...claims }, this.settings.roles);
    });
  }

  private async trying<T>(run: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await run(await openidClient());
    } catch (error) {
      throw providerFailed(error, this.settings) ?? error;
    }
  }

  private async configuration(client: Client): Promise<Configuration> {
    if (this.known && this.known.until > performance.now()) return this.known.configuration;
    const { issuer, clientId, secretFile } = this.settings;
    const execute = [client.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : [])];
    const authentication: Parameters<Client['discovery']>[3] =
      secretFile === undefined
        ? client.None()
        : (server, ...rest) => {
            const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
            const inHeader = ways.includes('client_secret_basic') || !ways.includes('client_secret_post');
            (inHeader ? client.ClientSecretBasic : client.ClientSecretPost)(this.secret())(server, ...rest);
          };
    const options = { execute, timeout: PATIENCE_SECONDS };
    const configuration = await client.discovery(new URL(issuer), clientId, undefined, authentication, options);
    // The client library lets some providers name another one, such as that of whichever customer of theirs somebody belongs to.
    if (new URL(configuration.serverMetadata().issuer).href !== new URL(issuer).href) throw otherIssuer(issuer);
    this.known = { configuration, until: performance.now() + KNOWN_MS };
    return configuration;
  }

  /** Read each time, so that a secret that is replaced counts at once. */
  private secret(): string | undefined {
    const { secretFile } = this.settings;
    return secretFile === undefined ? undefined : readFileSync(secretFile, 'utf8').trim();
  }

  /** Some providers tell of groups only where they are asked for them by a scope of that name; others refuse a scope that they do not have. */
  private scope(configuration: Configuration): string {
    const { claim } = this.settings.roles;
    const isScope = configuration.serverMetadata().scopes_supported?.includes(claim);
    return ['openid', 'profile', 'email', ...(isScope ? [claim] : [])].join(' ');
  }
}

const random = (): string => randomBytes(32).toString('base64url');
