import { base } from './constant-type.ts'

/** What a constant expression of C is worked out with. */
export interface ConstantScope {
  readonly constant: (name: string) => bigint | undefined
  /** Bytes of a type by its name, `struct sk_buff`; undefined where there is none. */
  readonly sizeOf: (type: string) => number | undefined
  /** Bytes from the start of a struct to a member, `dev` or `dev.name`. */
  readonly offsetOf: (type: string, member: string) => number | undefined
}

export type Constant =
  | { readonly value: bigint }
  | { readonly text: string }
  /** A name that is none, or what else is wrong. */
  | { readonly unknown: string }
  | { readonly wrong: string }

const MAX_LENGTH = 2000
const MAX_DEPTH = 64

/** Works out `PF_INET | 2`, `sizeof(struct sk_buff) - 1`, `"text"`: integers of 64 bits. */
export function evaluateConstant(text: string, scope: ConstantScope): Constant {
  if (text.length > MAX_LENGTH) return { wrong: 'it is too long' }
  const literal = /^\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(text)
  if (literal !== null) return { text: (literal[1] ?? '').replace(/\\(.)/g, '$1') }
  const tokens = tokensOf(text)
  if (tokens === undefined) return { wrong: 'it has characters that are none of C' }
  const reader = new Reader(tokens, scope)
  const value = reader.conditional(0)
  if (reader.problem !== undefined) return reader.problem
  return reader.atEnd
    ? { value: BigInt.asIntN(64, value) }
    : { wrong: `'${reader.here}' is too much` }
}

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|[0-9]+|'(?:[^'\\]|\\.)'|[A-Za-z_][A-Za-z0-9_]*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>?:()[\].,])/y
const SUFFIX = /[uUlL]{0,3}/y

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = []
  for (let at = 0; text.slice(at).trim() !== ''; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) return undefined
    tokens.push(token)
    at = TOKEN.lastIndex
    if (/^[0-9]/.test(token)) {
      SUFFIX.lastIndex = at
      at += SUFFIX.exec(text)?.[0].length ?? 0
    }
  }
  return tokens
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Reads and works out at once. After a problem everything is 0. */
class Reader {
  problem: Exclude<Constant, { value: bigint } | { text: string }> | undefined
  readonly #tokens: readonly string[]
  readonly #scope: ConstantScope
  #at = 0

  constructor(tokens: readonly string[], scope: ConstantScope) {
    this.#tokens = tokens
    this.#scope = scope
  }

  get here(): string {
    return this.#tokens[this.#at] ?? ''
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  conditional(depth: number): bigint {
    if (depth > MAX_DEPTH) return this.#fail({ wrong: 'it nests too deeply' })
    const test = this.#binary(0, depth)
    if (!this.#eat('?')) return test
    const then = this.conditional(depth + 1)
    this.#expect(':')
    const otherwise = this.conditional(depth + 1)
    return test === 0n ? otherwise : then
  }

  #binary(level: number, depth: number): bigint {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary(depth)
    let left = this.#binary(level + 1, depth)
    while (this.problem === undefined && operators.includes(this.here)) {
      const operator = this.here
      this.#at++
      left = this.#apply(operator, left, this.#binary(level + 1, depth))
    }
    return left
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    if ((operator === '/' || operator === '%') && b === 0n) {
      return this.#fail({ wrong: 'it divides by 0' })
    }
    return BigInt.asIntN(64, calculate(operator, a, b))
  }

  #unary(depth: number): bigint {
    if (depth > MAX_DEPTH) return this.#fail({ wrong: 'it nests too deeply' })
    const operator = this.here
    if (!['-', '+', '~', '!'].includes(operator)) return this.#primary(depth)
    this.#at++
    const operand = this.#unary(depth + 1)
    if (operator === '!') return operand === 0n ? 1n : 0n
    return operator === '-' ? -operand : operator === '~' ? ~operand : operand
  }

  #primary(depth: number): bigint {
    const token = this.here
    if (token === '') return this.#fail({ wrong: 'it ends too early' })
    if (token === '(') return this.#parentheses(depth)
    this.#at++
    if (/^0[0-7]+$/.test(token)) return BigInt(`0o${token.slice(1)}`)
    if (/^0[0-9]+$/.test(token)) return this.#fail({ wrong: `'${token}' is no octal number` })
    if (/^[0-9]/.test(token)) return BigInt(token)
    if (token.startsWith("'")) return characterOf(token)
    if (token === 'sizeof' || token === '__builtin_offsetof' || token === 'offsetof') {
      return this.#measure(token)
    }
    if (!/^[A-Za-z_]/.test(token))
      return this.#fail({ wrong: `'${token}' stands where a value should` })
    return this.#scope.constant(token) ?? this.#fail({ unknown: token })
  }

  /** A cast to an integer type, or an expression. */
  #parentheses(depth: number): bigint {
    const close = this.#tokens.indexOf(')', this.#at)
    const inside = this.#tokens.slice(this.#at + 1, close)
    const type = close < 0 ? undefined : base(inside.join(' '))
    this.#at++
    if (type === undefined) {
      const value = this.conditional(depth + 1)
      this.#expect(')')
      return value
    }
    this.#at = close + 1
    const operand = this.#unary(depth + 1)
    return type.signed ? BigInt.asIntN(type.bits, operand) : BigInt.asUintN(type.bits, operand)
  }

  #measure(word: string): bigint {
    const close = this.#tokens.indexOf(')', this.#at)
    if (!this.#eat('(') || close < 0)
      return this.#fail({ wrong: `'${word}' needs a type in parentheses` })
    const inside = this.#tokens.slice(this.#at, close)
    this.#at = close + 1
    const comma = inside.indexOf(',')
    const type = inside.slice(0, comma < 0 ? undefined : comma).join(' ')
    if (word === 'sizeof') {
      const size = this.#scope.sizeOf(type)
      return size === undefined ? this.#fail({ unknown: type }) : BigInt(size)
    }
    const offset = this.#scope.offsetOf(type, inside.slice(comma + 1).join(''))
    return offset === undefined ? this.#fail({ unknown: inside.join(' ') }) : BigInt(offset)
  }

  #eat(token: string): boolean {
    if (this.here !== token) return false
    this.#at++
    return true
  }

  #expect(token: string): void {
    if (!this.#eat(token)) this.#fail({ wrong: `it lacks '${token}'` })
  }

  #fail(problem: NonNullable<Reader['problem']>): bigint {
    this.problem ??= problem
    this.#at = this.#tokens.length
    return 0n
  }
}

function calculate(operator: string, a: bigint, b: bigint): bigint {
  const truth = (is: boolean): bigint => (is ? 1n : 0n)
  switch (operator) {
    case '||':
      return truth(a !== 0n || b !== 0n)
    case '&&':
      return truth(a !== 0n && b !== 0n)
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '&':
      return a & b
    case '==':
      return truth(a === b)
    case '!=':
      return truth(a !== b)
    case '<':
      return truth(a < b)
    case '>':
      return truth(a > b)
    case '<=':
      return truth(a <= b)
    case '>=':
      return truth(a >= b)
    case '<<':
      return a << (b & 63n)
    case '>>':
      return a >> (b & 63n)
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    default:
      return a % b
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['0', '\0'],
])

function characterOf(token: string): bigint {
  const inside = token.slice(1, -1)
  const char = inside.startsWith('\\') ? (ESCAPES.get(inside.slice(1)) ?? inside.slice(1)) : inside
  return BigInt(char.charCodeAt(0))
}
