import type { CheckedElement, CheckedExpression, Variable } from '../../sema/checked.ts'
import { number, ONE, register } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { operate } from './operator.ts'
import { valueBefore } from './order.ts'

type Assign = Extract<CheckedExpression, { kind: 'assign' }>
type Increment = Extract<CheckedExpression, { kind: 'increment' }>

export function lowerAssign(b: Builder, e: Assign): Operand {
  if (e.target.kind === 'element') return assignElement(b, e, e.target)
  // As SystemTap: the value first, then the old value of the variable.
  const value = b.value(e.value)
  const by = addend(b, e, value)
  if (e.target.kind === 'global' && by !== undefined) {
    const { global } = e.target
    return b.make('long', to => ({ op: 'global-add', global, by, to, gives: 'new' }))
  }
  if (e.operator === '') return assignVariable(b, e.target, value)
  const old = b.value(e.target)
  return assignVariable(b, e.target, operate(b, e.operator, old, value, e.operatorSpan))
}

/** Writes a local or a scalar; gives the value written. */
export function assignVariable(b: Builder, target: Variable, value: Operand): Operand {
  if (target.kind === 'local') {
    const to = b.local(target.local)
    b.copy(to, value)
    return register(to)
  }
  b.emit({ op: 'global-set', global: target.global, value })
  return value
}

function assignElement(b: Builder, e: Assign, target: CheckedElement): Operand {
  const { array, span } = target
  const keys = target.keys.map((key, i) =>
    valueBefore(b, key, [...target.keys.slice(i + 1), e.value]),
  )
  const value = b.value(e.value)
  const by = addend(b, e, value)
  if (by !== undefined) {
    return b.make('long', to => ({ op: 'element-add', array, keys, by, to, gives: 'new', span }))
  }
  let written = value
  if (e.operator !== '') {
    const old = b.make(target.type, to => ({ op: 'element-get', to, array, keys }))
    written = operate(b, e.operator, old, value, e.operatorSpan)
  }
  b.emit({ op: 'element-set', array, keys, value: written, span })
  return written
}

/** What `+=` and `-=` add, so that a shared long is changed in one atomic step. */
function addend(b: Builder, e: Assign, value: Operand): Operand | undefined {
  if (e.target.kind === 'local') return undefined
  if (e.operator === '+') return value
  if (e.operator !== '-') return undefined
  if (value.kind === 'number') return number(-value.value)
  return b.make('long', to => ({ op: 'unary', what: 'neg', to, a: value }))
}

/** `++` and `--`. Where the value is not used, `discarded` saves the copy of the old one. */
export function lowerIncrement(
  b: Builder,
  e: Increment,
  { discarded }: { discarded: boolean },
): Operand {
  const by = e.operator === '++' ? ONE : number(-1n)
  const gives = e.prefix || discarded ? 'new' : 'old'
  const { target } = e
  switch (target.kind) {
    case 'local': {
      const local = register(b.local(target.local))
      const old = gives === 'old' ? b.snapshot('long', local) : local
      b.copy(b.local(target.local), b.binary('add', local, by))
      return old
    }
    case 'global': {
      const { global } = target
      return b.make('long', to => ({ op: 'global-add', global, by, to, gives }))
    }
    case 'element': {
      const { array, span } = target
      const keys = target.keys.map((key, i) => valueBefore(b, key, target.keys.slice(i + 1)))
      return b.make('long', to => ({ op: 'element-add', array, keys, by, to, gives, span }))
    }
  }
}
