import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { Source } from '../text/source.ts'
import {
  conditionOperands,
  conditionOperator,
  conditionSyntax,
  configNotNumber,
  missingArgument,
  orderedPattern,
  unknownCondition,
  unknownKernel,
} from './errors.ts'
import type { Token } from './token.ts'
import { type Language, orderOfVersions } from './version.ts'

/** What a conditional may ask about; asked only when one does. */
export interface Environment {
  /** As `uname -r` prints it. */
  kernelRelease(): string
  /** `x86_64`, `arm64` … */
  readonly arch: string
  /** `y`, `m`, a number or text, for a name with its `CONFIG_`; undefined when not set. */
  config(name: string): string | undefined
  readonly guru: boolean
}

export interface ConditionContext {
  readonly source: Source
  readonly environment: Environment | undefined
  readonly language: Language
  /** How many arguments the command line has. */
  readonly given: number
}

/** Comparisons joined by `&&`, which binds tighter, and `||`. */
export function conditionHolds(
  tokens: readonly Token[],
  open: Token,
  context: ConditionContext,
): boolean | Diagnostic {
  let some = false
  for (const alternative of split(tokens, '||')) {
    let all = true
    for (const comparison of split(alternative, '&&')) {
      const result = compare(comparison, open, context)
      if (typeof result !== 'boolean') return result
      all &&= result
    }
    some ||= all
  }
  return some
}

function split(tokens: readonly Token[], operator: string): Token[][] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'operator' && token.text === operator) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

const comparisons = new Map<string, (order: number) => boolean>([
  ['<', order => order < 0],
  ['<=', order => order <= 0],
  ['==', order => order === 0],
  ['!=', order => order !== 0],
  ['>', order => order > 0],
  ['>=', order => order >= 0],
])

function compare(
  tokens: readonly Token[],
  open: Token,
  context: ConditionContext,
): boolean | Diagnostic {
  const { source, given } = context
  const [left, operator, right] = tokens
  const span = (t: Token) => source.span(t.start, t.end)
  const missing = tokens.find(t => t.kind === 'missing')
  if (missing !== undefined) return missingArgument(span(missing), missing.text, given)
  const holds = operator?.kind === 'operator' ? comparisons.get(operator.text) : undefined
  if (left === undefined || right === undefined || holds === undefined || tokens.length > 3) {
    return conditionSyntax(span(tokens[0] ?? open), 'comparisons of two things')
  }
  const equality = operator?.text === '==' || operator?.text === '!='
  const order = orderOf(left, right, { equality, context })
  return typeof order === 'number' ? holds(order) : order
}

interface Asked {
  /** `==` or `!=`, with which a string may be a pattern. */
  readonly equality: boolean
  readonly context: ConditionContext
}

/** Below, equal to or above 0, as the left operand is to the right one. */
function orderOf(left: Token, right: Token, asked: Asked): number | Diagnostic {
  const { equality, context } = asked
  const { source, environment } = context
  const span = source.span(left.start, left.end)
  if (left.kind === 'number' || left.kind === 'string') {
    if (left.kind !== right.kind) return conditionOperands(span, left.text, `a ${left.kind}`)
    if (left.kind === 'number') return orderOfNumbers(left.text, right.text)
    return orderOfText(left.text, right.text)
  }
  const { text } = left
  if (text.startsWith('CONFIG_')) return orderOfConfig(left, right, asked)
  const versioned = text === 'kernel_v' || text === 'kernel_vr' || text === 'systemtap_v'
  if (!versioned && !words.includes(text)) {
    return unknownCondition(span, text, nearest(text, [...versions, ...words], 2))
  }
  if (!versioned && !equality) return conditionOperator(span, text)
  if (text === 'guru_mode') {
    if (right.kind !== 'number') return conditionOperands(span, text, '0 or 1')
    return orderOfNumbers(environment?.guru === true ? '1' : '0', right.text)
  }
  if (right.kind !== 'string') return conditionOperands(span, text, 'a string')
  const value = factOf(text, context)
  if (value === undefined) return unknownKernel(span, text)
  if (/[*?[]/.test(right.text)) {
    if (equality) return match(value, right.text)
    return orderedPattern(source.span(right.start, right.end), right.text)
  }
  return versioned ? orderOfVersions(value, right.text) : orderOfText(value, right.text)
}

const versions = ['kernel_v', 'kernel_vr', 'systemtap_v']
const words = ['arch', 'runtime', 'systemtap_privilege', 'guru_mode']

function factOf(name: string, { environment, language }: ConditionContext): string | undefined {
  switch (name) {
    case 'kernel_v':
      return /^[0-9.]*[0-9]/.exec(environment?.kernelRelease() ?? '')?.[0]
    case 'kernel_vr':
      return environment?.kernelRelease()
    case 'systemtap_v':
      return language.version
    case 'arch':
      return environment?.arch
    case 'runtime':
      // Scripts ask in order to leave out what SystemTap's own BPF runtime lacks.
      return 'kernel'
    default:
      return 'stapdev'
  }
}

function orderOfConfig(left: Token, right: Token, asked: Asked): number | Diagnostic {
  const { source, environment } = asked.context
  const span = source.span(left.start, left.end)
  if (environment === undefined) return unknownKernel(span, left.text)
  const value = configOf(left.text, environment)
  if (right.kind === 'number') {
    if (NUMBER.test(value)) return orderOfNumbers(value, right.text)
    return value === '' ? Number.NaN : configNotNumber(span, left.text, value)
  }
  if (right.kind === 'string') {
    return asked.equality ? match(value, right.text) : conditionOperator(span, left.text)
  }
  if (!right.text.startsWith('CONFIG_')) {
    return conditionOperands(span, left.text, 'a string, a number or another CONFIG_')
  }
  const other = configOf(right.text, environment)
  const bothNumbers = NUMBER.test(value) && NUMBER.test(other)
  return bothNumbers ? orderOfNumbers(value, other) : orderOfText(value, other)
}

const NUMBER = /^-?(?:\d+|0x[0-9a-f]+)$/i

/** What is not set is the empty string. */
function configOf(name: string, environment: Environment): string {
  return (environment.config(name) ?? '').replace(/^"(.*)"$/, '$1')
}

function orderOfNumbers(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)]
  return left - right
}

function orderOfText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** 0 if the text matches the pattern, else 1. */
function match(text: string, pattern: string): number {
  if (!/[*?[]/.test(pattern)) return orderOfText(text, pattern)
  const source = pattern
    .replace(/[\\^$.|+(){}]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
  try {
    return new RegExp(`^${source.replace(/\[!/g, '[^')}$`, 's').test(text) ? 0 : 1
  } catch {
    // A `[` that is never closed stands for itself.
    return orderOfText(text, pattern)
  }
}
