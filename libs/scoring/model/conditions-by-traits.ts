import { testOf, type Condition } from '@leadlog/where';
import { DOMAIN_IN_EVENT, EMAIL_OF_PROFILE, traitOf } from './rule-fields';

/**
 * A condition on the profile, as a rule from before there were traits has it, in terms of traits: true of exactly the same profiles. The
 * same condition if it is not about a personal field, or if no trait can tell.
 */
export function profileConditionByTraits(condition: Condition): Condition {
  const { path, operator, value } = condition;
  if (traitOf(path) === undefined) return condition;
  if (operator === '$exists') return { path: `has.${path}`, operator: '$eq', value };
  return path === 'email' ? (onDomain(condition, 'emailDomain') ?? condition) : condition;
}

/** The same for a condition on an event. */
export function eventConditionByTraits(condition: Condition): Condition {
  const isEmail = EMAIL_OF_PROFILE.some((path) => condition.path === `data.${path}`);
  return isEmail ? (onDomain(condition, DOMAIN_IN_EVENT) ?? condition) : condition;
}

/** An address has one @, so a pattern that begins with it is one of what follows. */
function onDomain(condition: Condition, path: string): Condition | undefined {
  const { operator, value } = condition;
  // What a default would be compared with is an address, and not a domain.
  if (operator !== '$regex' || testOf(condition)(undefined)) return undefined;
  const pattern = patternAfterAt(value as string);
  if (pattern === undefined) return undefined;
  return pattern === '' ? { path, operator: '$exists', value: true } : { path, operator: '$regex', value: `^${pattern}` };
}

/** What of a pattern follows the @ that it begins with; undefined if it can match in other ways, or looks at what is before. */
function patternAfterAt(pattern: string): string | undefined {
  if (!/^@(?![*+?{])/.test(pattern)) return undefined;
  let depth = 0;
  let inClass = false;
  for (let i = 1; i < pattern.length; i++) {
    const sign = pattern[i];
    if (sign === '\\') {
      if (/[AQE]/.test(pattern[++i] ?? '')) return undefined;
    } else if (inClass) inClass = sign !== ']';
    else if (sign === '[') {
      inClass = true;
      // The first sign of a class is one of its members, also where it is a bracket.
      if (pattern[i + 1] === '^') i++;
      if (pattern[i + 1] === ']') i++;
    } else if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === '^' || (sign === '|' && depth === 0)) return undefined;
  }
  return pattern.slice(1);
}
