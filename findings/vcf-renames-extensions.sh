#!/usr/bin/env bash
# A card that vcf reads and writes unchanged has other properties: X-ABLabel becomes X-AB-LABEL, so the labels of an iPhone's contacts are lost, and texts are escaped in jCard.
#
# Seen with: vcf 2.1.2, Node.js 20.20.2
# A good engineer would expect: names of vCard properties differ in nothing but case, so a property the package does not know comes out with the name it came in with;
#   and jCard, which is JSON, has the text itself ("DO NOT" escape, RFC 7095 3.4), as other readers of jCard take it.
# What happens: a name is kept in camel case, xAbLabel, and written with a hyphen before each capital. Names of words with hyphens survive (X-PHONETIC-LAST-NAME);
#   X-ABLabel, X-ABShowAs, X-ABDATE in mixed case are other names then, in the output and in jCard. A group "item1" then has a URL whose label no program finds:
#   what was "Homepage" or a custom label is plain. toJCard gives Tokyo\, Japan\nnext, with its backslashes, and fromJSON of another program's jCard writes commas bare.
# Output seen:
#   item1.X-ABLabel in, item1.X-AB-LABEL out    X-ABShowAs in, X-AB-SHOW-AS out    X-PHONETIC-LAST-NAME the same    jCard: xAbLabel, note "a\\, b\\nc"
#   from jCard note "a, b": NOTE:a, b
# What to do: rename these two or three lines behind it, and unescape and escape text oneself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund vcf@2.1.2
cat > try.js <<'JS'
const assert = require('node:assert');
const VCard = require('vcf');
const lines = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'N:佐藤;花子;;;',
  'FN:佐藤 花子',
  'X-PHONETIC-LAST-NAME:サトウ',
  'X-ABShowAs:COMPANY',
  'item1.URL:https://example.com/',
  'item1.X-ABLabel:_$!<HomePage>!$_',
  'NOTE:a\\, b\\nc',
  'END:VCARD',
];
const card = new VCard().parse(lines.join('\r\n'));
const written = card.toString('3.0').split('\r\n');
const jCard = Object.fromEntries(card.toJCard('4.0')[1].map(([name, , , value]) => [name, value]));
const back = VCard.fromJSON(['vcard', [['version', {}, 'text', '4.0'], ['fn', {}, 'text', 'Hanako'], ['note', {}, 'text', 'a, b']]]).toString('4.0').split('\r\n');
const seen = { lost: lines.filter((line) => !written.includes(line)), instead: written.filter((line) => !lines.includes(line)), label: jCard.xAbLabel, note: jCard.note, back: back.filter((line) => line.startsWith('NOTE')) };
console.log(seen);
assert.deepStrictEqual(seen, {
  lost: ['X-ABShowAs:COMPANY', 'item1.X-ABLabel:_$!<HomePage>!$_'],
  instead: ['X-AB-SHOW-AS:COMPANY', 'item1.X-AB-LABEL:_$!<HomePage>!$_'],
  label: '_$!<HomePage>!$_',
  note: 'a\\, b\\nc',
  back: ['NOTE:a, b'],
});
JS
node try.js
