import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { error, warning } from './error.ts'

// Messages about statistics, one function each.

export function statisticAsValue(span: Span, name: string, since: Span): Diagnostic {
  return error('statistic-as-value', span, `'${name}' is a statistic, which has no value itself`, {
    notes: [{ span: since, text: 'it is one because of this' }],
    hint: `ask for one: @count(${name}), @sum(${name}), @avg(${name}) …`,
  })
}

export function statisticAssigned(span: Span, name: string, since: Span): Diagnostic {
  return error('statistic-assigned', span, `'${name}' is a statistic: only '<<<' stores in it`, {
    notes: [{ span: since, text: 'it is one because of this' }],
    hint: `'delete ${name}' empties it`,
  })
}

export function statisticLocal(span: Span, name: string): Diagnostic {
  return error('statistic-local', span, `'${name}' is a local, and statistics are global`, {
    hint: `declare it outside of probes: global ${name}`,
  })
}

export function notStatistic(span: Span, what: string): Diagnostic {
  return error('not-a-statistic', span, `${what} takes a global that '<<<' stores in`)
}

export function statisticInitial(span: Span, name: string, since: Span): Diagnostic {
  return error('statistic-assigned', span, `'${name}' is a statistic and starts empty`, {
    notes: [{ span: since, text: 'it is one because of this' }],
    hint: 'declare it without a value',
  })
}

export function statisticLoopValue(span: Span, array: string): Diagnostic {
  return error(
    'statistic-as-value',
    span,
    `the values of '${array}' are statistics, not one value`,
    {
      hint: 'take the key, and ask @count, @sum … of the element',
    },
  )
}

export function sortByAggregate(span: Span, aggregate: string, array: string): Diagnostic {
  return error('not-a-statistic', span, `${aggregate} sorts statistics, and '${array}' has none`)
}

export function shiftOutOfRange(span: Span): Diagnostic {
  return error('variance-shift', span, 'the shift of @variance is a number from 0 to 62')
}

export function conflictingShift(span: Span, name: string, first: Span): Diagnostic {
  return error('variance-shift', span, `'${name}' has another shift already`, {
    notes: [{ span: first, text: 'here' }],
  })
}

export function histogramTwice(span: Span, name: string, first: Span): Diagnostic {
  return error('multiple-histograms', span, `'${name}' has another histogram already`, {
    notes: [{ span: first, text: 'this one' }],
    hint: 'a statistic has one shape of histogram: collect the values in two',
  })
}

export function bucketCount(span: Span, most: number): Diagnostic {
  return warning(
    'histogram-buckets',
    span,
    `this histogram stays empty: its buckets must be 1 to ${most}`,
    {
      hint: '@hist_linear(statistic, low, high, width)',
    },
  )
}

export function histogramKeys(span: Span, given: number): Diagnostic {
  return error('key-count', span, `a bucket of a histogram has one index, not ${given}`)
}
