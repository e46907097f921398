import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { alternatives, didYouMean, error } from './error.ts'

// Messages about probe points, one function each.

export interface Around {
  /** What stands before it: `kernel`, or nothing. */
  readonly after: string
  readonly near: readonly string[]
}

/** No point begins so, or goes on so. */
export function pointMismatch(span: Span, name: string, { after, near }: Around): Diagnostic {
  const what = after === '' ? `there is no '${name}'` : `'${name}' does not follow '${after}'`
  return error('unknown-probe-point', span, `probe point mismatch: ${what}`, {
    hint: after === '' ? didYouMean(near) : knownHere(near),
  })
}

/** The point is whole before it. */
export function invalidSuffix(span: Span, name: string, { after, near }: Around): Diagnostic {
  const text = `invalid suffix for probe: '${name}' does not follow '${after}'`
  return error('unknown-probe-point', span, text, { hint: knownHere(near) })
}

export function noWildcardMatch(span: Span, pattern: string, after: string): Diagnostic {
  const where = after === '' ? '' : ` after '${after}'`
  const text = `probe point mismatch: no wildcard match for '${pattern}'${where}`
  return error('unknown-probe-point', span, text)
}

export function pointTruncated(span: Span, name: string, next: readonly string[]): Diagnostic {
  const text = `probe point truncated: '${name}' needs more`
  return error('probe-point-truncated', span, text, { hint: `may follow: ${next.join(', ')}` })
}

/** The name is right; its argument is of another kind, missing or too much. */
export function wrongPointArgument(span: Span, name: string, kinds: readonly string[]): Diagnostic {
  const text = `probe point mismatch: '${name}' takes ${alternatives(kinds)}`
  return error('probe-point-argument', span, text)
}

function knownHere(near: readonly string[]): string | undefined {
  return near.length === 0 ? undefined : `known here: ${alternatives(near)}`
}

/** A point of SystemTap's library that klew's has not. */
export function notInLibrary(span: Span, point: string): Diagnostic {
  const text = `probe point mismatch: '${point}' is not in the library of this version`
  return error('unsupported-probe-point', span, text)
}

/** A point that no version of klew will have, with the reason. */
export function refusedPoint(
  span: Span,
  point: string,
  { why, hint }: { readonly why: string; readonly hint?: string },
): Diagnostic {
  return error('unsupported-probe-point', span, `'${point}' cannot be probed: ${why}`, { hint })
}

/** What only debug information (DWARF) of the kernel or the program could tell. */
export function needsDebugInformation(
  span: Span,
  point: string,
  { needs, hint }: { readonly needs: string; readonly hint?: string | undefined },
): Diagnostic {
  const text = `'${point}' needs debug information (DWARF), which klew does not read yet: ${needs}`
  return { ...error('needs-debug-information', span, text, { hint }), machine: true }
}

export function aliasArgument(span: Span, name: string): Diagnostic {
  return error('alias-argument', span, `alias component '${name}' contains illegal parameter`, {
    hint: 'names of aliases are words with dots between them',
  })
}

export function emptyAlias(span: Span, name: string): Diagnostic {
  return error('no-match', span, `no match: nothing that '${name}' stands for is in this kernel`, {
    hint: `'?' behind the point makes it optional: ${name}?`,
  })
}

export function tooManyAliases(span: Span, limit: number): Diagnostic {
  return error('too-many-points', span, `this stands for more than ${limit} probe points`)
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

export function unknownModule(
  span: Span,
  name: string,
  { near, hint }: { readonly near: readonly string[]; readonly hint?: string | undefined },
): Diagnostic {
  const load = `modprobe ${name} loads it, where the kernel does not have it built in`
  return error('unknown-module', span, `no match: no module '${name}' is loaded`, {
    hint: hint ?? didYouMean(near) ?? load,
  })
}

export function unknownTracepoint(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-tracepoint', span, `there is no tracepoint '${name}'`, {
    hint: didYouMean(near),
  })
}

export function malformedPattern(span: Span, text: string): Diagnostic {
  return error('malformed-pattern', span, `malformed specification '${text}'`, {
    hint: 'it is FUNCTION, FUNCTION@FILE or FUNCTION@FILE:LINE',
  })
}

