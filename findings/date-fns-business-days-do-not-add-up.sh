#!/usr/bin/env bash
# Of date-fns, addBusinessDays and differenceInBusinessDays do not agree: one business day added to a Saturday is Monday, and from that Saturday to that Monday there are none.
#
# Seen with: date-fns 4.4.0, Node.js 20.20.2
# A good engineer would expect: the difference undoes the addition, as differenceInDays and addDays do, and the difference the other way round is the same number
#   with the other sign: a deadline is made with the one, "days left" and "days late" are told by the other.
# What happens: the difference counts the day it begins on and not the one it ends on, in both directions; the addition counts the day it ends on. On weekdays
#   that is one and the same. From a weekend day it is one less: five days added to Saturday are Friday, four days off. From Friday to Saturday it is 1, from Saturday
#   back to Friday 0, and so a deadline of Friday is one day late on Saturday and Sunday by the one order of arguments, and in time by the other.
#   Leads that come in at the weekend get, by half of the code, a day more or less.
# Output seen:
#   Sat 28 Nov + 1 = Mon 30 Nov, difference 0    Sat + 5 = Fri 4 Dec, difference 4    Sat - 1 = Fri 27 Nov, difference 0    Fri + 1 = Mon, difference 1
#   Sat less Fri 1, Fri less Sat 0    Mon less Sat 0, Sat less Mon -1
# What to do: move both days to a weekday first (Saturday and Sunday to the Monday), or count by adding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund date-fns@4.4.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { addBusinessDays, differenceInBusinessDays, format } = require('date-fns');
const friday = new Date(2026, 10, 27);
const saturday = new Date(2026, 10, 28);
const monday = new Date(2026, 10, 30);
const added = (day, amount) => {
  const due = addBusinessDays(day, amount);
  return [format(due, 'EEE d MMM'), differenceInBusinessDays(due, day)];
};
const both = (a, b) => [differenceInBusinessDays(a, b), differenceInBusinessDays(b, a)].map((days) => days + 0);
const seen = {
  one: added(saturday, 1),
  five: added(saturday, 5),
  back: added(saturday, -1),
  fromFriday: added(friday, 1),
  saturdayAndFriday: both(saturday, friday),
  mondayAndSaturday: both(monday, saturday),
  mondayAndFriday: both(monday, friday),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  one: ['Mon 30 Nov', 0],
  five: ['Fri 4 Dec', 4],
  back: ['Fri 27 Nov', 0],
  fromFriday: ['Mon 30 Nov', 1],
  saturdayAndFriday: [1, 0],
  mondayAndSaturday: [0, -1],
  mondayAndFriday: [1, -1],
});
JS
node try.js
