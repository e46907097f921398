import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'

// What a script may say and a handler in the kernel cannot do.

export function handlerTooLarge(call: Span, name: string): Diagnostic {
  return {
    code: 'handler-too-large',
    severity: 'error',
    stage: 'semantic',
    span: call,
    text: `with all that function '${name}' calls, this is too large for a handler in the kernel`,
    label: 'called here',
    notes: [{ text: 'each call of a function becomes a copy of its body there' }],
  }
}

/** What the kernel lets no program do. */
export function unwritable(span: Span, what: string): Diagnostic {
  return {
    code: 'unwritable-in-kernel',
    severity: 'error',
    stage: 'semantic',
    span,
    text: `${what} cannot be changed: eBPF programs may read it, and not write it`,
    notes: [],
    hint: 'work out in the script what would follow, or use a module of SystemTap for this probe',
  }
}

/** Programs on hooks may return NF_DROP and NF_ACCEPT alone. */
export function unwritableVerdict(span: Span, value: bigint): Diagnostic {
  return {
    ...unwritable(span, 'the verdict'),
    text: `the verdict ${value} cannot be given: eBPF programs may drop (0) or accept (1), no more`,
    hint: 'drop or accept; queueing and the rest are for rules of nft',
  }
}

/** Counters are what probes of a process ask for, by @perf. */
export function counterAlone(span: Span, what: string): Diagnostic {
  const text = 'a counter belongs to a process, and only probes of that process read it, by @perf'
  return { ...notTranslated(span, `the counter of ${what}`), notes: [{ text }] }
}

export function notTranslated(span: Span, what: string): Diagnostic {
  return {
    code: 'not-supported',
    severity: 'error',
    stage: 'semantic',
    span,
    text: `${what} is not supported in this version`,
    notes: [],
  }
}
