import type { Diagnostic, Note } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import type { ValueType } from './checked.ts'
import { alternatives, count, didYouMean, error, warning } from './error.ts'

// Messages about names, types and statements, one function each. Those about probe points and
// target variables stand in point-errors.ts and target-errors.ts.

// --- names

const NO_DECLARATION = 'locals need no declaration: x = 5'

/** Words of other languages that read as names here, and what to write instead. */
const foreignWords: ReadonlyMap<string, string> = new Map([
  ...['int', 'char', 'unsigned', 'var', 'let', 'local', 'my'].map((word): [string, string] => [
    word,
    NO_DECLARATION,
  ]),
  ['do', 'write while (1) { …; if (…) break }'],
  ['switch', 'write if (…) … else if (…) … else …'],
  ['elif', 'write else if (…)'],
  ['true', 'there are no booleans: 1 is true, 0 is false'],
  ['false', 'there are no booleans: 1 is true, 0 is false'],
  ['NULL', 'write 0'],
  ['null', 'write 0'],
  ['then', "the branch of an 'if' follows its condition: if (x) println(x)"],
])

export function unknownFunction(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-function', span, `unresolved function '${name}'`, {
    hint: foreignWords.get(name) ?? didYouMean(near),
  })
}

export function wrongArgumentCount(
  span: Span,
  name: string,
  given: { readonly count: number; readonly takes: readonly number[]; readonly declared?: Span },
): Diagnostic {
  const takes = [...given.takes].sort((a, b) => a - b)
  const last = takes.at(-1) ?? 0
  const list =
    takes.length < 2
      ? count(last, 'argument')
      : `${alternatives(takes.map(n => String(n)))} arguments`
  const notes: readonly Note[] =
    given.declared === undefined
      ? []
      : [{ span: given.declared, text: `'${name}' is declared here` }]
  return error('wrong-argument-count', span, `'${name}' takes ${list}, not ${given.count}`, {
    notes,
  })
}

export function formatArguments(
  span: Span,
  name: string,
  { wants, given }: { readonly wants: number; readonly given: number },
): Diagnostic {
  const text = `the format of '${name}' takes ${count(wants, 'value')}, not ${given}`
  return error('format-arguments', span, text, {
    hint: given > wants ? 'each value needs a conversion: %d, %s …' : undefined,
  })
}

export function tooManyPrinted(span: Span, given: number, limit: number): Diagnostic {
  return error('too-many-values', span, `${given} values are printed at once`, {
    hint: `print at most ${limit}, and the rest in another statement`,
  })
}

/** What is known of a name that nothing is stored in. */
interface Unstored {
  readonly near: readonly string[]
  readonly isFunction: boolean
  readonly isGlobal: boolean
}

export function undefinedVariable(span: Span, name: string, known: Unstored): Diagnostic {
  return error('undefined-variable', span, `nothing is ever stored in '${name}'`, {
    hint: known.isFunction
      ? `'${name}' is a function: write ${name}()`
      : (foreignWords.get(name) ?? didYouMean(known.near) ?? unstoredHint(name, known.isGlobal)),
  })
}

function unstoredHint(name: string, isGlobal: boolean): string {
  return isGlobal
    ? `give it a value: global ${name} = 0`
    : `a variable shared between probes is declared: global ${name}`
}

export function neverAssigned(span: Span, name: string, known: Unstored): Diagnostic {
  const what = known.isGlobal ? 'global' : 'local'
  return warning('never-assigned', span, `never-assigned ${what} variable '${name}'`, {
    hint: known.isFunction ? `'${name}' is a function: write ${name}()` : didYouMean(known.near),
  })
}

export function undeclaredArray(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('undeclared-array', span, `unresolved array '${name}'`, {
    hint: didYouMean(near) ?? `an array is declared outside of probes: global ${name}`,
  })
}

export function duplicateGlobal(span: Span, name: string, first: Span): Diagnostic {
  return error('duplicate-global', span, `'${name}' is declared already`, {
    notes: [{ span: first, text: 'here' }],
  })
}

export function duplicateParameter(span: Span, name: string): Diagnostic {
  return error('duplicate-parameter', span, `two parameters are called '${name}'`)
}

// --- types

export function typeMismatch(
  span: Span,
  what: { readonly wanted: ValueType; readonly found: ValueType; readonly why?: string },
  since: { readonly wanted?: Span | undefined; readonly found?: Span | undefined } = {},
): Diagnostic {
  const notes: Note[] = []
  if (since.wanted !== undefined && !same(since.wanted, span)) {
    notes.push({ span: since.wanted, text: `it is ${article(what.wanted)} because of this` })
  }
  if (since.found !== undefined && !same(since.found, span)) {
    notes.push({ span: since.found, text: `this one is ${article(what.found)} because of this` })
  }
  const because = what.why === undefined ? '' : `: ${what.why}`
  return error(
    'type-mismatch',
    span,
    `type mismatch: ${article(what.wanted)} is needed here, not ${article(what.found)}${because}`,
    { notes, hint: conversion(what.wanted, what.found) },
  )
}

function same(a: Span, b: Span): boolean {
  return a.source === b.source && a.start === b.start && a.end === b.end
}

function article(type: ValueType): string {
  return `a ${type}`
}

function conversion(wanted: ValueType, found: ValueType): string | undefined {
  return wanted === 'string' && found === 'long'
    ? 'sprint(x) and sprintf("%d", x) make a string of a long'
    : undefined
}

export function unresolvedType(span: Span, name: string): Diagnostic {
  return error('unresolved-type', span, `nothing tells the type of '${name}': unresolved type`, {
    hint: 'store a value in it somewhere, or use it where a long or a string is needed',
  })
}

