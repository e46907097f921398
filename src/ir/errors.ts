import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'

// What a script may say and a handler in the kernel cannot do.

export function recursionInKernel(call: Span, name: string): Diagnostic {
  return {
    code: 'recursion-in-kernel',
    severity: 'error',
    stage: 'semantic',
    span: call,
    text: `function '${name}' calls itself within try or beside a foreach, which a handler in the kernel cannot do`,
    label: 'called here',
    notes: [],
    hint: 'write it as a loop, or call it from a begin, end or timer probe, which run outside',
  }
}

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
