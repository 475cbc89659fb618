#!/usr/bin/env bash
# libphonenumber-js takes a number out of a text, unless digits stand behind it: 06-6123-4567(2号館) is +81 6 6123 45672, which counts as valid, and 03-1234-5678 内線12 is no number.
#
# Seen with: libphonenumber-js 1.13.16 (default metadata), Node.js 20.20.2
# A good engineer would expect: by default the number is "extracted" from its text, as from "(213) 373-4253 and my hair is blue", and the words of Japanese lists behind it
#   are left alone: (代表), (担当 佐藤). So they are.
# What happens: only what is neither digit nor # is cut off the end. One digit behind any word (a floor, a building, "until 4月") becomes the last digit of the number:
#   another number, E.164 and all, without a hint; isPossible is true, and isValid too in some area codes. Several digits (an extension as 内線12, which is not
#   among the words known for one, 9:00~18:00, a second number) make it undefined, so leads are refused or saved without a phone. Of ext 12 and x12 the extension is read.
#   findPhoneNumbersInText finds the right number in each of them.
# Output seen:
#   06-6123-4567(2号館) +816612345672 valid    03-1234-5678(3階) +813123456783    03-1234-5678 内線12 undefined    0120-123-456(9:00~18:00) undefined
#   03-1234-5678(担当 佐藤) +81312345678    03-1234-5678 ext 12 +81312345678 ext. 12    findPhoneNumbersInText: the number alone
# What to do: { extract: false } for fields that hold a number, and findPhoneNumbersInText, then its first number, for what people wrote.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16
cat > try.js <<'JS'
const assert = require('node:assert');
const { findPhoneNumbersInText, parsePhoneNumberFromString } = require('libphonenumber-js');
const parsed = (text) => {
  const number = parsePhoneNumberFromString(text, 'JP');
  return number && [number.number, number.isPossible(), number.isValid(), number.ext];
};
const found = (text) => findPhoneNumbersInText(text, 'JP').map(({ number }) => number.number);
const texts = ['06-6123-4567(2号館)', '03-1234-5678(3階)', '03-1234-5678 内線12', '0120-123-456(9:00~18:00)'];
const seen = {
  parsed: texts.map(parsed),
  found: texts.map(found),
  strict: texts.map((text) => parsePhoneNumberFromString(text, { defaultCountry: 'JP', extract: false })),
  words: parsed('03-1234-5678(担当 佐藤)'),
  extension: parsed('03-1234-5678 ext 12'),
};
console.dir(seen, { depth: 3 });
assert.deepStrictEqual(seen, {
  parsed: [['+816612345672', true, true, undefined], ['+813123456783', true, false, undefined], undefined, undefined],
  found: [['+81661234567'], ['+81312345678'], ['+81312345678'], ['+81120123456']],
  strict: [undefined, undefined, undefined, undefined],
  words: ['+81312345678', true, true, undefined],
  extension: ['+81312345678', true, true, '12'],
});
JS
node try.js
