import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { didYouMean, error, warning } from './error.ts'

// Messages about target variables, one function each.

export function targetOutsideProbe(span: Span, name: string): Diagnostic {
  const text = `unresolved target-symbol expression: '${name}' has no meaning in a function`
  return error('target-outside-probe', span, text, {
    hint: 'give it to the function as an argument',
  })
}

export function noTargets(span: Span, name: string, point: string): Diagnostic {
  const text = `unresolved target-symbol expression: '${name}' has no meaning in probe ${point}`
  return error('no-target-variables', span, text, {
    hint: 'target variables are those of the kernel function or tracepoint that is probed',
  })
}

export function programVariable(span: Span, name: string): Diagnostic {
  const text = `'${name}' is not known: the debugging information of programs is not read`
  return error('unknown-target-variable', span, text, {
    hint: 'pointer_arg(1), long_arg(2) … give the arguments of the function',
  })
}

export function unknownContext(span: Span, name: string, point: string): Diagnostic {
  return error('unknown-target-variable', span, `there is no '${name}' to read in ${point}`)
}

export function noContextAddress(span: Span, name: string): Diagnostic {
  return error('no-address', span, `cannot take the address of '${name}'`)
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
  of: {
    readonly type: string
    readonly near: readonly string[]
    readonly known: ReadonlySet<string>
  },
): Diagnostic {
  const list = [...of.known].filter(name => name !== '')
  const some = list.length <= 12 ? list.join(', ') : `${list.slice(0, 12).join(', ')} …`
  return error('unknown-member', span, `unable to find member '${member}' for ${of.type}`, {
    hint: didYouMean(of.near) ?? (list.length === 0 ? undefined : `it has ${some}`),
  })
}

export function notStruct(span: Span, type: string, member?: string): Diagnostic {
  const text = `invalid access '->${member ?? ''}': '->' needs a struct, and this is ${type}`
  return error('not-a-struct', span, text)
}

export function structAsValue(span: Span, type: string, member: string | undefined): Diagnostic {
  return error('struct-as-value', span, `${type} as a whole has no value`, {
    hint:
      member === undefined
        ? "'&' in front gives its address, '$' behind its text"
        : `take a member, such as '->${member}'; '&' in front gives its address, '$' behind its text`,
  })
}

export function unknownLayout(span: Span, type: string): Diagnostic {
  return error('unknown-layout', span, `the kernel's type information does not show ${type}`)
}

export function notIndexable(span: Span, type: string): Diagnostic {
  const text = `invalid access '[]': it needs a pointer or an array, and this is ${type}`
  return error('not-indexable', span, text)
}

export function noAddress(span: Span, name: string): Diagnostic {
  const text = `cannot take the address of '${name}', which is in a register`
  return error('no-address', span, text)
}

export function bitfieldAddress(span: Span): Diagnostic {
  return error('no-address', span, 'cannot take the address of a bit field')
}

export function textAddress(span: Span): Diagnostic {
  return error('no-address', span, 'cannot take the address of text')
}

export function unsupportedType(span: Span, type: string): Diagnostic {
  return error('unsupported-type', span, `a value of type ${type} is not supported`)
}

export function pathOnText(span: Span, name: string): Diagnostic {
  return error('not-a-struct', span, `'${name}' is text, which has no members`)
}

export function entryOutsideReturn(span: Span, what: string): Diagnostic {
  return error('entry-outside-return', span, `${what} is only valid in .return probes`)
}

export function entryInEntry(span: Span): Diagnostic {
  return error('entry-outside-return', span, '@entry stands inside of @entry')
}

/** Not wrong, and yet two things at once: the name reads as the value of now. */
export function entryValue(span: Span, written: string): Diagnostic {
  const text = `confusing usage: in a .return probe '${written}' is its value at the entry`
  return warning('entry-value', span, text, { hint: `say so: @entry(${written})` })
}

// --- types by name

export function unknownType(
  span: Span,
  name: string,
  at: { readonly where: string; readonly near: readonly string[] },
): Diagnostic {
  return error('unknown-type', span, `type definition '${name}' not found in '${at.where}'`, {
    hint: didYouMean(at.near),
  })
}

export function unknownModuleTypes(span: Span, module: string): Diagnostic {
  return error('unknown-type', span, `there are no types of a module '${module}'`, {
    hint: 'a module has types while it is loaded: modprobe it, or write "kernel"',
  })
}

export function programTypes(span: Span): Diagnostic {
  const text = 'the types of programs are not known: their debugging information is not read'
  return error('unknown-type', span, text)
}

export function noTypesFor(span: Span, what: string, why: string): Diagnostic {
  return error('unknown-type', span, `${what} needs the kernel's types: ${why}`)
}

export function unknownCast(span: Span, why: string): Diagnostic {
  return error('unknown-c-type', span, `unknown type in dereference: ${why}`, {
    hint: '@cast(value, "struct name", "kernel")->member tells the type',
  })
}

export function scalarCast(span: Span, type: string): Diagnostic {
  return error('not-a-struct', span, `a value of type ${type} may not be used as a structure`)
}

export function unknownVariable(span: Span, name: string, where: string): Diagnostic {
  return error('unknown-variable', span, `unable to find global '${name}' in ${where}`)
}

export function untypedVariable(span: Span, name: string): Diagnostic {
  const text = `the type of '${name}' is not known: the kernel's type information has per-CPU variables only`
  return error('untyped-variable', span, text, {
    hint: `its address is: @cast(&@var("${name}"), "type", "kernel")`,
  })
}

// --- storing

export function writeNeedsGuru(span: Span, what: string): Diagnostic {
  return error('needs-guru', span, `write to ${what} not permitted; need -g`, {
    hint: 'it changes the kernel: run it with -g if that is meant',
  })
}

export function writeOperator(span: Span, operator: string): Diagnostic {
  const text = `only '=' stores in what is behind a '$', not '${operator}'`
  return error('not-assignable', span, text, { hint: '$x = $x + 1' })
}

export function cannotWrite(span: Span, what: string): Diagnostic {
  return error('not-assignable', span, `cannot write to ${what}`)
}

// --- operators

export function unknownConstant(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-constant', span, `there is no constant '${name}'`, {
    hint:
      didYouMean(near) ??
      'known are the enumerators of this kernel and common constants of its headers',
  })
}

export function badConstant(span: Span, why: string): Diagnostic {
  return error('bad-constant', span, `cannot work out this constant: ${why}`)
}

export function unknownEnum(span: Span, name: string): Diagnostic {
  return error('unknown-type', span, `there is no enum '${name}'`)
}

export function unexpectedProbeWrite(span: Span): Diagnostic {
  return error('unexpected-probewrite', span, 'unexpected @probewrite', {
    hint: 'in a part of an alias, @probewrite(x) tells whether the probe stores in its variable x',
  })
}

export function unknownCounter(span: Span, name: string): Diagnostic {
  return error('unknown-counter', span, `perf counter '${name}' not defined`, {
    hint: `probe perf.type(0).config(0).counter("${name}") {} defines one`,
  })
}

export function literalNeeded(span: Span, what: string): Diagnostic {
  return error('literal-needed', span, `${what} is a literal number`)
}
