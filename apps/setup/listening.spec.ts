import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { renewTls, tlsOf } from './listening';
import { readSettings } from './settings';

describe('listening', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-tls-'));
  const tlsCert = join(folder, 'tls.crt');
  const tlsKey = join(folder, 'tls.key');
  /** As a renewal writes them, one after the other. */
  const issue = async (name: string): Promise<void> => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec' });
    writeFileSync(tlsKey, key);
    writeFileSync(tlsCert, cert);
  };
  beforeAll(() => issue('first.example'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const started = (env: Record<string, string>) => tlsOf(readSettings(env));

  it.each(['127.0.0.1', '127.8.0.1', '::1', 'localhost'])('on %s needs no TLS', (HOST) => expect(started({ HOST })).toBeUndefined());

  it.each(['0.0.0.0', '::', '10.0.0.5', 'leadlog.example.com', '127.0.0.1.example.com', '::ffff:127.0.0.1'])(
    'on %s needs it, or a proxy that has it',
    (HOST) => {
      expect(() => started({ HOST })).toThrow(/^HOST: expected .*LEADLOG_TLS_CERT and LEADLOG_TLS_KEY .*LEADLOG_BEHIND_PROXY=on/);
      expect(() => started({ HOST, LEADLOG_BEHIND_PROXY: 'off' })).toThrow(/^HOST: /);
      expect(started({ HOST, LEADLOG_BEHIND_PROXY: 'on' })).toBeUndefined();
      expect(started({ HOST, LEADLOG_TLS_CERT: tlsCert, LEADLOG_TLS_KEY: tlsKey })).toEqual({
        cert: expect.any(Buffer) as Buffer,
        key: expect.any(Buffer) as Buffer,
      });
    },
  );

  it('refuses files of a certificate that cannot be used', () => {
    expect(() => started({ LEADLOG_TLS_CERT: tlsCert })).toThrow(/^LEADLOG_TLS_KEY: expected a file, since LEADLOG_TLS_CERT names one/);
    expect(() => started({ LEADLOG_TLS_KEY: tlsKey })).toThrow(/^LEADLOG_TLS_CERT: expected a file/);
    expect(() => started({ LEADLOG_TLS_CERT: join(folder, 'none'), LEADLOG_TLS_KEY: tlsKey })).toThrow(
      /^LEADLOG_TLS_CERT: expected a file that can be read, got .*none \(ENOENT\)/,
    );
    expect(() => started({ LEADLOG_TLS_CERT: tlsKey, LEADLOG_TLS_KEY: tlsKey })).toThrow(
      /^LEADLOG_TLS_CERT: expected a certificate \(PEM\)/,
    );
    expect(() => started({ LEADLOG_BEHIND_PROXY: 'yes' })).toThrow('LEADLOG_BEHIND_PROXY: expected on or off, got "yes"');
  });

  it('goes on with the former certificate while a renewal is half written, and takes the new one once it is whole', async () => {
    const server: Server = createServer(tlsOf({ host: '0.0.0.0', tlsCert, tlsKey })!).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const served = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN as string;
    };
    const used: unknown[] = [];
    const renewal = renewTls({ host: '0.0.0.0', tlsCert, tlsKey }, (tls) => used.push(server.setSecureContext(tls)), 10);
    try {
      expect(await served()).toBe('first.example');
      writeFileSync(tlsCert, 'half of a certif');
      await issue('second.example');
      while ((await served()) !== 'second.example') await new Promise((turn) => setTimeout(turn, 10));
      expect(used.length).toBeGreaterThan(0);
    } finally {
      renewal.stop();
      server.close();
    }
  });
});
