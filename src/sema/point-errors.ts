import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { alternatives, didYouMean, error } from './error.ts'

// Messages about probe points, one function each.

export function unknownPoint(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-probe-point', span, `there is no probe point '${name}'`, {
    hint: didYouMean(near),
  })
}

export function unknownSuffix(
  span: Span,
  name: string,
  known: { readonly after: string; readonly near: readonly string[] },
): Diagnostic {
  const { after, near } = known
  const hint = near.length === 0 ? undefined : `known here: ${alternatives(near)}`
  return error(
    'unknown-probe-point',
    span,
    `'${name}' does not follow '${after}' in a probe point`,
    {
      hint,
    },
  )
}

export function unsupportedPoint(span: Span, point: string, hint?: string): Diagnostic {
  const text = `probe point '${point}' is not supported in this version`
  return error('unsupported-probe-point', span, text, { hint })
}

export function missingPointArgument(span: Span, name: string, wanted: string): Diagnostic {
  return error('probe-point-argument', span, `'${name}' needs ${wanted}`)
}

export function strayPointArgument(span: Span, name: string): Diagnostic {
  return error('probe-point-argument', span, `'${name}' takes no argument in a probe point`)
}

/** With the words of SystemTap, which scripts and people know. */
export function intervalOutOfRange(span: Span, low: bigint, high: bigint): Diagnostic {
  return error('interval-out-of-range', span, `interval value out of range (${low}, ${high})`)
}

export function randomizeOutOfRange(span: Span): Diagnostic {
  return error('interval-out-of-range', span, 'randomization value out of range', {
    hint: 'it is from 0 to the interval itself',
  })
}

export function frequencyOutOfRange(span: Span): Diagnostic {
  return error('interval-out-of-range', span, 'frequency must be greater than 0')
}

export function jiffiesOutOfRange(span: Span): Diagnostic {
  return error('interval-out-of-range', span, 'invalid interval for jiffies timer', {
    hint: 'it is from 1 to 1000000',
  })
}

export function unknownKernelFunction(
  span: Span,
  name: string,
  where: { readonly place: string; readonly near: readonly string[]; readonly hint?: string },
): Diagnostic {
  return error(
    'unknown-kernel-function',
    span,
    `there is no function '${name}' in ${where.place}`,
    {
      hint: where.hint ?? didYouMean(where.near),
    },
  )
}

export function nothingMatches(
  span: Span,
  pattern: string,
  where: { readonly place: string; readonly near?: readonly string[] },
): Diagnostic {
  return error(
    'unknown-kernel-function',
    span,
    `no function of ${where.place} matches '${pattern}'`,
    {
      hint: didYouMean(where.near ?? []),
    },
  )
}

export function functionElsewhere(
  span: Span,
  name: string,
  files: { readonly wanted: string; readonly found: readonly string[] },
): Diagnostic {
  const { wanted, found } = files
  return error('function-not-in-file', span, `'${name}' is not in '${wanted}'`, {
    hint: `it is in ${alternatives(found)}`,
  })
}

export function unknownSourceFile(span: Span, pattern: string): Diagnostic {
  return error('unknown-source-file', span, `no source file that klew knows matches '${pattern}'`, {
    hint: 'without @FILE, functions are found by their name alone',
  })
}

export function noCode(span: Span, name: string, file: string | undefined): Diagnostic {
  const at = file === undefined ? '' : ` of ${file}`
  return error('no-code', span, `'${name}'${at} has no code of its own in this kernel`, {
    hint: 'the compiler put it into its callers (inlined), or it is not built in: probe a caller',
  })
}

export function cannotProbe(
  span: Span,
  name: string,
  { reason, near = [] }: { readonly reason: string; readonly near?: readonly string[] },
): Diagnostic {
  return error('cannot-probe', span, `'${name}' cannot be probed: ${reason}`, {
    hint: didYouMean(near),
  })
}

export function nothingProbeable(span: Span, pattern: string, reason: string): Diagnostic {
  const text = `no function that matches '${pattern}' can be probed: ${reason}`
  return error('cannot-probe', span, text)
}

export function unknownModule(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-module', span, `no module '${name}' is loaded`, {
    hint:
      didYouMean(near) ?? `modprobe ${name} loads it, where the kernel does not have it built in`,
  })
}

export function unknownTracepoint(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-tracepoint', span, `there is no tracepoint '${name}'`, {
    hint: didYouMean(near),
  })
}

export function lineNotSupported(span: Span, text: string): Diagnostic {
  return error('unsupported-probe-point', span, `'${text}' is no line number for a function`, {
    hint: 'NAME@FILE:LINE is the function that this line is in',
  })
}

export function aliasLoop(span: Span, name: string): Diagnostic {
  return error('alias-loop', span, `the probe alias '${name}' stands for itself`)
}
