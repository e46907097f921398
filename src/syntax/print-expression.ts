import type {
  Accessor,
  CastExpression,
  Expression,
  InExpression,
  MemberExpression,
  NumberLiteral,
  SliceKey,
  StringLiteral,
  TargetExpression,
  UnaryExpression,
} from './ast.ts'
import { encodeString } from './string-literal.ts'

// How tightly each form binds, loosest first; as in expression.ts.
const ASSIGN = 0
const CONDITIONAL = 1
const IN = 7
const COMPARISON = 8
const UNARY = 13
const INCREMENT = 14
const POSTFIX = 15
const PRIMARY = 16

const binary: ReadonlyMap<string, number> = new Map([
  ['||', 2],
  ['&&', 3],
  ['|', 4],
  ['^', 5],
  ['&', 6],
  ...['<', '>', '<=', '>=', '==', '!='].map((o): [string, number] => [o, COMPARISON]),
  ...['<<', '>>', '>>>'].map((o): [string, number] => [o, 9]),
  ['.', 10],
  ['+', 11],
  ['-', 11],
  ['*', 12],
  ['/', 12],
  ['%', 12],
])

/** An expression as script text, with no more parentheses than it needs. */
export function printExpression(e: Expression): string {
  return print(e, ASSIGN)
}

/** `least`: a key in front of `in` may be no looser than a comparison. */
export function printKeys(keys: readonly SliceKey[], least: number = ASSIGN): string {
  return keys.map(k => (k.kind === 'any' ? '*' : print(k, least))).join(', ')
}

export function printLiteral(literal: NumberLiteral | StringLiteral): string {
  if (literal.kind === 'string') return encodeString(literal.value)
  // As an operand a literal has no sign: this is how a negative value can be written as one.
  if (literal.value < 0n) return `0x${BigInt.asUintN(64, literal.value).toString(16)}`
  return String(literal.value)
}

/** With parentheses if it binds more loosely than its place asks for. */
function print(e: Expression, least: number): string {
  const text = bare(e)
  return bindingOf(e) < least ? `(${text})` : text
}

function bindingOf(e: Expression): number {
  switch (e.kind) {
    case 'assign':
      return ASSIGN
    case 'conditional':
      return CONDITIONAL
    case 'binary':
      return binary.get(e.operator) ?? ASSIGN
    case 'in':
      return IN
    case 'match':
      return COMPARISON
    case 'unary':
      return UNARY
    case 'increment':
      return INCREMENT
    case 'target':
    case 'cast':
    case 'member':
      return POSTFIX
    case 'number':
    case 'string':
    case 'name':
    case 'element':
    case 'call':
    case 'print':
    case 'operator':
    case 'aggregate':
    case 'histogram':
    case 'embedded':
      return PRIMARY
  }
}

function bare(e: Expression): string {
  switch (e.kind) {
    case 'number':
    case 'string':
      return printLiteral(e)
    case 'name':
      return e.name
    case 'element':
      return `${print(e.array, PRIMARY)}[${printKeys(e.keys)}]`
    case 'call':
      return call(e.name, e.arguments)
    case 'print':
      return call(e.name, e.literal === undefined ? e.arguments : [e.literal, ...e.arguments])
    case 'unary':
      return printUnary(e)
    case 'increment': {
      const target = print(e.target, POSTFIX)
      return e.prefix ? `${e.operator}${target}` : `${target}${e.operator}`
    }
    case 'binary': {
      const level = binary.get(e.operator) ?? ASSIGN
      // A match binds like a comparison, and is not the operand of one.
      const left = e.left.kind === 'match' && level >= COMPARISON ? level + 1 : level
      return `${print(e.left, left)} ${e.operator} ${print(e.right, level + 1)}`
    }
    case 'match':
      return `${print(e.left, COMPARISON + 1)} ${e.operator} ${printLiteral(e.pattern)}`
    case 'in':
      return printIn(e)
    case 'conditional': {
      const values = `${print(e.then, ASSIGN)} : ${print(e.otherwise, CONDITIONAL)}`
      return `${print(e.test, CONDITIONAL + 1)} ? ${values}`
    }
    case 'assign':
      return `${print(e.target, POSTFIX)} ${e.operator} ${print(e.value, ASSIGN)}`
    case 'target':
      return `${e.addressOf ? '&' : ''}${symbol(e)}${path(e)}`
    case 'member':
      return `${e.addressOf ? '&' : ''}${base(e.base, e.path)}${path(e)}`
    case 'cast': {
      const where = e.module === undefined ? '' : `, ${encodeString(e.module)}`
      const head = `@cast(${print(e.operand, ASSIGN)}, ${encodeString(e.type)}${where})`
      return `${e.addressOf ? '&' : ''}${head}${path(e)}`
    }
    case 'operator':
      return call(e.name, e.arguments)
    case 'aggregate':
    case 'histogram':
      return call(e.name, [e.statistic, ...e.parameters])
    case 'embedded':
      return `%{${e.text}%}`
  }
}

function call(name: string, list: readonly Expression[]): string {
  return `${name}(${list.map(a => print(a, ASSIGN)).join(', ')})`
}

/** A space where two signs would run together: `- -x`, `! ~x`. */
function printUnary({ operator, operand }: UnaryExpression): string {
  const text = print(operand, UNARY)
  const first = text.charAt(0)
  const joins = first === operator || (operator === '!' && first === '~')
  return joins && operator !== '~' ? `${operator} ${text}` : `${operator}${text}`
}

function printIn({ keys, array }: InExpression): string {
  const [only] = keys
  const single = keys.length === 1 && only !== undefined && only.kind !== 'any'
  const list = single ? print(only, COMPARISON) : `[${printKeys(keys, COMPARISON)}]`
  return `${list} in ${print(array, PRIMARY)}`
}

function symbol({ name, variable }: TargetExpression): string {
  if (variable === undefined) return name
  const where = variable.module === undefined ? '' : `, ${encodeString(variable.module)}`
  return `@var(${encodeString(name)}${where})`
}

/** What a member is taken from; in parentheses if it would read the path as its own. */
function base(e: Expression, path: readonly Accessor[]): string {
  const ownsPath = e.kind === 'target' || e.kind === 'cast' || e.kind === 'member'
  const ownsIndex = (e.kind === 'name' || e.kind === 'histogram') && path[0]?.kind === 'index'
  return ownsPath || ownsIndex ? `(${bare(e)})` : print(e, PRIMARY)
}

function path(e: TargetExpression | CastExpression | MemberExpression): string {
  const steps = e.path.map(a =>
    a.kind === 'field' ? `->${a.name}` : `[${print(a.index, ASSIGN)}]`,
  )
  // `(e)->$` has no member to carry the mark.
  const arrow = e.kind === 'member' && e.path.length === 0 && e.pretty > 0 ? '->' : ''
  return `${steps.join('')}${arrow}${'$'.repeat(e.pretty)}`
}
