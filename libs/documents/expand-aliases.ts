import { isAlias, isMap, isPair, isScalar, isSeq, Pair, type Node, type YAMLMap } from 'yaml';

/**
 * Maximum number of values after all aliases are expanded: nine lists of nine aliases each, eight levels deep, are a page of text and 43
 * million values.
 */
const MOST_VALUES = 20_000;
const MOST_LEVELS = 200;

/**
 * Replaces each alias (`*name`, `<<: *name`) with its node itself, not a copy, so it takes no memory. Changes the document; calls `wrong`
 * for an alias that names nothing, contains itself, or expands to too much.
 */
export function writeOutAliases(root: Node | null, wrong: (node: Node, message: string) => void): void {
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  const sizes = new Map<Node, { values: number; levels: number }>();
  let isTooMuch = false;

  const target = (node: Node): Node | undefined => {
    if (!isAlias(node)) return node;
    const found = anchors.get(node.source);
    if (found && !open.has(found)) return found;
    wrong(
      node,
      found
        ? `expected an alias of another node, got *${node.source}, which is inside the node that it names`
        : `expected an alias of a node defined earlier as &${node.source}, got *${node.source}`,
    );
    return undefined;
  };

  /** What the node is, written out. */
  const measured = (node: Node): { values: number; levels: number } => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    open.add(node);
    const size = { values: 1, levels: 1 };
    const add = (part: Node): void => {
      const { values, levels } = measured(part);
      size.values += values;
      size.levels = Math.max(size.levels, levels + 1);
    };
    if (isSeq(node)) {
      for (const [place, item] of (node.items as Node[]).entries()) {
        const value = isPair(item) ? undefined : target(item);
        if (value) add(((node.items as Node[])[place] = value));
      }
    } else if (isMap(node)) {
      for (const pair of node.items as Pair<Node, Node | null>[]) {
        const value = pair.value && target(pair.value);
        if (value) add((pair.value = value));
      }
      merge(node as YAMLMap<Node, Node | null>, wrong);
    }
    open.delete(node);
    sizes.set(node, size);
    if ((size.values > MOST_VALUES || size.levels > MOST_LEVELS) && !isTooMuch) {
      isTooMuch = true;
      wrong(node, `expected at most ${MOST_VALUES} values and ${MOST_LEVELS} levels after its aliases are expanded, got more`);
    }
    return size;
  };
  if (root) measured(root);
}

/** `<<`: the members of another mapping, unless they are set here too. */
function merge(map: YAMLMap<Node, Node | null>, wrong: (node: Node, message: string) => void): void {
  const isMerge = ({ key }: Pair<Node, Node | null>): boolean => isScalar(key) && key.value === '<<';
  const merges = map.items.filter(isMerge);
  if (merges.length === 0) return;
  map.items = map.items.filter((pair) => !isMerge(pair));
  for (const { key, value } of merges) {
    for (const from of isSeq(value) ? (value.items as Node[]) : [value]) {
      if (!isMap(from)) {
        wrong(key, '<<: expected a mapping, an alias of one, or a list of these');
        continue;
      }
      const names = new Set(map.items.map((pair) => String(isScalar(pair.key) ? pair.key.value : '')));
      map.items.push(
        ...(from as YAMLMap<Node, Node | null>).items.filter((pair) => isScalar(pair.key) && !names.has(String(pair.key.value))),
      );
    }
  }
}
