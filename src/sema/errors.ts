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
  ['then', "the branch of an 'if' follows its condition: if (x) println(x)"],
])

export function unknownFunction(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-function', span, `there is no function '${name}'`, {
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

export function undefinedVariable(
  span: Span,
  name: string,
  known: { readonly near: readonly string[]; readonly isFunction: boolean },
): Diagnostic {
  return error('undefined-variable', span, `nothing is ever stored in '${name}'`, {
    hint: known.isFunction
      ? `'${name}' is a function: write ${name}()`
      : (foreignWords.get(name) ??
        didYouMean(known.near) ??
        `a variable shared between probes is declared: global ${name}`),
  })
}

export function neverAssigned(span: Span, name: string, near: readonly string[]): Diagnostic {
  return warning('never-assigned', span, `nothing is ever stored in '${name}'`, {
    hint: didYouMean(near),
  })
}

export function undeclaredArray(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('undeclared-array', span, `there is no array '${name}'`, {
    hint: didYouMean(near) ?? `an array is declared outside of probes: global ${name}`,
  })
}

export function duplicateGlobal(span: Span, name: string, first: Span): Diagnostic {
  return error('duplicate-global', span, `'${name}' is declared already`, {
    notes: [{ span: first, text: 'here' }],
  })
}

export function duplicateFunction(span: Span, name: string, first: Span): Diagnostic {
  return error(
    'duplicate-function',
    span,
    `there is another function '${name}' with as many parameters`,
    {
      notes: [{ span: first, text: 'the other one' }],
      hint: 'functions of one name must differ in the number of their parameters',
    },
  )
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
    `${article(what.wanted)} is needed here, not ${article(what.found)}${because}`,
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

export function voidValue(span: Span, name: string): Diagnostic {
  return error('void-value', span, `'${name}' gives no value`)
}

export function arrayAsScalar(span: Span, name: string, shaped?: Span): Diagnostic {
  return error('array-as-scalar', span, `'${name}' is an array, and has no key here`, {
    notes: shaped === undefined ? [] : [{ span: shaped, text: 'here it has' }],
  })
}

export function keyCount(
  span: Span,
  name: string,
  keys: { readonly given: number; readonly first: number; readonly shaped: Span | undefined },
): Diagnostic {
  const notes = keys.shaped === undefined ? [] : [{ span: keys.shaped, text: 'the first use' }]
  const text =
    keys.first === 0
      ? `'${name}' is not an array: it has no keys where it is used first`
      : `'${name}' has ${count(keys.first, 'key')} where it is used first, and ${keys.given} here`
  return error('key-count', span, text, { notes })
}

// --- statements

export function outsideLoop(span: Span, word: string): Diagnostic {
  return error('outside-loop', span, `'${word}' is not in a loop`)
}

export function returnInProbe(span: Span): Diagnostic {
  return error('return-in-probe', span, "'return' is not in a function", {
    hint: "'next' ends the handler of a probe",
  })
}

export function nextInFunction(span: Span): Diagnostic {
  return error('next-in-function', span, "'next' in a function is not supported in this version", {
    hint: "'return' ends the function",
  })
}

export function changedInForeach(span: Span, name: string, loop: Span): Diagnostic {
  return error('changed-in-foreach', span, `'${name}' changes while a foreach goes over it`, {
    notes: [{ span: loop, text: 'the foreach' }],
    hint: 'collect the keys, or change the array after the loop',
  })
}

export function changedByCall(
  span: Span,
  call: { readonly function: string; readonly array: string },
  loop: Span,
): Diagnostic {
  return error(
    'changed-in-foreach',
    span,
    `'${call.function}' changes '${call.array}' while a foreach goes over it`,
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
  return error('no-probes', span, 'no probe point of this script was found')
}

export function localInCondition(span: Span, name: string): Diagnostic {
  return error(
    'local-in-condition',
    span,
    `the condition of a probe point can ask about globals, and '${name}' is none`,
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

export function noStatistics(span: Span): Diagnostic {
  return notSupported(span, 'statistics (<<<, @count, @hist_log and so on) are not supported')
}

export function noEmbeddedCode(span: Span): Diagnostic {
  return notSupported(
    span,
    'embedded C is not supported',
    'most of what it is used for is a function of the library',
  )
}
