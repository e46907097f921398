import type { TargetExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { FormatPiece } from '../text/format.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import { context, contextOf, contextVariable } from './context-target.ts'
import { hasTargets, knownTargets } from './target.ts'
import {
  noTargets,
  pathOnText,
  targetOutsideProbe,
  textAddress,
  unknownContext,
  unknownTarget,
} from './target-errors.ts'

type Build = (e: TargetExpression) => CheckedExpression | Diagnostic

/** `$$name`, `$$vars` and so on: text made of what a point has. */
export function targetText(
  point: ResolvedPoint | undefined,
  e: TargetExpression,
  build: Build,
): CheckedExpression | Diagnostic {
  if (point === undefined) return targetOutsideProbe(e.nameSpan, e.name)
  const variable = contextVariable(point, e.name)
  if (variable !== undefined && e.path.length === 0) return context(e, variable.type)
  if (contextOf(point)) return unknownContext(e.nameSpan, e.name, point.text)
  if (!hasTargets(point)) return noTargets(e.nameSpan, e.name, point.text)
  if (e.path.length > 0) return pathOnText(e.span, e.name)
  if (e.addressOf) return textAddress(e.span)
  const unknown = (): Diagnostic =>
    unknownTarget(e.nameSpan, e.name, { point: point.text, known: knownTargets(point) })
  const isReturn = point.kind === 'function' && point.at === 'return'
  switch (e.name) {
    case '$$name':
      return point.kind === 'tracepoint' ? literal(e, point.name) : unknown()
    case '$$system':
      return point.kind === 'tracepoint' ? literal(e, point.system ?? '') : unknown()
    case '$$locals':
      return point.kind === 'tracepoint' ? unknown() : literal(e, '')
    case '$$return':
      if (!isReturn) return unknown()
      return list(
        e,
        knownTargets(point).filter(name => name === '$return'),
        build,
      )
    case '$$provider':
      return unknown()
    default:
      return list(
        e,
        knownTargets(point).filter(name => name !== '$return'),
        build,
      )
  }
}

function literal(e: TargetExpression, value: string): CheckedExpression {
  return { kind: 'string', type: 'string', value, span: e.span }
}

/** `a=0x1 b=?`: what has no value in one register reads `?`. */
function list(e: TargetExpression, names: readonly string[], build: Build): CheckedExpression {
  const { span, pretty } = e
  const format: FormatPiece[] = []
  const values: CheckedExpression[] = []
  for (const name of names) {
    const space = format.length === 0 ? '' : ' '
    const value = build({
      kind: 'target',
      name,
      nameSpan: span,
      path: [],
      addressOf: false,
      pretty,
      span,
    })
    const head = `${space}${name.slice(1)}=`
    if ('code' in value) {
      if (name !== '$return') format.push({ kind: 'literal', text: `${head}?` })
      continue
    }
    format.push({ kind: 'literal', text: head })
    format.push(
      value.type === 'string'
        ? { kind: 'conversion', conversion: 's', flag: '' }
        : { kind: 'conversion', conversion: 'x', flag: '#' },
    )
    values.push(value)
  }
  return { kind: 'print', type: 'string', format, arguments: values, span }
}
