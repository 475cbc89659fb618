#!/usr/bin/env bash
# With @nestjs/cqrs, a handler of a base event gets the events of its subclasses, until somewhere a handler of a subclass is registered: from then on it gets all but those.
#
# Seen with: @nestjs/cqrs 11.0.3, @nestjs/core 11.2.10, rxjs 7.8.2, Node.js 20.20.2
# A good engineer would expect: either a handler gets the very class that it names, or that class and its subclasses; and what it gets does not depend on which
#   other handlers exist. A module with a new handler (an alert on LeadWon) cannot take events away from one that is there (the history of every LeadEvent).
# What happens: the decorator writes an id onto the class of the event, where it has none of its own, and an event is matched by the id found on its class or on
#   the nearest class above. LeadWon has none until @EventsHandler(LeadWon) gives it one; from the moment that line is loaded, LeadWon no longer reaches the
#   handlers of LeadEvent, while LeadLost still does. Nothing is logged. It holds even if the new handler is in no module: its file need only be loaded.
# Output seen:
#   before: history of LeadWon, history of LeadLost    after: alert of LeadWon, history of LeadLost    handler only loaded: history of LeadLost
# What to do: name every class that a handler is for, @EventsHandler(LeadWon, LeadLost), or do without base classes that are handled.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nestjs/cqrs@11.0.3 @nestjs/core@11.2.10 @nestjs/common@11.2.10 rxjs@7.8.2 reflect-metadata@0.2.2
cat > try.js <<'JS'
require('reflect-metadata');
const assert = require('node:assert');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { CqrsModule, EventBus, EventsHandler } = require('@nestjs/cqrs');

const eventsReached = async (alert) => {
  const reached = [];
  class LeadEvent {}
  class LeadWon extends LeadEvent {}
  class LeadLost extends LeadEvent {}
  class History {
    handle(event) {
      reached.push(`history of ${event.constructor.name}`);
    }
  }
  class Alert {
    handle(event) {
      reached.push(`alert of ${event.constructor.name}`);
    }
  }
  class App {}
  EventsHandler(LeadEvent)(History);
  if (alert !== 'none') EventsHandler(LeadWon)(Alert);
  Module({ imports: [CqrsModule.forRoot()], providers: alert === 'provided' ? [History, Alert] : [History] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  app.get(EventBus).publish(new LeadWon());
  app.get(EventBus).publish(new LeadLost());
  await new Promise((resolve) => setTimeout(resolve, 50));
  await app.close();
  return reached;
};

(async () => {
  const seen = { before: await eventsReached('none'), after: await eventsReached('provided'), loaded: await eventsReached('loaded') };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    before: ['history of LeadWon', 'history of LeadLost'],
    after: ['alert of LeadWon', 'history of LeadLost'],
    loaded: ['history of LeadLost'],
  });
})();
JS
node try.js
