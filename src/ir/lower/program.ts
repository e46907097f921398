import type {
  CheckedFunctionRef,
  CheckedProbe,
  CheckedProgram,
  ResolvedPoint,
} from '../../sema/checked.ts'
import type { IrFunction, IrHandler, IrProgram } from '../ir.ts'
import { Builder, type Rules } from './builder.ts'
import { lowerEffect, lowerValue } from './expression.ts'
import { lowerTest } from './logic.ts'
import { values } from './order.ts'
import { lowerOverloads, Overloads, overloadBody } from './overload.ts'
import { lowerStatement } from './statement.ts'

// The folder turns the checked tree into IR: one file a construct, and `native/` for the functions
// that the library declares without a body. It decides nothing about kernels; what is better done
// late or not at all is found by the passes.

const rules: Rules = {
  value: lowerValue,
  effect: lowerEffect,
  test: lowerTest,
  statement: lowerStatement,
}

/** One handler for each probe, or two where some of its points run in the kernel and some do not. */
export function lower(program: CheckedProgram): IrProgram {
  const wanted = new Set<number>()
  const overloads = new Overloads(program.functions)
  const handlers: IrHandler[] = []
  for (const probe of program.probes) {
    for (const side of ['kernel', 'host'] as const) {
      const points = probe.points.filter(point => sideOf(point) === side)
      if (points.length > 0) handlers.push(lowerHandler(probe, points, side, handlers.length))
    }
  }
  return { globals: program.globals, functions: lowerFunctions(), handlers }

  function lowerHandler(
    probe: CheckedProbe,
    points: readonly ResolvedPoint[],
    side: 'kernel' | 'host',
    id: number,
  ): IrHandler {
    const name = points[0]?.text ?? ''
    const { functions } = program
    const body = { name, locals: probe.locals, result: 'void', functions, callee } as const
    const entry =
      probe.entries.length === 0 ? undefined : lowerEntry(probe, new Builder(body, rules))
    return {
      id,
      points,
      side,
      function: lowerProbe(probe, new Builder(body, rules)),
      ...(entry && { entry }),
      entryTypes: probe.entries.map(e => (e.type === 'string' ? 'string' : 'long')),
      span: probe.span,
    }
  }

  function lowerProbe(probe: CheckedProbe, b: Builder): IrFunction {
    if (probe.condition !== undefined) {
      const run = b.block()
      const skip = b.block()
      b.test(probe.condition, run, skip)
      b.start(skip)
      b.end({ op: 'return' })
      b.start(run)
    }
    b.statement(probe.body)
    return finish(b, 0)
  }

  function lowerEntry(probe: CheckedProbe, b: Builder): IrFunction {
    b.emit({ op: 'save-entries', values: values(b, probe.entries) })
    return finish(b, 0)
  }

  function lowerFunctions(): Map<number, IrFunction> {
    const functions = new Map<number, IrFunction>()
    // A set that grows while it is walked gives the new ones too.
    for (const id of wanted) {
      const called = overloads.at(id)
      const b = new Builder(overloadBody(called, program.functions, callee), rules)
      functions.set(id, finish(b, lowerOverloads(b, called)))
    }
    return functions
  }

  function callee(called: CheckedFunctionRef): number {
    return overloads.idOf(called)
  }

  function finish(b: Builder, parameterCount: number): IrFunction {
    const fn = b.finish(parameterCount)
    for (const id of b.calls) wanted.add(id)
    return fn
  }
}

function sideOf(point: ResolvedPoint): 'kernel' | 'host' | 'nowhere' {
  switch (point.kind) {
    case 'function':
    case 'tracepoint':
    case 'address':
    case 'watch':
    case 'perf':
    case 'profile':
    case 'netfilter':
      return 'kernel'
    case 'begin':
    case 'end':
    case 'error':
    case 'timer':
    case 'procfs':
    case 'input':
      return 'host'
    case 'never':
      return 'nowhere'
    default:
      throw new Error(`a ${point.kind} point reached the translation to IR`)
  }
}
