import type { Diagnostic, Note } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'

// What kernel handlers cannot do yet, and what this kernel cannot do at all.

function error(code: string, span: Span, text: string, hint: string): Diagnostic {
  return { code, severity: 'error', stage: 'semantic', span, text, notes: [], hint }
}

export function formatInKernel(span: Span, conversion: string, why: string): Diagnostic {
  return error(
    'format-in-kernel',
    span,
    `${conversion} cannot be formatted in the kernel: ${why}`,
    'print the value itself, where every conversion works; or format it in an end or timer probe',
  )
}

export function notInKernel(span: Span, what: string): Diagnostic {
  return error(
    'not-in-kernel',
    span,
    `the text of ${what} is not known in the kernel, where a comparison, an array or a variable needs it`,
    'keep the number or the address instead, and turn it into text where it is printed',
  )
}

export function patternInKernel(span: Span): Diagnostic {
  return error(
    'pattern-in-kernel',
    span,
    'this pattern takes more room than a program in the kernel has',
    'write a simpler pattern or fewer groups, or match in an end or timer probe',
  )
}

export function noRegisters(span: Span, why: string): Diagnostic {
  return error(
    'no-registers',
    span,
    `no register can be read here: ${why}`,
    'read registers in probes of functions: kernel.function("NAME")',
  )
}

export function noBacktrace(span: Span, why: string): Diagnostic {
  return error(
    'kernel-lacks',
    span,
    `no backtrace can be had here: ${why}`,
    'ask for it in a probe of a function: kernel.function("ip_output")',
  )
}

export function foreachInKernel(span: Span, array: string, why: string): Diagnostic {
  return error(
    'foreach-in-kernel',
    span,
    `foreach over ${array} cannot run in this kernel: ${why}`,
    'use it in a timer or end probe',
  )
}

export function statisticInKernel(span: Span, name: string, why: string): Diagnostic {
  return error(
    'statistic-in-kernel',
    span,
    `what ${name} holds cannot be read or reset by a program in this kernel: ${why}`,
    'do it in a timer or end probe; adding with <<< works everywhere',
  )
}

export function wildcardInKernel(span: Span, why: string): Diagnostic {
  return error(
    'wildcard-in-kernel',
    span,
    `this needs a walk over the array, which this kernel does not give to programs: ${why}`,
    'delete single elements, or do it in a timer or end probe',
  )
}

export function wrapInKernel(span: Span, array: string, why: string): Diagnostic {
  return error(
    'wrap-in-kernel',
    span,
    `${array} is declared with %, but its oldest element cannot be found in the kernel: ${why}`,
    'give the array a larger size instead, as in NAME[10000]',
  )
}

export function tooMuchText(span: Span, bytes: number, limit: number): Diagnostic {
  return error(
    'too-much-text',
    span,
    `the strings of this probe take ${bytes} bytes; a program in the kernel has room for ${limit}`,
    'use fewer string variables at a time, or split the probe in two',
  )
}

export function handlerTooComplex(span: Span, why: string): Diagnostic {
  return error(
    'handler-too-complex',
    span,
    `this probe is too large for a program in the kernel: ${why}`,
    'split the probe in two, or move work to a timer or end probe',
  )
}

export function notBySystem(span: Span, what: string, why: string): Diagnostic {
  const [code, text] = isForbidden(why)
    ? ['no-permission', `this user may not make ${what}: ${why}`]
    : ['kernel-lacks', `this kernel cannot do ${what}: ${why}`]
  return { ...error(code, span, text, hintFor(why)), machine: true }
}

export function cannotProbeFunctions(span: Span, reasons: readonly string[]): Diagnostic {
  return {
    ...error(
      'cannot-probe-functions',
      span,
      'this kernel lets nobody probe its functions',
      hintFor(reasons.join()),
    ),
    machine: true,
    notes: reasons.map((text): Note => ({ text })),
  }
}

export function cannotProbeTracepoints(span: Span, reasons: readonly string[]): Diagnostic {
  return {
    ...error(
      'cannot-probe-tracepoints',
      span,
      'this kernel gives no tracepoints to programs',
      hintFor(reasons.join()),
    ),
    machine: true,
    notes: reasons.map((text): Note => ({ text })),
  }
}

/** More rights help against a refusal for want of them; against all else, another kernel. */
function hintFor(why: string): string {
  return isForbidden(why)
    ? 'run klew as root: sudo klew …'
    : 'run the script in a kernel of its own: klew --vm …'
}

/** Where the call was refused for want of rights, the reason names those that are missing. */
function isForbidden(why: string): boolean {
  return why.includes('CAP_BPF')
}
