import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { didYouMean, error } from './error.ts'

// Messages about target variables, one function each.

export function targetOutsideProbe(span: Span, name: string): Diagnostic {
  return error('target-outside-probe', span, `'${name}' has no meaning in a function`, {
    hint: 'give it to the function as an argument',
  })
}

export function noTargets(span: Span, name: string, point: string): Diagnostic {
  return error('no-target-variables', span, `'${name}' has no meaning in probe ${point}`, {
    hint: 'target variables are those of the kernel function or tracepoint that is probed',
  })
}

export function unknownTarget(
  span: Span,
  name: string,
  at: { readonly point: string; readonly known: readonly string[] },
): Diagnostic {
  const { point, known } = at
  return error('unknown-target-variable', span, `there is no '${name}' in ${point}`, {
    hint: known.length === 0 ? 'it has no parameters' : `it has ${known.join(', ')}`,
  })
}

export function targetNotKnown(
  span: Span,
  name: string,
  at: { readonly point: string; readonly why: string },
): Diagnostic {
  return error('unknown-target-variable', span, `'${name}' is not known in ${at.point}: ${at.why}`)
}

export function returnAtEntry(span: Span, point: string): Diagnostic {
  return error('unknown-target-variable', span, `there is no '$return' yet in ${point}`, {
    hint: 'a point that ends in .return has it',
  })
}

export function noResult(span: Span, name: string): Diagnostic {
  return error('unknown-target-variable', span, `'${name}' returns nothing`)
}

export function unknownMember(
  span: Span,
  member: string,
  of: { readonly type: string; readonly near: readonly string[] },
): Diagnostic {
  return error('unknown-member', span, `${of.type} has no member '${member}'`, {
    hint: didYouMean(of.near),
  })
}

export function notStruct(span: Span, type: string): Diagnostic {
  return error('not-a-struct', span, `'->' needs a struct, and this is ${type}`)
}

export function unknownLayout(span: Span, type: string): Diagnostic {
  return error('unknown-layout', span, `the kernel's type information does not show ${type}`)
}

export function notIndexable(span: Span, type: string): Diagnostic {
  return error('not-indexable', span, `'[]' needs a pointer or an array, and this is ${type}`)
}

export function noAddress(span: Span, name: string): Diagnostic {
  return error('no-address', span, `'${name}' is in a register, which has no address`)
}

export function bitfieldAddress(span: Span): Diagnostic {
  return error('no-address', span, 'a bitfield has no address')
}

export function unsupportedType(span: Span, type: string): Diagnostic {
  return error('unsupported-type', span, `a value of type ${type} is not supported`)
}

export function pathOnText(span: Span, name: string): Diagnostic {
  return error('not-a-struct', span, `'${name}' is text, which has no members`)
}

export function entryOutsideReturn(span: Span, what: string): Diagnostic {
  return error('entry-outside-return', span, `${what} is for probe points that end in .return`)
}