export function returnWithoutValue(
  span: Span,
  of: { readonly name: string; readonly type: ValueType; readonly since: Span | undefined },
): Diagnostic {
  const text = `'${of.name}' gives ${article(of.type)}, and this 'return' nothing: type mismatch`
  return error('return-without-value', span, text, {
    notes: of.since === undefined ? [] : [{ span: of.since, text: 'its type comes from here' }],
  })
}

export function voidValue(span: Span, name: string): Diagnostic {
  return error('void-value', span, `'${name}' gives no value`)
}

export function sizedScalar(span: Span, name: string): Diagnostic {
  return error('sized-scalar', span, `'${name}' is declared as an array, and has no keys`, {
    hint: 'a scalar has neither a size nor a %',
  })
}

export function badRegex(span: Span, problem: string): Diagnostic {
  return error('bad-regex', span, `regex: ${problem}`)
}

export function arrayAsScalar(span: Span, name: string, shaped?: Span): Diagnostic {
  return error(
    'array-as-scalar',
    span,
    `inconsistent arity: '${name}' is an array, and has no key here`,
    {
      notes: shaped === undefined ? [] : [{ span: shaped, text: 'here it has' }],
    },
  )
}

export function keyCount(
  span: Span,
  name: string,
  keys: { readonly given: number; readonly first: number; readonly shaped: Span | undefined },
): Diagnostic {
  const notes = keys.shaped === undefined ? [] : [{ span: keys.shaped, text: 'the first use' }]
  const text =
    keys.first === 0
      ? `inconsistent arity: '${name}' has no keys where it is used first`
      : `inconsistent arity: '${name}' has ${count(keys.first, 'key')} where it is used first, and ${keys.given} here`
  return error('key-count', span, text, { notes })
}

// --- statements

export function outsideLoop(span: Span, word: string): Diagnostic {
  return error('outside-loop', span, `'${word}' is not in a loop`)
}

export function changedInForeach(span: Span, name: string, loop: Span): Diagnostic {
  return error(
    'changed-in-foreach',
    span,
    `variable '${name}' modified during 'foreach' iteration`,
    {
      notes: [{ span: loop, text: 'the foreach' }],
      hint: 'collect the keys, or change the array after the loop',
    },
  )
}

export function unknownDeleted(span: Span, name: string): Diagnostic {
  return error('undeclared-array', span, `unresolved array '${name}', which is to be deleted`, {
    hint: `an array is declared outside of probes: global ${name}`,
  })
}

export function changedBehindCall(
  span: Span,
  call: { readonly function: string; readonly array: string },
  loop: Span,
): Diagnostic {
  return warning(
    'changed-in-foreach',
    span,
    `'${call.function}' comes to modify '${call.array}' during 'foreach' iteration`,
    { notes: [{ span: loop, text: 'the foreach' }] },
  )
}

export function changedByCall(
  span: Span,
  call: { readonly function: string; readonly array: string },
  loop: Span,
): Diagnostic {
  return error(
    'changed-in-foreach',
    span,
    `function call modifies '${call.array}' during 'foreach' iteration`,
    { notes: [{ span: loop, text: 'the foreach' }] },
  )
}

export function notAssignable(span: Span): Diagnostic {
  return error('not-assignable', span, 'only variables and array elements can be stored in')
}

export function emptyProgram(span: Span): Diagnostic {
  return error('no-probes', span, 'there is no probe in this script', {
    hint: 'a first one: probe begin { println("hello") }',
  })
}

export function nothingToProbe(span: Span): Diagnostic {
  return error('no-probes', span, 'no probes found: every probe of this script was left out')
}

export function localInCondition(span: Span, name: string): Diagnostic {
  return error(
    'local-in-condition',
    span,
    `the condition of a probe point can ask about globals, and '${name}' is none`,
  )
}

export function callInCondition(span: Span, name: string): Diagnostic {
  return error(
    'call-in-condition',
    span,
    `the condition of a probe point must not call a function, and '${name}' is one`,
  )
}

export function targetInCondition(span: Span, name: string): Diagnostic {
  return error(
    'target-in-condition',
    span,
    `unresolved target-symbol expression: the condition of a probe point can ask about globals, not about '${name}'`,
    { hint: `ask in the handler: if (${name} …) { … }` },
  )
}

export function changeInCondition(span: Span): Diagnostic {
  return error(
    'change-in-condition',
    span,
    'the condition of a probe point must not change or print anything',
  )
}

export function localInEntry(span: Span, name: string): Diagnostic {
  return error(
    'local-in-entry',
    span,
    `'${name}' has no value at the entry of the function, where this is worked out`,
  )
}

/** The one message for each part of the language that this version does not have. */
export function notSupported(span: Span, what: string, hint?: string): Diagnostic {
  return error('not-supported', span, `${what} in this version`, { hint })
}

// --- embedded C

export function embeddedNeedsGuru(span: Span): Diagnostic {
  return error('needs-guru', span, 'embedded C is for guru scripts only', {
    hint: 'run with -g, or use a function of the library',
  })
}

export function unknownPragmaGlobal(span: Span, name: string): Diagnostic {
  return error('unknown-pragma-global', span, `there is no global '${name}' for this pragma`)
}

// --- what is left out

export function elidedAssignment(span: Span, name: string): Diagnostic {
  return warning('elided', span, `eliding assignment to '${name}', which nothing reads`)
}

export function elidedExpression(span: Span): Diagnostic {
  return warning('elided', span, 'eliding side-effect-free expression')
}

export function idleFunction(span: Span, name: string): Diagnostic {
  return warning('elided', span, `side-effect-free function '${name}'`)
}

export function elidedProbe(span: Span, point: string): Diagnostic {
  return warning('elided-probe', span, `probe '${point}' has been elided: it does nothing`)
}
