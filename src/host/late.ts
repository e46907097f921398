import type { Late } from '../ir/ir.ts'
import { histogramText } from '../text/histogram.ts'
import { formatText } from './format.ts'
import { PURE_MAX, type PureContext, PureError, pureValue } from './pure.ts'
import type { Value } from './store.ts'

/** What a string becomes when it is made: cut at a NUL and at MAXSTRINGLEN - 1 bytes. */
export function clipText(text: string, maxStringLength: number): string {
  const end = text.indexOf('\0')
  const whole = end < 0 ? text : text.slice(0, end)
  return whole.length < maxStringLength ? whole : whole.slice(0, maxStringLength - 1)
}

/** Buckets as a record has them: 8 bytes each. */
function readCounts(bytes: Value): bigint[] {
  const buffer = Buffer.from(String(bytes), 'latin1')
  return Array.from({ length: buffer.length >> 3 }, (_, n) => buffer.readBigInt64LE(8 * n))
}

/** What late expressions need beside the leaves of a record. */
export interface LateContext extends PureContext {
  /** MAXSTRINGLEN: bytes of a string with its NUL. */
  readonly maxStringLength: number
}

/** The value of a late expression over the leaves of one record. */
export function lateValue(late: Late, leaves: readonly Value[], context: LateContext): Value {
  switch (late.kind) {
    case 'leaf':
      return leaves[late.index] ?? 0n
    case 'number':
    case 'text':
      return late.value
    case 'concat': {
      const joined = `${value(late.a)}${value(late.b)}`
      return clipText(joined, context.maxStringLength)
    }
    case 'format':
      return clipText(formatText(late.format, late.args.map(value)), context.maxStringLength)
    case 'pure':
      return latePure(late, late.args.map(value), context)
    case 'histogram':
      return histogramText(late.shape, readCounts(value(late.buckets)))
  }

  function value(inner: Late): Value {
    return lateValue(inner, leaves, context)
  }
}

/**
 * A pure function while printing. Too late to fail the handler: what has no value prints as the
 * message in parentheses.
 */
export function latePure(
  late: Extract<Late, { kind: 'pure' }>,
  args: readonly Value[],
  context: LateContext,
): Value {
  try {
    const value = pureValue(late.name, args, context)
    return typeof value === 'string' ? value.slice(0, PURE_MAX) : value
  } catch (error) {
    if (error instanceof PureError) return `(${error.message})`
    throw error
  }
}
