import type { Format } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import type {
  CheckedExpression,
  CheckedForeach,
  CheckedHistogram,
  CheckedKey,
  CheckedStatement,
  Global,
} from './checked.ts'

/** The lines of a body, spelled as `stap -p2 -v` spells them: operands stand in parentheses. */
export function statementLines(s: CheckedStatement): readonly string[] {
  return statementText(s).split('\n')
}

function statementText(s: CheckedStatement): string {
  switch (s.kind) {
    case 'block':
      return `{\n${s.statements.map(inner => `${statementText(inner)};\n`).join('')}}`
    case 'expression':
      return expressionText(s.expression)
    case 'if': {
      const otherwise = s.otherwise === undefined ? '' : `else ${inner(s.otherwise)}\n`
      return `if (${expressionText(s.test)}) ${inner(s.then)}\n${otherwise}`
    }
    case 'while':
      return `for (; ${expressionText(s.test)}; ) ${inner(s.body)}`
    case 'for': {
      const head = [s.start, s.test, s.step].map(e => (e === undefined ? '' : expressionText(e)))
      return `for (${head.join('; ')}) ${inner(s.body)}`
    }
    case 'foreach':
      return foreachText(s)
    case 'break':
    case 'continue':
    case 'next':
      return s.kind
    case 'embedded':
      return `%{${s.text}%}`
    case 'return':
      return s.value === undefined ? 'return' : `return ${expressionText(s.value)}`
    case 'delete':
      return `delete ${s.global.name}${s.keys === undefined ? '' : `[${keysText(s.keys)}]`}`
    case 'try': {
      const message = s.message === undefined ? '' : ` (${expressionText(s.message)})`
      return `try ${statementText(s.body)} catch${message} ${statementText(s.handler)}\n`
    }
  }
}

/** A block of one statement is that statement. */
function inner(s: CheckedStatement): string {
  const [only] = s.kind === 'block' && s.statements.length === 1 ? s.statements : []
  return only === undefined ? statementText(s) : inner(only)
}

function foreachText(s: CheckedForeach): string {
  const { sort } = s
  const mark = sort === undefined ? '' : sort.ascending ? '+' : '-'
  const keys = s.keys.map((k, i) => `${expressionText(k)}${sort?.by === i ? mark : ''}`)
  const value = s.value === undefined ? '' : `${expressionText(s.value)} = `
  const array = s.array.kind === 'histogram' ? histogramText(s.array) : s.array.name
  const slice = s.slice === undefined ? '' : `[${keysText(s.slice)}]`
  const aggregate = sort?.aggregate === undefined ? '' : ` @${sort.aggregate}`
  const order = sort?.by === 'value' ? `${aggregate}${mark}` : ''
  const limit = s.limit === undefined ? '' : ` limit ${expressionText(s.limit)}`
  const head = `${value}[${keys.join(', ')}] in ${array}${slice}${order}${limit}`
  return `foreach (${head}) ${inner(s.body)}`
}

/** An expression as `-p2` shows it; what comes of target variables, as the script has it. */
export function expressionText(e: CheckedExpression): string {
  switch (e.kind) {
    case 'number':
      return String(e.value)
    case 'string':
      return quote(e.value)
    case 'local':
      return e.local.name
    case 'global':
      return e.global.name
    case 'element':
      return `${e.array.name}[${keysText(e.keys)}]`
    case 'call':
      return `${e.function.name}(${list(e.arguments)})`
    case 'print': {
      const name = e.type === 'string' ? 'sprintf' : 'printf'
      return `${name}(${[quote(formatText(e.format)), ...e.arguments.map(expressionText)].join(', ')})`
    }
    case 'unary':
      return `${e.operator}(${expressionText(e.operand)})`
    case 'increment': {
      const target = `(${expressionText(e.target)})`
      return e.prefix ? `${e.operator}${target}` : `${target}${e.operator}`
    }
    case 'binary':
      return `(${expressionText(e.left)}) ${e.operator} (${expressionText(e.right)})`
    case 'match':
      return `(${expressionText(e.left)}) ${e.negated ? '!~' : '=~'} ${quote(e.pattern)}`
    case 'in':
      return `[${keysText(e.keys)}] in ${e.array.name}`
    case 'conditional': {
      const [test, then, otherwise] = [e.test, e.then, e.otherwise].map(expressionText)
      return `(${test})?(${then}):(${otherwise})`
    }
    case 'assign':
      return `(${expressionText(e.target)}) ${e.operator}= (${expressionText(e.value)})`
    case 'accumulate':
      return `(${statisticText(e)}) <<< (${expressionText(e.value)})`
    case 'aggregate':
      return `@${e.extractor}(${statisticText(e)})`
    case 'bucket':
      return `${histogramText(e.histogram)}[${expressionText(e.index)}]`
    case 'in-histogram':
      return `[${expressionText(e.index)}] in ${histogramText(e.histogram)}`
    case 'print-histogram': {
      const name = `${e.type === 'string' ? 's' : ''}print${e.newline ? 'ln' : ''}`
      return `${name}(${histogramText(e.histogram)})`
    }
    case 'embedded':
      return `%{${e.text}%}`
    case 'argument':
    case 'result':
    case 'entry':
    case 'load':
    case 'address':
    case 'store':
    case 'set-value':
    case 'quoted-string':
    case 'enum-name':
    case 'symbol':
    case 'context':
    case 'set-context':
    case 'register':
    case 'perf-counter':
      return written(e.span)
  }
}

function written({ source, start, end }: Span): string {
  return source.text.slice(start, end).replace(/\s+/g, ' ')
}

function list(expressions: readonly CheckedExpression[]): string {
  return expressions.map(expressionText).join(', ')
}

function keysText(keys: readonly CheckedKey[]): string {
  return keys.map(k => (k.kind === 'any' ? '*' : expressionText(k))).join(', ')
}

interface Statistic {
  readonly global: Global
  readonly keys: readonly CheckedExpression[]
}

function statisticText({ global, keys }: Statistic): string {
  return keys.length === 0 ? global.name : `${global.name}[${list(keys)}]`
}

function histogramText(h: CheckedHistogram): string {
  const of = statisticText(h)
  if (h.shape.kind === 'log') return `@hist_log(${of})`
  const { low, high, width } = h.shape
  return `@hist_linear(${of}, ${low}, ${high}, ${width})`
}

function formatText(format: Format): string {
  return format
    .map(piece => {
      if (piece.kind === 'literal') return piece.text.replaceAll('%', '%%')
      const { flag, width = '', precision, conversion } = piece
      return `%${flag}${width}${precision === undefined ? '' : `.${precision}`}${conversion}`
    })
    .join('')
}

/** Bytes that are no visible ASCII are spelled in octal. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')
  return `"${escaped.replace(/[^ -~]/g, octal)}"`
}

function octal(char: string): string {
  return `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
}
