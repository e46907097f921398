import { globPattern } from '../kernel/glob.ts'
import type { AliasItem, PointComponent } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import { pointText } from './component.ts'
import {
  invalidSuffix,
  noWildcardMatch,
  pointMismatch,
  pointTruncated,
  wrongPointArgument,
} from './point-errors.ts'
import { type Family, patternsOf, pointTable } from './point-table.ts'

/** What a point as written means: an alias, with what stands behind its name, or a built-in. */
export type PointMatch<A> =
  | {
      readonly kind: 'alias'
      readonly alias: A
      readonly suffix: readonly PointComponent[]
      /** A wildcard led to it, and its points may not take the suffix. */
      readonly doubtful: boolean
    }
  | {
      readonly kind: 'built-in'
      readonly family: Family
      /** As written, with the names that wildcards stand for. */
      readonly components: readonly PointComponent[]
      /** One of several that a wildcard stands for. */
      readonly wild: boolean
    }

export interface Named {
  readonly item: Pick<AliasItem, 'name'>
}

/**
 * Follows a point component by component through the table of patterns and the names of aliases,
 * which grow on the same tree. A wildcard takes all that fits; `**` also goes over dots. Finds one
 * match at least, or says which component does not belong.
 */
export function matchPoint<A extends Named>(
  components: readonly PointComponent[],
  aliases: readonly A[],
  near: readonly string[] = [],
): readonly PointMatch<A>[] | Diagnostic {
  const walk = new Walk(components, near)
  const found = walk.from({ node: builtIns(), aliases, depth: 0, path: [] }, components)
  return 'code' in found ? found : withoutTwins(found)
}

/** A place on the tree: under a built-in pattern, under the names of aliases, or both. */
interface Place<A> {
  readonly node: Node | undefined
  /** Those whose first `depth` components led here. */
  readonly aliases: readonly A[]
  readonly depth: number
  readonly path: readonly PointComponent[]
}

type ArgumentKind = 'number' | 'string' | undefined

interface Node {
  readonly name: string
  readonly argument: ArgumentKind
  readonly children: Map<string, Node>
  family?: Family
  /** Some pattern through it is not refused: wildcards and hints know it. */
  shown?: true
}

type Found<A> = PointMatch<A>[] | Diagnostic

/** More steps than any sensible pattern takes; `**.**.**` could take any number. */
const MOST_STEPS = 100_000

/** One search, which gives up after too many steps. */
class Walk {
  readonly #wild: boolean
  readonly #near: readonly string[]
  #steps = 0

  constructor(components: readonly PointComponent[], near: readonly string[]) {
    this.#wild = components.some(isWild)
    this.#near = near
  }

  /** `over`: the first component is what is left of a `**` that has gone over a dot. */
  from<A extends Named>(place: Place<A>, rest: readonly PointComponent[], over = false): Found<A> {
    const [first, ...more] = rest
    if (first === undefined) return this.#atEnd(place)
    if (isWild(first)) return this.#wildcard(place, rest, over)
    const next = step(place, first)
    if (next !== undefined) return this.from(next, more)
    return this.#behindAlias(place, rest) ?? this.#misfit(place, first)
  }

