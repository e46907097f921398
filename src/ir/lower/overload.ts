import type { CheckedFunction, CheckedFunctionRef, Local } from '../../sema/checked.ts'
import { register } from '../instruction.ts'
import type { Body, Builder } from './builder.ts'
import { lowerNative } from './call.ts'

// Functions of one name that are tried in turn become one function: `next` in the body of one is a
// jump to the body of the next. So the back ends need not know of it.

/** Functions of the IR: each function by itself, and behind them those with overloads. */
export class Overloads {
  readonly #functions: readonly CheckedFunction[]
  readonly #chains: (readonly number[])[]
  readonly #known = new Map<string, number>()

  constructor(functions: readonly CheckedFunction[]) {
    this.#functions = functions
    this.#chains = functions.map(f => [f.id])
  }

  idOf({ id, next = [] }: CheckedFunctionRef): number {
    if (next.length === 0) return id
    const chain = [id, ...next]
    const known = this.#known.get(chain.join()) ?? this.#chains.push(chain) - 1
    this.#known.set(chain.join(), known)
    return known
  }

  /** In the order in which they are tried. */
  at(id: number): readonly CheckedFunction[] {
    return (this.#chains[id] ?? []).flatMap(one => this.#functions[one] ?? [])
  }
}

export function overloadBody(
  overloads: readonly CheckedFunction[],
  functions: readonly CheckedFunction[],
  callee: Body['callee'],
): Body {
  const locals = overloads.flatMap(f => f.locals)
  return {
    name: overloads[0]?.name ?? '',
    locals: overloads.length > 1 ? [...parametersOf(overloads), ...locals] : locals,
    // One that gives nothing gives 0 or "".
    result: overloads.map(f => f.result).find(type => type !== 'void') ?? 'void',
    functions,
    callee,
  }
}

/** Lowers their bodies; gives the number of parameters. */
export function lowerOverloads(b: Builder, overloads: readonly CheckedFunction[]): number {
  const parameters = parametersOf(overloads)
  const bodies = overloads.map(() => b.block())
  let firstLocal = overloads.length > 1 ? parameters.length : 0
  overloads.forEach((f, n) => {
    const own = bodies[n]
    if (own !== undefined && n > 0) b.start(own)
    b.inOverload({ firstLocal, onNext: bodies[n + 1] }, () => {
      // Each has the arguments as they were at the call, whatever those before it did with theirs.
      if (overloads.length > 1) {
        parametersOf([f]).forEach((local, at) => {
          b.copy(b.local(local), register(at))
        })
      }
      lowerBody(b, f)
    })
    b.returnEmpty()
    firstLocal += f.locals.length
  })
  return parameters.length
}

function parametersOf([first]: readonly CheckedFunction[]): readonly Local[] {
  return first === undefined ? [] : first.locals.slice(0, first.parameterCount)
}

function lowerBody(b: Builder, f: CheckedFunction): void {
  if (f.body.kind === 'embedded-body') return
  if (f.body.kind !== 'native') {
    b.statement(f.body)
    return
  }
  const args = parametersOf([f]).map(local => register(b.local(local)))
  const value = lowerNative(b, f.name, args, f.span)
  if (b.body.result === 'void') b.end({ op: 'return' })
  else b.end({ op: 'return', value })
}
