import type {
  CheckedExpression,
  CheckedHistogram,
  CheckedKey,
  CheckedProbe,
  CheckedStatement,
  Global,
} from '../../src/sema/checked.ts'

/** A checked handler on one line, for tests: `print["%d\n"](load4(arg0:8 + 8))`. */
export function probeText(p: CheckedProbe): string {
  const condition = p.condition === undefined ? '' : ` if ${text(p.condition)}`
  const entries = p.entries.length === 0 ? '' : ` entries(${p.entries.map(text).join(', ')})`
  return `${p.points.map(point => point.text).join(', ')}${condition}${entries} ${statementText(p.body)}`
}

export function statementText(s: CheckedStatement): string {
  switch (s.kind) {
    case 'block':
      return `{ ${s.statements.map(statementText).join('; ')} }`
    case 'expression':
      return text(s.expression)
    case 'if': {
      const otherwise = s.otherwise === undefined ? '' : ` else ${statementText(s.otherwise)}`
      return `if (${text(s.test)}) ${statementText(s.then)}${otherwise}`
    }
    case 'while':
      return `while (${text(s.test)}) ${statementText(s.body)}`
    case 'for': {
      const head = [s.start, s.test, s.step].map(e => (e === undefined ? '' : text(e)))
      return `for (${head.join('; ')}) ${statementText(s.body)}`
    }
    case 'foreach': {
      const sort =
        s.sort === undefined ? '' : ` by ${s.sort.by} ${s.sort.ascending ? 'up' : 'down'}`
      const limit = s.limit === undefined ? '' : ` limit ${text(s.limit)}`
      const value = s.value === undefined ? '' : `${text(s.value)} = `
      const keys = s.keys.map(text).join(', ')
      return `foreach (${value}[${keys}] in ${arrayText(s.array)}${sort}${limit}) ${statementText(s.body)}`
    }
    case 'break':
    case 'continue':
    case 'next':
      return s.kind
    case 'return':
      return s.value === undefined ? 'return' : `return ${text(s.value)}`
    case 'delete':
      return `delete ${s.global.name}${s.keys === undefined ? '' : `[${keys(s.keys)}]`}`
    case 'try': {
      const message = s.message === undefined ? '' : ` (${text(s.message)})`
      return `try ${statementText(s.body)} catch${message} ${statementText(s.handler)}`
    }
    case 'embedded':
      return '%{…%}'
  }
}

function text(e: CheckedExpression): string {
  switch (e.kind) {
    case 'number':
      return String(e.value)
    case 'string':
      return JSON.stringify(e.value)
    case 'local':
      return `${e.local.name}:${e.type}`
    case 'global':
      return `@${e.global.name}:${e.type}`
    case 'element':
      return `@${e.array.name}[${keys(e.keys)}]:${e.type}`
    case 'call':
      return `${e.function.name}(${e.arguments.map(text).join(', ')}):${e.type}`
    case 'print': {
      const format = e.format.map(p =>
        p.kind === 'literal' ? p.text : `%${p.flag}${p.conversion}`,
      )
      const name = e.type === 'string' ? 'sprint' : 'print'
      return `${name}${JSON.stringify(format.join(''))}(${e.arguments.map(text).join(', ')})`
    }
    case 'unary':
      return `${e.operator}${text(e.operand)}`
    case 'increment':
      return e.prefix ? `${e.operator}${text(e.target)}` : `${text(e.target)}${e.operator}`
    case 'binary':
      return `(${text(e.left)} ${e.operator} ${text(e.right)})`
    case 'in':
      return `([${keys(e.keys)}] in ${e.array.name})`
    case 'conditional':
      return `(${text(e.test)} ? ${text(e.then)} : ${text(e.otherwise)})`
    case 'assign':
      return `${text(e.target)} ${e.operator}= ${text(e.value)}`
    case 'argument':
      return `arg${e.index}:${e.signed ? '-' : ''}${e.size}`
    case 'result':
      return `result:${e.signed ? '-' : ''}${e.size}`
    case 'entry':
      return `entry${e.index}`
    case 'load': {
      const bits = e.bitfield === undefined ? '' : `[${e.bitfield.shift}+${e.bitfield.width}]`
      return `load${e.signed ? '-' : ''}${e.size}(${text(e.address)})${bits}`
    }
    case 'address': {
      const index = e.index === undefined ? '' : ` + ${text(e.index)}*${e.scale}`
      return `${text(e.base)} + ${e.offset}${index}`
    }
    case 'match':
      return `(${text(e.left)} ${e.negated ? '!~' : '=~'} ${JSON.stringify(e.pattern)})`
    case 'accumulate':
      return `${elementText(e)} <<< ${text(e.value)}`
    case 'aggregate':
      return `@${e.extractor}(${elementText(e)})`
    case 'bucket':
      return `${arrayText(e.histogram)}[${text(e.index)}]`
    case 'in-histogram':
      return `(${text(e.index)} in ${arrayText(e.histogram)})`
    case 'print-histogram':
      return `print(${arrayText(e.histogram)})`
    case 'embedded':
      return '%{…%}'
    case 'store':
      return `store${e.size}(${text(e.address)}, ${text(e.value)})`
    case 'set-value':
      return `${text(e.of)} = ${text(e.value)}`
    case 'quoted-string':
      return `quoted(${text(e.address)})`
    case 'enum-name':
      return `enum-name(${text(e.value)})`
    case 'symbol':
      return `symbol(${e.name})`
    case 'context':
      return e.name
    case 'set-context':
      return `${e.name} = ${text(e.value)}`
    case 'register':
      return `register(${e.number})`
    case 'perf-counter':
      return `@perf(${e.counter})`
  }
}

function elementText(e: {
  readonly global: Global
  readonly keys: readonly CheckedExpression[]
}): string {
  return e.keys.length === 0 ? e.global.name : `${e.global.name}[${keys(e.keys)}]`
}

function arrayText(array: Global | CheckedHistogram): string {
  if (array.kind !== 'histogram') return array.name
  const { shape } = array
  const size = shape.kind === 'log' ? '' : ` ${shape.low}..${shape.high}/${shape.width}`
  return `${shape.kind}(${elementText(array)}${size})`
}

function keys(list: readonly CheckedKey[]): string {
  return list.map(k => (k.kind === 'any' ? '*' : text(k))).join(', ')
}
