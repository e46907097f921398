import type {
  CastExpression,
  Expression,
  MemberExpression,
  TargetExpression,
} from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import { isReturn } from './component.ts'
import type { KernelView } from './kernel-view.ts'
import { follow, type Location, pointee } from './location.ts'
import type { Names } from './scope.ts'
import { type Shape, sameShape, shapeAt } from './shape.ts'
import type {
  FunctionSymbol,
  GlobalSymbol,
  HandlerSymbol,
  LocalSymbol,
  OwnerSymbol,
  Scope,
} from './symbol.ts'
import { hasTargets, locateTarget } from './target.ts'
import { noTypesFor } from './target-errors.ts'
import { isTargetText } from './target-text.ts'
import { castType } from './type-name.ts'
import { readUnit } from './unit.ts'

export interface CastsInput {
  readonly kernel: KernelView
  readonly names: Names
  readonly handlers: readonly HandlerSymbol[]
  /** The points that stand for groups of them: a handler is built once for each. */
  readonly pointsOf: (handler: HandlerSymbol) => readonly ResolvedPoint[]
}

/** A body as it is read for one point: names stand for other C types at another. */
export interface Unit {
  readonly owner: OwnerSymbol
  readonly point: ResolvedPoint | undefined
  readonly locals: Map<LocalSymbol, State>
  /** What the base of each `base->member` points to, once that was known. */
  readonly bases: Map<MemberExpression, Shape>
}

/** What is known of a variable's C type. Two types for one variable are none. */
interface State {
  shape?: Shape
  clash?: true
}

/** So often bodies are read for what one tells of the next. */
const MAX_ROUNDS = 32

/**
 * The C types of what scripts store: a variable that takes a pointer of the kernel keeps what that
 * points to, so that `->` works on it; so do globals, and the values of functions. Found when first
 * asked for, by reading all bodies until nothing new comes up.
 */
export class Casts {
  readonly #input: CastsInput
  readonly #units = new Map<OwnerSymbol, Map<ResolvedPoint | undefined, Unit>>()
  readonly #globals = new Map<GlobalSymbol, State>()
  readonly #results = new Map<FunctionSymbol, State>()
  #changed = false
  #read = false

  constructor(input: CastsInput) {
    this.#input = input
  }

  /** What the base of `base->member` points to; undefined where nothing tells. */
  base(
    owner: OwnerSymbol,
    point: ResolvedPoint | undefined,
    e: MemberExpression,
  ): Shape | undefined {
    if (!this.#read) {
      this.#read = true
      for (const h of this.#input.handlers) {
        for (const p of this.#input.pointsOf(h)) this.#unit(h, p)
      }
      this.#changed = true
    }
    const unit = this.#unit(owner, point)
    this.#readAll()
    return unit.bases.get(e)
  }

  /** Names of the counters that perf probes define. */
  get counters(): ReadonlySet<string> {
    const points = this.#input.handlers.flatMap(h => h.points.map(p => p.point))
    return new Set(points.flatMap(p => (p.kind === 'perf' && p.counter ? [p.counter] : [])))
  }

  #readAll(): void {
    for (let round = 0; this.#changed && round < MAX_ROUNDS; round++) {
      this.#changed = false
      // Functions first: what they give is known where they are called.
      const units = [...this.#units.values()].flatMap(byPoint => [...byPoint.values()])
      const rank = (u: Unit): number => (u.owner.kind === 'function' ? 0 : 1)
      for (const u of units.sort((a, b) => rank(a) - rank(b))) this.#readUnit(u)
    }
  }

  #unit(owner: OwnerSymbol, point: ResolvedPoint | undefined): Unit {
    const at = owner.kind === 'function' ? undefined : point
    let byPoint = this.#units.get(owner)
    if (byPoint === undefined) {
      byPoint = new Map()
      this.#units.set(owner, byPoint)
    }
    let unit = byPoint.get(at)
    if (unit === undefined) {
      unit = { owner, point: at, locals: new Map(), bases: new Map() }
      byPoint.set(at, unit)
      this.#changed = true
    }
    return unit
  }

