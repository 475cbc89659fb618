import { readFileSync } from 'node:fs';

// It has no types of its own.
const { satisfies } = jest.requireActual<{ satisfies(version: string, range: string): boolean }>('semver');

interface Package {
  version?: string;
  engines?: { node?: string };
  dev?: boolean;
  hasInstallScript?: boolean;
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };
const { scarfSettings, allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scarfSettings?: { enabled?: boolean };
  allowScripts: Record<string, boolean>;
};
const named = (path: string): string => path.replace(/^.*node_modules\//, '');

describe('a fresh install', () => {
  // The oldest that is supported, and of each line the newest that its users have.
  it.each(['20.19.0', '20.20.2', '22.13.0', '22.20.0', '24.11.0', '26.0.0'])('is silent on Node %s: no package wants another', (node) => {
    const unhappy = Object.entries(packages).filter(([, { engines }]) => engines?.node !== undefined && !satisfies(node, engines.node));
    expect(unhappy.map(([path, { version, engines }]) => `${path} ${version} wants ${engines!.node}`)).toEqual([]);
  });

  it('says of each script that would run in it whether it may; none of them reports home', () => {
    const withScripts = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => named(path));
    expect(withScripts.filter((name) => allowScripts[name] === undefined)).toEqual([]);
    expect([scarfSettings, allowScripts['@scarf/scarf']]).toEqual([{ enabled: false }, false]);
  });

  it('takes packages from the registry of whoever installs', () =>
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "http/));
});
