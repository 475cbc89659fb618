#!/usr/bin/env bash
# A resource template of MCP's SDK does not read the URIs it writes: a Japanese name comes in as %E6%9D%B1…, and with one query parameter of two, or with both in the other order, nothing is found.
#
# Seen with: @modelcontextprotocol/sdk 1.32.2, Node.js 20.20.2
# A good engineer would expect: a template is expanded by the client and matched by the server with one class, UriTemplate, so match undoes expand; and {?stage,page} is
#   optional by RFC 6570, where an undefined variable leaves nothing behind: expand does that.
# What happens: match returns the text of the URI as it is, percent escapes and all, and the handler looks for a company named %E6%9D%B1%E4%BA%AC; for names of ASCII letters it
#   is right. Every parameter of {?…} has to be there, in the order of the template, or the server answers "Resource not found", to URIs that expand has made
#   as well. An expression of two names, {year,month}, is written without any escaping, and read with the first name only: it never matches.
# Output seen, of leads://{company}{?stage,page}:
#   acme, both: acme, won, 2    東京, both: %E6%9D%B1%E4%BA%AC    acme, stage alone: leads://acme?stage=won, not found    acme alone: not found    page before stage: not found
# What to do: decodeURIComponent in each handler, and one template for each set of parameters (or a URL parsed in the handler of leads://{+rest}).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2
cat > try.mjs <<'JS'
import assert from 'node:assert';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
const text = 'leads://{company}{?stage,page}';
const server = new McpServer({ name: 'leads', version: '1.0.0' });
server.registerResource('leads', new ResourceTemplate(text, { list: undefined }), {}, async (uri, variables) => ({
  contents: [{ uri: uri.href, text: JSON.stringify(variables) }],
}));
const client = new Client({ name: 'test', version: '1.0.0' });
const [ours, theirs] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(ours), client.connect(theirs)]);
const read = (uri) =>
  client.readResource({ uri }).then(
    ({ contents }) => JSON.parse(contents[0].text),
    (error) => /not found/.exec(error.message)?.[0],
  );
const template = new UriTemplate(text);
const roundTrip = async (variables) => {
  const uri = template.expand(variables);
  return [uri, await read(uri)];
};
const two = new UriTemplate('leads://{year,month}');
const seen = {
  ascii: await roundTrip({ company: 'acme', stage: 'won', page: '2' }),
  japanese: await roundTrip({ company: '東京', stage: 'won', page: '2' }),
  stageOnly: await roundTrip({ company: 'acme', stage: 'won' }),
  alone: await roundTrip({ company: 'acme' }),
  otherOrder: await read('leads://acme?page=2&stage=won'),
  two: [two.expand({ year: '2026', month: 'a b' }), two.match('leads://2026,11')],
};
console.log(seen);
await client.close();
assert.deepStrictEqual(seen, {
  ascii: ['leads://acme?stage=won&page=2', { company: 'acme', stage: 'won', page: '2' }],
  japanese: ['leads://%E6%9D%B1%E4%BA%AC?stage=won&page=2', { company: '%E6%9D%B1%E4%BA%AC', stage: 'won', page: '2' }],
  stageOnly: ['leads://acme?stage=won', 'not found'],
  alone: ['leads://acme', 'not found'],
  otherOrder: 'not found',
  two: ['leads://2026,a b', null],
});
JS
node try.mjs
