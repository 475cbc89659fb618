import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { GiveUp } from '@leadlog/jobs';
import { WebhookTargets } from './targets';
import { deliverWebhook, type Delivery } from './webhook';

const secret = Buffer.from('a secret of this test only').toString('base64');
const delivery: Delivery = { id: 'handoff-1', type: 'lead.handed-off', timestamp: '2026-01-05T09:00:00+09:00', data: {} };
const never = new AbortController().signal;

describe('what a webhook may be sent to', () => {
  const targets = new WebhookTargets();

  it.each([
    ['http://sfa.example/hook', 'http to sfa.example'],
    ['http://93.184.216.34/', 'http to 93.184.216.34'],
    ['https://user:pass@sfa.example/', 'one with them, of sfa.example'],
    ['https://localhost/', 'localhost (loopback)'],
    ['https://hook.localhost./', 'hook.localhost (loopback)'],
    // Everything that means 127.0.0.1.
    ...['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '127.0.0.1.'].map((host): [string, string] => [
      `https://${host}/`,
      '127.0.0.1 (loopback)',
    ]),
    ['https://0.0.0.0/', '0.0.0.0 (unspecified)'],
    ['https://10.0.0.5/', '10.0.0.5 (private)'],
    ['https://172.31.255.255/', '172.31.255.255 (private)'],
    ['https://192.168.1.1:8443/', '192.168.1.1 (private)'],
    // Where clouds hand out the credentials of a machine.
    ['https://169.254.169.254/latest/meta-data/', '169.254.169.254 (linkLocal)'],
    ['https://100.64.0.1/', '100.64.0.1 (carrierGradeNat)'],
    ['https://224.0.0.1/', '224.0.0.1 (multicast)'],
    ['https://255.255.255.255/', '255.255.255.255 (broadcast)'],
    ['https://198.18.0.1/', '198.18.0.1 (reserved)'],
    ['https://[::1]/', '::1 (loopback)'],
    ['https://[::]/', ':: (unspecified)'],
    ['https://[fd00::1]/', 'fd00::1 (uniqueLocal)'],
    ['https://[fe80::1]/', 'fe80::1 (linkLocal)'],
    ['https://[ff02::1]/', 'ff02::1 (multicast)'],
    // IPv4 in the clothes of IPv6: mapped, compatible, by NAT64, by 6to4, by Teredo.
    ['https://[::ffff:10.0.0.5]/', '::ffff:a00:5 (private)'],
    ['https://[::7f00:1]/', '::7f00:1 (reserved)'],
    ['https://[64:ff9b::a00:5]/', '64:ff9b::a00:5 (rfc6052)'],
    ['https://[64:ff9b:1::a00:5]/', '64:ff9b:1::a00:5 (rfc6052)'],
    ['https://[2002:a00:5::]/', '2002:a00:5:: (6to4)'],
    ['https://[2001:0:a00:5::]/', '2001:0:a00:5:: (teredo)'],
    ['https://[4000::1]/', '4000::1 (reserved)'],
  ])('is not %s', (url, got) => expect(targets.refusalOf(url)).toEqual({ expected: expect.any(String) as string, got }));

  it.each(['https://sfa.example/hook', 'https://93.184.216.34:8443/', 'https://[2606:2800:220:1::1]/', 'https://[::ffff:93.184.216.34]/'])(
    'is %s',
    (url) => expect(targets.refusalOf(url)).toBeUndefined(),
  );

  it('is what the operator has named, and nothing like it', () => {
    const named = new WebhookTargets(['SFA.internal', '10.4.0.0/16', '127.0.0.1', 'fd00:4::/32']);
    const refused = (url: string) => named.refusalOf(url) !== undefined;
    expect(
      [
        'http://sfa.internal/',
        'https://10.4.9.9/',
        'http://10.4.9.9/',
        'http://127.0.0.1:99/',
        'https://[::ffff:10.4.0.1]/',
        'https://[fd00:4::1]/',
      ].map(refused),
    ).toEqual(Array<boolean>(6).fill(false));
    expect(
      ['http://x.sfa.internal/', 'http://sfa.internal.example/', 'https://10.5.0.1/', 'https://127.0.0.2/', 'https://[fd00:5::1]/'].map(
        refused,
      ),
    ).toEqual(Array<boolean>(5).fill(true));
  });

  it.each(['10.4', '10.4.0.0/99', 'https://sfa', 'sfa:443', 'a b', '*', '-'])('is never named by %s', (named) =>
    expect(() => new WebhookTargets([named])).toThrow(RangeError),
  );
});

describe('a name of which the address is judged when it is dialled', () => {
  let server: Server;
  let port: number;
  let asked: number;
  beforeEach(async () => {
    asked = 0;
    server = createServer((_request, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => void server.close());

  const at =
    (...addresses: LookupAddress[]) =>
    (_host: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
      done(null, addresses);
  const publicly: LookupAddress = { address: '93.184.216.34', family: 4 };
  const here: LookupAddress = { address: '127.0.0.1', family: 4 };
  const deliver = (targets: WebhookTargets, host: string) =>
    deliverWebhook({ name: 'sfa', url: `https://${host}:${port}/`, secret, targets }, delivery, never).catch((error: unknown) => error);

  it('is not dialled at an address of the machine, and its delivery is over, with the reason', async () => {
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const error = await deliver(new WebhookTargets([], at(here)), 'rebound.example');
    expect(error).toBeInstanceOf(GiveUp);
    expect((error as Error).message).toBe(
      'webhook sfa: expected rebound.example to be at a public address, or named by LEADLOG_WEBHOOK_ALLOW; it is at 127.0.0.1 (loopback)',
    );
    expect([connections, asked]).toEqual([0, 0]);
  });

  it('is dialled at nothing but its public addresses, if it has some', async () => {
    const targets = new WebhookTargets([], at(here, publicly));
    const found = await new Promise((done) => targets.lookup('both.example', { all: true }, (_error, addresses) => done(addresses)));
    expect(found).toEqual([publicly]);
    expect(await new Promise((done) => targets.lookup('both.example', {}, (_error, address) => done(address)))).toBe(publicly.address);
  });

  it('is dialled anywhere if the operator has named it, or the network it is in', async () => {
    for (const named of ['sfa.internal', '127.0.0.0/8']) {
      const targets = new WebhookTargets([named], at(here));
      const socket = connect({ host: 'sfa.internal', port, lookup: targets.lookup });
      await once(socket, 'connect');
      expect(socket.remoteAddress).toBe('127.0.0.1');
      socket.destroy();
    }
  });
});
