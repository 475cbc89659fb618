#!/usr/bin/env bash
# A saga of @nestjs/cqrs that throws for one event gets no event after it, until the process is started anew; what handlers and commands throw is reported in the same words, and they go on.
#
# Seen with: @nestjs/cqrs 11.0.3, @nestjs/core 11.2.10, rxjs 7.8.2, Node.js 20.20.2
# A good engineer would expect: what is thrown while one event is handled is caught, logged and put on the UnhandledExceptionBus, for event handlers, sagas and the commands that
#   they send alike, since all three appear there; one lead with an odd member costs one follow-up.
# What happens: for handlers and commands it is caught for each event. What the saga's own function throws, as in map(({ lead }) => new Remind(lead.owner.id)), ends its stream; the bus
#   reports "Saga … has thrown an unhandled exception" and does not subscribe again. All later events of its kinds go to the handlers and no longer to the saga, with nothing
#   logged: the process is healthy, its read models are up to date, and no reminder is sent from then on. Other sagas are not concerned. That the cause is told as the
#   saga's name, and not as the event, is the one difference in the report.
# Output seen, of six events of which the second makes the handler, the third the command and the fourth the saga throw:
#   handler: 1, 2, 3, 4, 5, 6    command: 1, 2, 3    the other saga: 1, 2, 3, 4, 5, 6    reported: handler with LeadWon, command with Remind, saga with "reminders"
# What to do: mergeMap((event) => defer(() => …).pipe(catchError(() => EMPTY))) in each saga, or a handler that sends the command.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nestjs/common@11.2.10 @nestjs/core@11.2.10 @nestjs/cqrs@11.0.3 reflect-metadata@0.2.2 rxjs@7.8.2
cat > try.js <<'JS'
require('reflect-metadata');
const assert = require('node:assert');
const { Injectable, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { CommandHandler, CqrsModule, EventBus, EventsHandler, ofType, Saga, UnhandledExceptionBus } = require('@nestjs/cqrs');
const { EMPTY, map, mergeMap, tap } = require('rxjs');
const seen = { handler: [], command: [], other: [], reported: [] };
class LeadWon {
  constructor(id, breaks) {
    Object.assign(this, { id, breaks });
  }
}
class Remind extends LeadWon {}
class History {
  handle({ id, breaks }) {
    seen.handler.push(id);
    if (breaks === 'handler') throw new Error('handler');
  }
}
EventsHandler(LeadWon)(History);
class RemindHandler {
  async execute({ id, breaks }) {
    seen.command.push(id);
    if (breaks === 'command') throw new Error('command');
  }
}
CommandHandler(Remind)(RemindHandler);
class Sagas {
  reminders = (events) =>
    events.pipe(
      ofType(LeadWon),
      map(({ id, breaks }) => {
        if (breaks === 'saga') throw new Error('saga');
        return new Remind(id, breaks);
      }),
    );
  other = (events) =>
    events.pipe(
      ofType(LeadWon),
      tap(({ id }) => seen.other.push(id)),
      mergeMap(() => EMPTY),
    );
}
Saga()(Sagas.prototype, 'reminders');
Saga()(Sagas.prototype, 'other');
Injectable()(Sagas);
class App {}
Module({ imports: [CqrsModule.forRoot()], providers: [History, RemindHandler, Sagas] })(App);
(async () => {
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  await app.init();
  app.get(UnhandledExceptionBus).subscribe(({ exception, cause }) => {
    seen.reported.push(`${exception.message}: ${typeof cause === 'string' ? cause : cause.constructor.name}`);
  });
  const breaks = [undefined, 'handler', 'command', 'saga', undefined, undefined];
  for (const [index, what] of breaks.entries()) {
    app.get(EventBus).publish(new LeadWon(index + 1, what));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await app.close();
  console.log(seen);
  assert.deepStrictEqual(seen, {
    handler: [1, 2, 3, 4, 5, 6],
    command: [1, 2, 3],
    other: [1, 2, 3, 4, 5, 6],
    reported: ['handler: LeadWon', 'command: Remind', 'saga: reminders'],
  });
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node try.js
