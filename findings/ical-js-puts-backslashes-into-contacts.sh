#!/usr/bin/env bash
# A contact that ical.js reads and writes unchanged has backslashes for other programs: "budget; 2027" in its note becomes "budget\; 2027", and in vCard 4 the link and the photo of a data: URI are broken.
#
# Seen with: ical.js 2.2.1; vcf 2.1.2 and vcard4 4.0.5 read beside it; Node.js 20.20.2
# A good engineer would expect: what was read is what is written, and the text between the two is the text itself. In iCalendar files, by the same package, it is so, for SUMMARY and for URL.
# What happens: in a card "\;" of a text (address books escape semicolons, and RFC 6350 3.4 says any reader takes it) is not read as ";": the note has the backslash, on a page as well, and on writing it
#   is escaped to "\\;", which for every reader is a backslash and a semicolon. In version 4 a URI is written as a text, so the comma of data:image/png;base64, and of ?at=35.6,139.7 gets a backslash;
#   in version 3 it does not. ical.js takes it off again, so a test with itself is green. RFC 6350 3.4 can be read that way, its examples of URIs (PHOTO:data:image/jpeg;base64,…) cannot, and vcf
#   and vcard4 give the backslash with the link.
# Output seen:
#   NOTE:budget\; 2027 in, "budget\\; 2027" in memory, NOTE:budget\\; 2027 out    in iCalendar: in memory and out right
#   version 4: URL:https://example.com/map?at=35.6\,139.7, PHOTO:data:image/png;base64\,iVBORw0KGgo=    version 3: as they were    vcf and vcard4: https://example.com/map?at=35.6\,139.7
# What to do: set property.type to 'unknown' for URIs before writing, and take "\;" out of texts when reading.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ical.js@2.2.1 vcf@2.1.2 vcard4@4.0.5
cat > try.mjs <<'JS'
import assert from 'node:assert';
import ICAL from 'ical.js';
import VCard from 'vcf';
import * as vcard4 from 'vcard4';
const link = 'https://example.com/map?at=35.6,139.7';
const card = (version, ...lines) =>
  ['BEGIN:VCARD', `VERSION:${version}`, 'FN:Taro Yamada', 'N:Yamada;Taro;;;', 'NOTE:budget\\; 2027', `URL:${link}`, ...lines, 'END:VCARD', ''].join('\r\n');
const through = (text) => new ICAL.Component(ICAL.parse(text.trim())).toString();
const line = (text, name) => text.split('\r\n').find((each) => each.startsWith(`${name}:`));
const four = through(card('4.0', 'PHOTO:data:image/png;base64,iVBORw0KGgo='));
const three = through(card('3.0'));
const event = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:1', 'SUMMARY:budget\\; 2027', `URL:${link}`, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
const seen = {
  inMemory: new ICAL.Component(ICAL.parse(card('4.0').trim())).getFirstPropertyValue('note'),
  four: [line(four, 'NOTE'), line(four, 'URL'), line(four, 'PHOTO')],
  three: [line(three, 'NOTE'), line(three, 'URL')],
  event: [line(through(event), 'SUMMARY'), line(through(event), 'URL')],
  again: through(`${four}\r\n`) === four,
  vcf: new VCard().parse(`${four}\r\n`).get('url').valueOf(),
  vcard4: vcard4.parse(`${four}\r\n`).getProperty('URL')[0].value,
};
console.log(seen);
assert.deepStrictEqual(seen, {
  inMemory: 'budget\\; 2027',
  four: ['NOTE:budget\\\\; 2027', 'URL:https://example.com/map?at=35.6\\,139.7', 'PHOTO:data:image/png;base64\\,iVBORw0KGgo='],
  three: ['NOTE:budget\\\\; 2027', `URL:${link}`],
  event: ['SUMMARY:budget\\; 2027', `URL:${link}`],
  again: true,
  vcf: 'https://example.com/map?at=35.6\\,139.7',
  vcard4: 'https://example.com/map?at=35.6\\,139.7',
});
JS
node try.mjs