  #atEnd<A extends Named>(place: Place<A>): Found<A> {
    const { node, path } = place
    const matches: PointMatch<A>[] = ending(place).map(alias => ({
      kind: 'alias',
      alias,
      suffix: [],
      doubtful: false,
    }))
    if (node?.family !== undefined) {
      matches.push({ kind: 'built-in', family: node.family, components: path, wild: this.#wild })
    }
    const last = path.at(-1)
    if (matches.length > 0 || last === undefined) return matches
    return pointTruncated(last.span, last.name, children(place).map(spelled).sort())
  }

  /** An alias that ends here takes what is left along to its own points. */
  #behindAlias<A extends Named>(
    place: Place<A>,
    suffix: readonly PointComponent[],
  ): Found<A> | undefined {
    const here = ending(place)
    if (here.length === 0) return undefined
    return here.map(alias => ({ kind: 'alias', alias, suffix, doubtful: this.#wild }))
  }

  #wildcard<A extends Named>(
    place: Place<A>,
    rest: readonly PointComponent[],
    over: boolean,
  ): Found<A> {
    const [first, ...more] = rest
    if (first === undefined) return []
    const found: PointMatch<A>[] = []
    for (const { component, left } of wildSteps(children(place), first, more)) {
      if (++this.#steps > MOST_STEPS) break
      const next = step(place, component)
      const matches = next && this.from(next, left, left.length > more.length)
      if (matches !== undefined && !('code' in matches)) found.push(...matches)
    }
    if (found.length > 0) return found
    // Such a rest is no suffix of an alias that the `**` ended on.
    const behind = over ? undefined : this.#behindAlias(place, rest)
    return behind ?? this.#misfit(place, first)
  }

  #misfit<A extends Named>(place: Place<A>, c: PointComponent): Diagnostic {
    const after = pointText(place.path)
    const all = children(place)
    const twins = all.filter(child => child.name === c.name)
    if (twins.length > 0) return wrongPointArgument(c.span, c.name, twins.map(argumentWords))
    const names = [...new Set(all.map(child => child.name))].sort()
    if (place.node?.family !== undefined) {
      return invalidSuffix(c.span, c.name, { after, near: few(c.name, names) })
    }
    if (isWild(c)) return noWildcardMatch(c.span, c.name, after)
    const near = after === '' ? nearest(c.name, [...names, ...this.#near], 5) : few(c.name, names)
    return pointMismatch(c.span, c.name, { after, near })
  }
}

const FEW = 12

/** Those like it, or all where none is and there are not many. */
function few(name: string, known: readonly string[]): readonly string[] {
  const near = nearest(name, known, 3)
  return near.length > 0 || known.length > FEW ? near : known
}

let root: Node | undefined

/** The table as a tree, made when first asked for. */
function builtIns(): Node {
  if (root !== undefined) return root
  root = { name: '', argument: undefined, children: new Map() }
  for (const group of pointTable()) {
    for (const pattern of patternsOf(group)) {
      let node = root
      for (const component of pattern.split('.')) {
        node = childOf(node, component)
        if (group.family !== 'refused') node.shown = true
      }
      node.family = group.family
    }
  }
  return root
}

function childOf(node: Node, pattern: string): Node {
  const [, name = '', argument] = /^(\w+)(?:\((\w+)\))?$/.exec(pattern) ?? []
  const kind: ArgumentKind = argument === 'number' || argument === 'string' ? argument : undefined
  const key = keyOf(name, kind)
  let child = node.children.get(key)
  if (child === undefined) {
    child = { name, argument: kind, children: new Map() }
    node.children.set(key, child)
  }
  return child
}

function keyOf(name: string, argument: ArgumentKind): string {
  return argument === undefined ? name : `${name}(${argument})`
}

type Child = Pick<Node, 'name' | 'argument'>

/** Built-in components that may follow, then names of aliases. */
function children<A extends Named>({ node, aliases, depth }: Place<A>): readonly Child[] {
  const found = new Map<string, Child>()
  for (const [key, child] of node?.children ?? []) if (child.shown) found.set(key, child)
  for (const { item } of aliases) {
    const name = item.name[depth]?.name
    if (name !== undefined && !found.has(name)) found.set(name, { name, argument: undefined })
  }
  return [...found.values()]
}

function spelled({ name, argument }: Child): string {
  return keyOf(name, argument)
}

/** One component on; undefined where nothing has that name with that kind of argument. */
function step<A extends Named>(
  { node, aliases, depth, path }: Place<A>,
  component: PointComponent,
): Place<A> | undefined {
  const { name, argument } = component
  const child = node?.children.get(keyOf(name, argument?.kind))
  const further =
    argument === undefined ? aliases.filter(a => a.item.name[depth]?.name === name) : []
  if (child === undefined && further.length === 0) return undefined
  return { node: child, aliases: further, depth: depth + 1, path: [...path, component] }
}

function ending<A extends Named>({ aliases, depth }: Place<A>): readonly A[] {
  return aliases.filter(a => a.item.name.length === depth)
}

interface WildStep {
  readonly component: PointComponent
  /** What is still to match behind it. */
  readonly left: readonly PointComponent[]
}

/** Where a wildcard may go from here: each `**` may stay once it has gone over one component. */
function* wildSteps(
  all: readonly Child[],
  c: PointComponent,
  more: readonly PointComponent[],
): Iterable<WildStep> {
  const overs = [...c.name.matchAll(/\*\*/g)].map(match => match.index)
  if (overs.length > 0 && c.argument !== undefined) return
  const whole = globPattern(c.name)
  for (const { name, argument } of all) {
    if (argument === c.argument?.kind && whole.test(name)) {
      yield { component: { ...c, name }, left: more }
    }
  }
  for (const over of overs) {
    const start = globPattern(`${c.name.slice(0, over)}*`)
    const rest = { ...c, name: c.name.slice(over) }
    for (const { name, argument } of all) {
      if (argument !== undefined || !start.test(name)) continue
      yield { component: { name, span: c.span }, left: [rest, ...more] }
    }
  }
}

function isWild({ name }: PointComponent): boolean {
  return name.includes('*')
}

function argumentWords({ argument }: Child): string {
  return argument === undefined ? 'no argument' : `a ${argument}`
}

/** Two wildcards may lead to one place on several ways. */
function withoutTwins<A>(matches: readonly PointMatch<A>[]): readonly PointMatch<A>[] {
  const builtIn = new Set<string>()
  const aliases = new Set<A>()
  return matches.filter(m => {
    if (m.kind === 'alias') return !aliases.has(m.alias) && aliases.add(m.alias)
    const text = pointText(m.components)
    return !builtIn.has(text) && builtIn.add(text)
  })
}