export function aliasLoop(span: Span, name: string): Diagnostic {
  return error('alias-loop', span, `recursive loop in alias expansion: '${name}' stands for itself`)
}

export function aliasTooDeep(span: Span, limit: number): Diagnostic {
  return error('alias-loop', span, `more than ${limit} aliases stand for one another here`)
}

export function maxActiveOutOfRange(span: Span): Diagnostic {
  return error('argument-out-of-range', span, 'maxactive value out of range [0,32767]')
}

export function needsGuru(span: Span, what: string): Diagnostic {
  return error('needs-guru', span, `${what}; need -g`, {
    hint: 'klew -g allows what can harm the system',
  })
}

export function noFunctionAt(span: Span, address: bigint, place: string): Diagnostic {
  const text = `no match: there is no function at 0x${address.toString(16)} in ${place}`
  return error('unknown-kernel-function', span, text)
}

export function addressesHidden(span: Span): Diagnostic {
  const text = 'the addresses of functions are hidden on this system'
  const hint = 'sysctl kernel.kptr_restrict=0 shows them to root'
  return { ...error('addresses-hidden', span, text, { hint }), machine: true }
}

export function notExported(span: Span, pattern: string): Diagnostic {
  const text = `no match: no function that matches '${pattern}' is seen outside its file`
  const hint = 'those that are static are found without .exported'
  return error('unknown-kernel-function', span, text, { hint })
}

export function watchLength(span: Span, length: bigint): Diagnostic {
  return error('argument-out-of-range', span, `a watchpoint of ${length} bytes is not possible`, {
    hint: 'a processor watches 1, 2, 4 or 8 bytes',
  })
}

export function samplePeriod(span: Span, period: bigint): Diagnostic {
  return error('argument-out-of-range', span, `invalid perf sample period ${period}`, {
    hint: 'it is a number of events, from 1',
  })
}

export function duplicateCounter(span: Span, name: string, first: Span): Diagnostic {
  return error('duplicate-point', span, `duplicate counter name '${name}'`, {
    notes: [{ span: first, text: 'the first one' }],
  })
}

export function invalidPid(span: Span, pid: bigint): Diagnostic {
  return error('argument-out-of-range', span, `cannot probe pid ${pid}: Invalid pid`)
}

export function emptyPath(span: Span): Diagnostic {
  return error('probe-point-argument', span, 'the path of a process is empty', {
    hint: 'process("/bin/ls"), process("ls"), or process alone for that of -c or -x',
  })
}

export function procfsPath(span: Span, why: string): Diagnostic {
  return error('procfs-path', span, `procfs path ${why}`, {
    hint: 'it is a name, or names with one / between them',
  })
}

export function procfsSize(span: Span): Diagnostic {
  return error('argument-out-of-range', span, 'maxsize must be greater than 0')
}

export function duplicateProcfs(
  span: Span,
  { access, path, first }: { readonly access: string; readonly path: string; readonly first: Span },
): Diagnostic {
  const text = `only one ${access} procfs probe can exist for procfs path "${path}"`
  return error('duplicate-point', span, text, { notes: [{ span: first, text: 'the first one' }] })
}

export function unsupportedNetfilter(
  span: Span,
  name: string,
  {
    kind,
    family,
    known,
  }: { readonly kind: string; readonly family?: string; readonly known: readonly string[] },
): Diagnostic {
  const of = family === undefined ? '' : ` for protocol family "${family}"`
  const text = `unsupported netfilter ${kind} "${name}"${of}`
  return error('unsupported-netfilter', span, text, { hint: `known here: ${alternatives(known)}` })
}

export function jiffiesRandomizeOutOfRange(span: Span): Diagnostic {
  return error('interval-out-of-range', span, 'invalid randomize for jiffies timer', {
    hint: 'it is from 0 to the interval itself',
  })
}

export function emptyTracepoint(span: Span, text: string): Diagnostic {
  return error('malformed-pattern', span, `invalid tracepoint string '${text}'`, {
    hint: 'it is NAME or SYSTEM:NAME: net:net_dev_xmit',
  })
}

/** `process.function("main")` alone. */
export function noTarget(span: Span): Diagnostic {
  const text = 'unspecified process probe is invalid without a -c COMMAND or -x PID'
  return error('no-target-process', span, text, { hint: 'or name it: process("/bin/ls")' })
}
