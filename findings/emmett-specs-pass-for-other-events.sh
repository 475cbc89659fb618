#!/usr/bin/env bash
# Emmett's DeciderSpecification passes for events that did not happen: "then [A, A]" holds for A and B, in any order, with other dates, with members nobody expects; assertDeepEqual has a hole too.
#
# Seen with: @event-driven-io/emmett 0.42.0, Node.js 20.20.2
# A good engineer would expect: given, when, then is the test of an event-sourced decision, and then takes the list of the events: those, in that order, and no others,
#   as the documentation's examples write them out in full. What thenNothingHappened refuses, then refuses.
# What happens: then compares the number of events, and looks for each expected one among the actual ones, anywhere, more than once. An event matches if what is expected is
#   part of it, by the own keys of objects: a Date has none, so every date is every other one; an empty list or a shorter one is part of a longer; a member that is
#   missing in the expectation may have any value. A decision that records its events in the wrong order, one twice and one never, or a wrong due date, is green.
#   assertDeepEqual and the lists' containsExactlyElementsOf count keys and ask those of the actual value only:
#   { a: 1, b: undefined } is taken for the expected { a: 1, c: 5 }.
# Output seen:
#   passes: [B, A] for [A, B]; [A, A] for [A, B]; due 1 March for due 1 May; tags [] for tags ['x']; { leadId } for { leadId, price }; deep: { a: 1, c: 5 } for { a: 1, b: undefined }
#   fails: one event for two; another type; another text
# What to do: call decide oneself and compare with node:assert's deepStrictEqual.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @event-driven-io/emmett@0.42.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { DeciderSpecification, assertDeepEqual } = require('@event-driven-io/emmett');
const passes = (run) => {
  try {
    run();
    return true;
  } catch {
    return false;
  }
};
const then = (actual, expected) =>
  passes(() => DeciderSpecification.for({ decide: () => actual, evolve: (state) => state, initialState: () => ({}) })([]).when({ type: 'Decide', data: {} }).then(expected));
const event = (type, data = {}) => ({ type, data });
const both = [event('Qualified'), event('Assigned')];
const seen = {
  otherOrder: then(both, [event('Assigned'), event('Qualified')]),
  oneTwice: then(both, [event('Qualified'), event('Qualified')]),
  otherDate: then(event('Due', { on: new Date('2026-05-01') }), event('Due', { on: new Date('2026-03-01') })),
  emptyList: then(event('Tagged', { tags: ['x'] }), event('Tagged', { tags: [] })),
  more: then(event('Won', { leadId: '1', price: 5 }), event('Won', { leadId: '1' })),
  deep: passes(() => assertDeepEqual({ a: 1, b: undefined }, { a: 1, c: 5 })),
  oneForTwo: then(both, [event('Qualified')]),
  otherType: then(event('Won'), event('Lost')),
  otherText: then(event('Won', { leadId: '1' }), event('Won', { leadId: '2' })),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  otherOrder: true,
  oneTwice: true,
  otherDate: true,
  emptyList: true,
  more: true,
  deep: true,
  oneForTwo: false,
  otherType: false,
  otherText: false,
});
process.exit(0);
JS
node try.js
