#!/usr/bin/env bash
# "Email or phone is required", in OpenAPI anyOf of two lists of required members, makes openapi-typescript's type for the whole object unknown: every body compiles, 42 as well.
#
# Seen with: openapi-typescript 7.13.0, typescript 5.9.3, Node.js 20.20.2
# A good engineer would expect: the members of properties stay in the type. What TypeScript cannot say (one of the two) is left out, as required is for names without
#   a property; a tool that gives up says so.
# What happens: { required: ['email'] } without a type or properties becomes unknown, and the type is written as { email?, phone? } | unknown | unknown, which is unknown: a number
#   may be sent, and nothing is checked of what is. In allOf, { $ref } and { required: [...] } become Contact & unknown, so the name stays optional; with "type: object" beside
#   required, Contact & Record<string, never>, for which no contact compiles at all, since every member has to be never. required beside allOf is honoured.
#   The document is valid, and other generators and validators take it as it is meant.
# Output seen:
#   anyOf: { email?: string; phone?: string } | unknown | unknown, takes 42    allOf with required: Contact & unknown, takes {}
#   allOf with type and required: Contact & Record<string, never>, refuses { email: 'a@example.com' }    required beside allOf: WithRequired<Contact, "email">
# What to do: repeat type and properties in each part of anyOf, and put required beside allOf, not into it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund openapi-typescript@7.13.0 typescript@5.9.3
cat > try.mjs <<'JS'
import assert from 'node:assert';
import { writeFileSync } from 'node:fs';
import ts from 'typescript';
import openapiTS, { astToString } from 'openapi-typescript';
const properties = { email: { type: 'string' }, phone: { type: 'string' } };
const base = { $ref: '#/components/schemas/Contact' };
const schemas = {
  Contact: { type: 'object', properties },
  Either: { type: 'object', properties, anyOf: [{ required: ['email'] }, { required: ['phone'] }] },
  Required: { allOf: [base, { required: ['email'] }] },
  Typed: { allOf: [base, { type: 'object', required: ['email'] }] },
  Beside: { allOf: [base], required: ['email'] },
};
const document = { openapi: '3.1.0', info: { title: 'Leads', version: '1' }, paths: {}, components: { schemas } };
const types = astToString(await openapiTS(document, { silent: true }));
const written = (name) => types.match(new RegExp(`^ {8}${name}: ((?:.|\\n)*?);\\n(?= {8}\\w| {4}\\})`, 'm'))[1].replace(/\s+/g, ' ');
const compiles = (name, value) => {
  writeFileSync('try.ts', `${types}\nexport const value: components["schemas"]["${name}"] = ${value};\n`);
  return ts.getPreEmitDiagnostics(ts.createProgram(['try.ts'], { strict: true, noEmit: true, lib: ['lib.es2022.d.ts'], types: [] })).length === 0;
};
const seen = {
  either: [written('Either'), compiles('Either', '42')],
  required: [written('Required'), compiles('Required', '{}')],
  typed: [written('Typed'), compiles('Typed', "{ email: 'a@example.com' }")],
  beside: [written('Beside'), compiles('Beside', '{}'), compiles('Beside', "{ email: 'a@example.com' }")],
  contact: compiles('Contact', '42'),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  either: ['{ email?: string; phone?: string; } | unknown | unknown', true],
  required: ['components["schemas"]["Contact"] & unknown', true],
  typed: ['components["schemas"]["Contact"] & Record<string, never>', false],
  beside: ['WithRequired<components["schemas"]["Contact"], "email">', false, true],
  contact: false,
});
JS
node try.mjs