  #readUnit(u: Unit): void {
    readUnit(u.owner, {
      name: (scope, name) => shapeOf(this.#state(u, scope, name)),
      store: (scope, name, shape) => this.#merge(this.#state(u, scope, name), shape),
      give: shape => {
        if (u.owner.kind === 'function') this.#merge(this.#result(u.owner), shape)
      },
      call: (scope, name, arity) => this.#called(scope, name, arity),
      typed: e => this.#placed(u, e),
      member: (e, base) => this.#member(u, e, base),
      join: (a, b) => this.#join(a, b),
      isReturn: u.point !== undefined && isReturn(u.point),
      hasText: u.point !== undefined && hasTargets(u.point),
    })
  }

  #placed(u: Unit, e: TargetExpression | CastExpression): Shape | 'text' | undefined {
    const { kernel } = this.#input
    const place = { kernel, point: u.point }
    if (e.kind === 'target' && isTargetText(e)) return 'text'
    const at =
      e.kind === 'target' ? locateTarget(place, e, placeholder) : locateCast(place, e, placeholder)
    if ('code' in at || kernel.types === undefined) return undefined
    return e.pretty > 0 ? 'text' : shapeAt(kernel.types, at, { address: e.addressOf })
  }

  #member(u: Unit, e: MemberExpression, base: Shape | undefined): Shape | 'text' | undefined {
    const { types } = this.#input.kernel
    if (base !== undefined && !u.bases.has(e)) {
      u.bases.set(e, base)
      this.#changed = true
    }
    const shape = u.bases.get(e)
    if (types === undefined || shape?.kind !== 'pointer') return undefined
    const start = pointee(shape.target, placeholder(e.base))
    const at = follow(types, start, { path: e.path, index: placeholder })
    if ('code' in at) return undefined
    return e.pretty > 0 ? 'text' : shapeAt(types, at, { address: e.addressOf })
  }

  /** All functions that a call may come to give values of one type. */
  #called(scope: Scope, name: string, arity: number): Shape | undefined {
    const [first, ...others] = this.#input.names.candidates(name, arity, scope)
    if (first === undefined) return undefined
    for (const f of [first, ...others]) this.#unit(f, undefined)
    return others.reduce<Shape | undefined>(
      (shape, f) => this.#join(shape, shapeOf(this.#result(f))),
      shapeOf(this.#result(first)),
    )
  }

  #result(f: FunctionSymbol): State {
    let state = this.#results.get(f)
    if (state === undefined) {
      state = {}
      this.#results.set(f, state)
    }
    return state
  }

  #state(u: Unit, scope: Scope, name: string): State | undefined {
    const local = u.owner.locals.get(name)
    const global = local?.parameter ? undefined : this.#input.names.global(name, scope)
    if (global !== undefined) return stateIn(this.#globals, global)
    return local && stateIn(u.locals, local)
  }

  #merge(state: State | undefined, shape: Shape | undefined): void {
    const { types } = this.#input.kernel
    if (state === undefined || shape === undefined || state.clash || types === undefined) return
    if (state.shape === undefined) state.shape = shape
    else if (sameShape(types, state.shape, shape)) return
    else state.clash = true
    this.#changed = true
  }

  #join(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
    const { types } = this.#input.kernel
    return types && a && b && sameShape(types, a, b) ? a : undefined
  }
}

function stateIn<S>(states: Map<S, State>, symbol: S): State {
  let state = states.get(symbol)
  if (state === undefined) {
    state = {}
    states.set(symbol, state)
  }
  return state
}

function shapeOf(state: State | undefined): Shape | undefined {
  return state?.clash ? undefined : state?.shape
}

/** Where only the type of a place is wanted, its values may be anything. */
function placeholder(e: Expression): CheckedExpression {
  return { kind: 'number', type: 'long', value: 0n, span: e.span }
}

/** What a cast stands for, behind its `->` and `[]`. */
export function locateCast(
  { kernel, point }: { readonly kernel: KernelView; readonly point: ResolvedPoint | undefined },
  e: CastExpression,
  build: (e: Expression) => CheckedExpression,
): Location | Diagnostic {
  const { types } = kernel
  if (types === undefined) return noTypesFor(e.span, e.type, kernel.whyNoTypes)
  const type = castType(types, point, e)
  if (typeof type !== 'number') return type
  return follow(types, pointee(type, build(e.operand)), { path: e.path, index: build })
}
