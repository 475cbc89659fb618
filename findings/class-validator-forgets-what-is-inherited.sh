#!/usr/bin/env bash
# One decorator more on an inherited property takes all of the parent's away: with class-validator, UpdateLead extends PartialType(NewLead) with @MaxLength(50) email takes "x" for an e-mail address, and its JSON schema says it does not.
#
# Seen with: class-validator 0.15.1, class-transformer 0.5.1, @nestjs/mapped-types 12.0.0, class-validator-jsonschema 5.2.0, Node.js 20.20.2
# A good engineer would expect: "If a property is redefined in the descendant, class decorators will be applied on it from both its own class and the base class" (README), as with
#   properties that are only inherited; a stricter subclass is stricter.
# What happens: what is inherited is left out where the subclass has something of the same kind for the property, and nearly all decorators, from IsEmail to MaxLength, are of
#   one kind, "custom". So @MaxLength on email removes IsEmail, and @ArrayMaxSize removes IsArray. Kinds of their own stay: ValidateNested, and IsOptional, so a subclass
#   cannot make required what was optional: with @IsDefined on it undefined passes. The schema is made of the same metadata by another package, which merges them as the README says:
#   what clients and tests are given has format: email and maxLength, and is right for what the server does not check. Mapped types of NestJS make a parent class, so each of
#   PartialType, PickType and OmitType with one property repeated is such a case.
# Output seen, of email 'x':
#   NewLead isEmail    subclass without a decorator isEmail    with MaxLength: valid    of PartialType, PickType with MaxLength: valid    schema: { maxLength: 50, type: 'string', format: 'email' }
#   list 'x' with ArrayMaxSize in the subclass: not isArray    @IsDefined over @IsOptional: valid without it
# What to do: repeat all decorators of the parent wherever one is added, and send what the schema refuses to each route in a test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund class-validator@0.15.1 class-transformer@0.5.1 @nestjs/mapped-types@12.0.0 @nestjs/common@11.2.10 reflect-metadata@0.2.2 rxjs@7.8.2 class-validator-jsonschema@5.2.0
cat > try.js <<'JS'
require('reflect-metadata');
const assert = require('node:assert');
const { ArrayMaxSize, IsArray, IsDefined, IsEmail, IsNotEmpty, IsOptional, MaxLength, validateSync } = require('class-validator');
const { PartialType, PickType } = require('@nestjs/mapped-types');
const { validationMetadatasToSchemas } = require('class-validator-jsonschema');
// What the compiler makes of decorators on properties.
const decorate = (Class, property, ...decorators) => decorators.reverse().forEach((decorator) => decorator(Class.prototype, property));
class NewLead {}
decorate(NewLead, 'email', IsEmail());
decorate(NewLead, 'name', IsNotEmpty());
decorate(NewLead, 'tags', IsOptional(), IsArray());
class Plain extends NewLead {}
class Stricter extends NewLead {}
decorate(Stricter, 'email', MaxLength(50));
decorate(Stricter, 'tags', ArrayMaxSize(3));
class UpdateLead extends PartialType(NewLead) {}
decorate(UpdateLead, 'email', MaxLength(50));
class Contact extends PickType(NewLead, ['email']) {}
decorate(Contact, 'email', MaxLength(50));
class Tagged extends NewLead {}
decorate(Tagged, 'tags', IsDefined());
const problems = (Class, members) =>
  validateSync(Object.assign(new Class(), { name: 'Yamada', email: 'a@example.com', ...members }), { forbidUnknownValues: true })
    .map(({ property, constraints }) => `${property} ${Object.keys(constraints)}`)
    .join();
const seen = {
  parent: problems(NewLead, { email: 'x' }),
  plain: problems(Plain, { email: 'x' }),
  stricter: problems(Stricter, { email: 'x' }),
  partial: problems(UpdateLead, { email: 'x' }),
  picked: problems(Contact, { email: 'x' }),
  own: problems(Stricter, { email: 'x'.repeat(51) }),
  tags: [problems(NewLead, { tags: 'x' }), problems(Stricter, { tags: 'x' })],
  defined: problems(Tagged, { tags: undefined }),
  schema: validationMetadatasToSchemas().UpdateLead.properties.email,
};
console.log(seen);
assert.deepStrictEqual(seen, {
  parent: 'email isEmail',
  plain: 'email isEmail',
  stricter: '',
  partial: '',
  picked: '',
  own: 'email maxLength',
  tags: ['tags isArray', 'tags arrayMaxSize'],
  defined: '',
  schema: { maxLength: 50, type: 'string', format: 'email' },
});
JS
node try.js
