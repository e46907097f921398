import type { CheckedStatement } from '../../sema/checked.ts'
import { toBytes } from '../../text/bytes.ts'
import { placeText, type Span } from '../../text/source.ts'
import { tokenAt } from '../../text/token-at.ts'
import { emptyValue } from '../instruction.ts'
import { assignVariable } from './assign.ts'
import type { Builder } from './builder.ts'
import { lowerDelete } from './element.ts'
import { lowerFor, lowerForeach, lowerWhile } from './loop.ts'

type Next = Extract<CheckedStatement, { kind: 'next' }>
type If = Extract<CheckedStatement, { kind: 'if' }>
type Return = Extract<CheckedStatement, { kind: 'return' }>
type Try = Extract<CheckedStatement, { kind: 'try' }>

export function lowerStatement(b: Builder, s: CheckedStatement): void {
  switch (s.kind) {
    case 'block':
      for (const inner of s.statements) b.statement(inner)
      break
    case 'expression':
      b.effect(s.expression)
      break
    case 'if':
      lowerIf(b, s)
      break
    case 'while':
      lowerWhile(b, s)
      break
    case 'for':
      lowerFor(b, s)
      break
    case 'foreach':
      lowerForeach(b, s)
      break
    case 'break':
    case 'continue':
      lowerJump(b, s.kind)
      break
    case 'next':
      lowerNext(b, s)
      break
    case 'return':
      lowerReturn(b, s)
      break
    case 'delete':
      lowerDelete(b, s)
      break
    case 'try':
      lowerTry(b, s)
      break
    case 'embedded':
      throw new Error('embedded code reached the translation to IR')
  }
}

function lowerIf(b: Builder, s: If): void {
  const then = b.block()
  const after = b.block()
  const otherwise = s.otherwise === undefined ? after : b.block()
  b.test(s.test, then, otherwise)
  b.start(then)
  b.statement(s.then)
  b.jump(after)
  if (s.otherwise !== undefined) {
    b.start(otherwise)
    b.statement(s.otherwise)
  }
  b.start(after)
}

function lowerJump(b: Builder, kind: 'break' | 'continue'): void {
  const { loop } = b
  if (loop === undefined) throw new Error(`'${kind}' outside a loop reached the IR`)
  b.jump(kind === 'break' ? loop.onBreak : loop.onContinue)
}

/** Ends the handler; in a function, goes on to its next overload, with an error behind the last. */
function lowerNext(b: Builder, { span }: Next): void {
  const { overload } = b
  if (overload === undefined) b.end({ op: 'return' })
  else if (overload.onNext !== undefined) b.jump(overload.onNext)
  // It is an error of the call, so that no `try` around the `next` sees it.
  else b.unguarded(() => b.fail({ kind: 'text', value: exhausted(span) }, span))
}

function exhausted(span: Span): string {
  return toBytes(`all functions exhausted near ${tokenAt(span)} at ${placeText(span)}`)
}

function lowerReturn(b: Builder, s: Return): void {
  const { result } = b.body
  if (result === 'void') {
    if (s.value !== undefined) b.effect(s.value)
    b.end({ op: 'return' })
  } else {
    b.end({ op: 'return', value: s.value === undefined ? emptyValue(result) : b.value(s.value) })
  }
}

function lowerTry(b: Builder, s: Try): void {
  const handler = b.block()
  const after = b.block()
  b.guarded(handler, () => {
    b.statement(s.body)
    b.jump(after)
  })
  b.start(handler)
  if (s.message !== undefined) {
    assignVariable(
      b,
      s.message,
      b.make('string', to => ({ op: 'caught', to })),
    )
  }
  b.statement(s.handler)
  b.start(after)
}
