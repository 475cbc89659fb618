import type { CompiledModel } from './compile';
import type { BoundedRule } from './prospective';

/** The same model, whose bounded rules match nothing that was recorded outside of their bounds. */
export function keepingBounds(model: CompiledModel): CompiledModel {
  const byType = [...model.byType].map(([type, rules]) => {
    const bounded = rules.map((compiled) => {
      const { recorded } = compiled.rule as BoundedRule;
      if (!recorded) return compiled;
      const after = BigInt(recorded.after ?? -1);
      const through = recorded.through === undefined ? undefined : BigInt(recorded.through);
      const matches: typeof compiled.matches = (event) => event.position > after && (through === undefined || event.position <= through) && compiled.matches(event);
      return { ...compiled, matches };
    });
    return [type, bounded] as const;
  });
  return { ...model, byType: new Map(byType) };
}
