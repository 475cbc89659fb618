#!/usr/bin/env bash
# In NestJS "@Body() lead?: LeadDto" is checked by ValidationPipe and "@Body() lead: LeadDto | undefined" is not, although to the compiler the types are one.
#
# Seen with: @nestjs/common 11.2.10, class-validator 0.15.1, class-transformer 0.5.1, typescript 5.9.3 (strict), Node.js 20.20.2
# A good engineer would expect: the two say the same, as they do everywhere else in TypeScript (without exactOptionalPropertyTypes), so a linter or a colleague
#   may write one for the other; and a pipe with whitelist and forbidNonWhitelisted refuses what it does not know, so that a body that is not checked would show.
# What happens: with strictNullChecks the compiler writes Object as the type of such a parameter, for | null as well, and for a "type Lead = LeadDto" too. The
#   pipe leaves a value of type Object as it is: no check, no whitelist, no class. Every body is taken, and what is tested with good bodies passes.
#   @Query('page') page: number | undefined gets the text '2', where page?: number gets the number.
# Output seen:
#   lead?: LeadDto refused | LeadDto | undefined taken, a plain Object | LeadDto | null taken | type Lead = LeadDto taken    page?: number 2 | number | undefined '2'
# What to write instead: the question mark (last in the list of parameters) or a default; and a test that each route refuses an unknown member.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nestjs/common@11.2.10 @nestjs/core@11.2.10 @nestjs/platform-express@11.2.10 rxjs@7.8.2 reflect-metadata@0.2.2 \
  class-validator@0.15.1 class-transformer@0.5.1 typescript@5.9.3
cat > try.ts <<'TS'
import 'reflect-metadata';
import { Body, Controller, Module, Post, Query, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsString } from 'class-validator';

class LeadDto {
  @IsString()
  company!: string;
}
type Lead = LeadDto;

const answer = (lead: unknown, page?: unknown) => ({ kind: lead?.constructor.name, page });

@Controller()
class Leads {
  @Post('mark')
  mark(@Body() lead?: LeadDto, @Query('page') page?: number) {
    return answer(lead, page);
  }
  @Post('undefined')
  orUndefined(@Body() lead: LeadDto | undefined, @Query('page') page: number | undefined) {
    return answer(lead, page);
  }
  @Post('null')
  orNull(@Body() lead: LeadDto | null) {
    return answer(lead);
  }
  @Post('alias')
  alias(@Body() lead: Lead) {
    return answer(lead);
  }
}

@Module({ controllers: [Leads] })
class App {}

(async () => {
  const app = await NestFactory.create(App, { logger: false });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  const seen: Record<string, unknown> = {};
  for (const route of ['mark', 'undefined', 'null', 'alias']) {
    const send = async (body: object) => {
      const response = await fetch(`${await app.getUrl()}/${route}?page=2`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      return { status: response.status, ...(response.ok ? ((await response.json()) as object) : {}) };
    };
    seen[route] = [await send({ company: 'Example' }), await send({ company: 5, unknown: true })];
  }
  console.log(JSON.stringify(seen));
  await app.close();
})();
TS
cat > tsconfig.json <<'JSON'
{ "compilerOptions": { "strict": true, "target": "es2022", "module": "commonjs", "skipLibCheck": true, "types": [], "lib": ["es2022", "dom"], "experimentalDecorators": true, "emitDecoratorMetadata": true, "useDefineForClassFields": false } }
JSON
npx tsc
node try.js | tee seen.json
cat > check.js <<'JS'
const assert = require('node:assert');
const taken = { status: 201, kind: 'Object' };
assert.deepStrictEqual(JSON.parse(require('node:fs').readFileSync('seen.json', 'utf8')), {
  mark: [{ status: 201, kind: 'LeadDto', page: 2 }, { status: 400 }],
  undefined: [{ ...taken, page: '2' }, { ...taken, page: '2' }],
  null: [taken, taken],
  alias: [taken, taken],
});
JS
node check.js
