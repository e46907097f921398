import type {
  AssignExpression,
  Expression,
  IncrementExpression,
  TargetExpression,
} from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { FormatPiece } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import { type Elaboration, mistake, nothing } from './elaboration.ts'
import { notSupported } from './errors.ts'
import type { TypedExpression } from './infer-target.ts'
import { refusal } from './refusal.ts'
import { knownTargets, resolveTarget } from './target.ts'
import {
  noTargets,
  pathOnText,
  returnAtEntry,
  targetOutsideProbe,
  unknownTarget,
} from './target-errors.ts'
import { isTargetText } from './target-text.ts'

type Index = (b: Elaboration, e: Expression) => CheckedExpression

export function isTyped(e: Expression): e is TypedExpression {
  return e.kind === 'target' || e.kind === 'cast' || e.kind === 'member'
}

/** A target variable, a cast or an autocast, for the point that the handler is built for. */
export function elaborateTyped(
  b: Elaboration,
  e: TypedExpression,
  elaborate: Index,
): CheckedExpression {
  const refused = refusal(e)
  if (refused) {
    b.reporter.reportOnce(refused)
    return nothing(e.span)
  }
  return e.kind === 'target' ? elaborateTarget(b, e, elaborate) : nothing(e.span)
}

/** `$x = e`, `$x += e`, `$x++`. */
export function elaborateStore(
  b: Elaboration,
  e: AssignExpression | IncrementExpression,
  target: TypedExpression,
  elaborate: Index,
): CheckedExpression {
  if (e.kind === 'assign') elaborate(b, e.value)
  return mistake(b, notSupported(target.span, 'storing in a target variable is not supported'))
}

function elaborateTarget(b: Elaboration, e: TargetExpression, index: Index): CheckedExpression {
  if (b.point === undefined) return mistake(b, targetOutsideProbe(e.nameSpan, e.name))
  const found = isTargetText(e) ? text(b, b.point, e) : variable(b, b.point, e, index)
  if (!('code' in found)) return found
  if (b.options.suppressBadVars) return nothing(e.span, isTargetText(e) ? 'string' : 'long')
  return mistake(b, found)
}

function variable(
  b: Elaboration,
  point: ResolvedPoint,
  e: TargetExpression,
  index: Index,
): CheckedExpression | Diagnostic {
  // At a return the arguments are gone: what hangs on them is worked out, whole, at the entry.
  const early = !b.atEntry && isReturn(point) && e.name !== '$return'
  if (b.atEntry && e.name === '$return') return returnAtEntry(e.nameSpan, '@entry')
  const inside = early ? { ...b, atEntry: true } : b
  const found = resolveTarget({ kernel: b.kernel, point }, e, i => index(inside, i))
  return early && !('code' in found) ? atEntry(b, found) : found
}

/** The value that an expression had when the function was entered. */
export function atEntry(b: Elaboration, e: CheckedExpression): CheckedExpression {
  if (e.kind === 'number' || e.kind === 'string') return e
  const type = e.type === 'string' ? 'string' : 'long'
  return { kind: 'entry', type, index: b.entries.add(e), span: e.span }
}

export function isReturn(point: ResolvedPoint): boolean {
  return point.kind === 'function' && point.at === 'return'
}

/** `$$name`, `$$vars` and so on. */
function text(
  b: Elaboration,
  point: ResolvedPoint,
  e: TargetExpression,
): CheckedExpression | Diagnostic {
  if (e.path.length > 0) return pathOnText(e.span, e.name)
  if (point.kind !== 'function' && point.kind !== 'tracepoint') {
    return noTargets(e.nameSpan, e.name, point.text)
  }
  const literal = (value: string): CheckedExpression => {
    return { kind: 'string', type: 'string', value, span: e.span }
  }
  switch (e.name) {
    case '$$name':
    case '$$system': {
      if (point.kind !== 'tracepoint') return unknownText(e, point)
      return literal((e.name === '$$name' ? point.name : point.system) ?? '')
    }
    case '$$locals':
      return literal('')
    case '$$return':
      return list(
        b,
        point,
        ['$return'].filter(name => knownTargets(point).includes(name)),
        e.span,
      )
    default: {
      const names = knownTargets(point).filter(name => name !== '$return')
      return list(b, point, names, e.span)
    }
  }
}

function unknownText(e: TargetExpression, point: ResolvedPoint): Diagnostic {
  return unknownTarget(e.nameSpan, e.name, { point: point.text, known: knownTargets(point) })
}

/** `a=0x1 b=?`: what has no value in one register reads `?`. */
function list(
  b: Elaboration,
  point: ResolvedPoint,
  names: readonly string[],
  span: Span,
): CheckedExpression {
  const format: FormatPiece[] = []
  const values: CheckedExpression[] = []
  for (const name of names) {
    const space = format.length === 0 ? '' : ' '
    const e: TargetExpression = {
      kind: 'target',
      name,
      nameSpan: span,
      path: [],
      addressOf: false,
      pretty: 0,
      span,
    }
    const value = variable(b, point, e, (_, i) => nothing(i.span))
    const head = `${space}${name.slice(1)}=`
    if ('code' in value) {
      if (name !== '$return') format.push({ kind: 'literal', text: `${head}?` })
      continue
    }
    format.push({ kind: 'literal', text: head })
    format.push({ kind: 'conversion', conversion: 'x', flag: '#' })
    values.push(value)
  }
  return { kind: 'print', type: 'string', format, arguments: values, span }
}
