import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LeadlogError } from '@leadlog/errors';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Resolve = (
  host: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The part of IPv6 that is given out; all that is public is in it. */
const GIVEN_OUT: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
const SETTING = 'LEADLOG_WEBHOOK_ALLOW';

/** What was expected of a target, and what came. */
export interface TargetRefusal {
  expected: string;
  got: string;
}

/** The address that a name stands for may not be dialled. */
export class ForbiddenAddress extends LeadlogError {
  readonly kind = 'invalid';
}

/**
 * Where webhooks may go. Who writes a policy need not be who runs the engine, and from where the engine stands more can be reached than from
 * where they sit: other machines of the network, the credentials that a cloud hands to its machines. So a target is https at a public address,
 * unless the operator has named it. A name may stand for another address by the time it is dialled, so the address is judged where it is dialled.
 */
export class WebhookTargets {
  private readonly hosts = new Set<string>();
  private readonly networks: [Address, number][] = [];

  /** `named`: host names, addresses and networks (10.4.0.0/16). Throws RangeError for anything else. `resolve`: as the system does by default. */
  constructor(
    named: readonly string[] = [],
    private readonly resolve: Resolve = lookup,
  ) {
    for (const one of named) {
      const name = plain(one);
      if (ipaddr.isValidCIDR(name)) this.networks.push(ipaddr.parseCIDR(name));
      else if (isIP(name)) this.networks.push(wholeAddress(name));
      else if (/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) && /[a-z]/.test(name)) this.hosts.add(name);
      else throw new RangeError(one);
    }
  }

  /** Of what the address itself says, before any name is looked up. `url`: http or https. */
  refusalOf(url: string): TargetRefusal | undefined {
    const { protocol, hostname, username, password } = new URL(url);
    const host = plain(hostname);
    // It would be shown wherever the policy is, and no request can be made of it.
    if (username !== '' || password !== '') return { expected: 'an address without user and password', got: `one with them, of ${host}` };
    if (isIP(host)) {
      const kind = this.forbidden(host, host);
      if (kind) return { expected: `a public address, or one that ${SETTING} names`, got: `${host} (${kind})` };
      if (protocol !== 'https:' && !this.isNamed(host)) return notSecret(host);
    } else if (!this.hosts.has(host)) {
      if (/(^|\.)localhost$/.test(host)) return { expected: `a public address, or one that ${SETTING} names`, got: `${host} (loopback)` };
      if (protocol !== 'https:') return notSecret(host);
    }
    return undefined;
  }

  /** As `dns.lookup`, for a connection: gives only addresses that may be dialled. Fails with ForbiddenAddress if there are none. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const allowed = addresses.filter(({ address }) => this.forbidden(host, address) === undefined);
      const [first] = allowed;
      if (!first) return done(this.noneOf(host, addresses), '');
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };

  private noneOf(host: string, addresses: readonly LookupAddress[]): ForbiddenAddress {
    const [first] = addresses;
    const is = first ? `${first.address} (${this.forbidden(host, first.address)})` : 'no address';
    return new ForbiddenAddress(`expected ${host} to be at a public address, or named by ${SETTING}; it is at ${is}`);
  }

  /** What keeps an address from being dialled for a host; undefined if nothing does. */
  private forbidden(host: string, address: string): string | undefined {
    if (this.hosts.has(plain(host)) || this.isNamed(address)) return undefined;
    if (!ipaddr.isValid(address)) return 'not an address';
    // An IPv4 address written as IPv6 is judged as IPv4.
    const parsed = ipaddr.process(address);
    const range = parsed.range();
    if (range !== 'unicast') return range;
    return parsed instanceof ipaddr.IPv6 && !parsed.match(GIVEN_OUT) ? 'reserved' : undefined;
  }

  private isNamed(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network as never, bits));
  }
}

const notSecret = (host: string): TargetRefusal => ({ expected: `https, or a host that ${SETTING} names`, got: `http to ${host}` });

function wholeAddress(text: string): [Address, number] {
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Without the brackets of an IPv6 address, and without the dot that ends a full name. */
const plain = (host: string): string =>
  host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
