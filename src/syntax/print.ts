import type {
  AliasItem,
  Block,
  EmbeddedCode,
  ForeachStatement,
  ForStatement,
  FunctionItem,
  GlobalItem,
  IfStatement,
  Item,
  PointComponent,
  ProbePoint,
  ScriptFile,
  SliceKey,
  Statement,
} from './ast.ts'
import { printExpression, printKeys, printLiteral } from './print-expression.ts'

/**
 * The tree as script text, which reads back as the same tree. Comments, macros and the layout of
 * the original are gone.
 */
export function printFile(file: ScriptFile): string {
  return file.items.map(item => `${printItem(item)}\n`).join('')
}

function printItem(item: Item): string {
  switch (item.kind) {
    case 'probe':
      return `probe ${item.points.map(printProbePoint).join(', ')} ${printBlock(item.body, '')}`
    case 'alias':
      return printAlias(item)
    case 'global':
      return printGlobal(item)
    case 'function':
      return printFunction(item)
    case 'embedded-item':
      return printEmbedded(item.code)
  }
}

export function printProbePoint(point: ProbePoint): string {
  const mark = point.sufficient ? ' !' : point.optional ? ' ?' : ''
  const condition = point.condition === undefined ? '' : ` if (${printExpression(point.condition)})`
  return `${printComponents(point.components)}${mark}${condition}`
}

function printComponents(components: readonly PointComponent[]): string {
  return components
    .map(({ name, argument }) =>
      argument === undefined ? name : `${name}(${printLiteral(argument)})`,
    )
    .join('.')
}

function printAlias({ name, points, prologue, epilogue }: AliasItem): string {
  const list = points.map(printProbePoint).join(', ')
  const head = printComponents(name)
  if (prologue === undefined) {
    return `probe ${head} += ${list} ${epilogue === undefined ? '{}' : printBlock(epilogue, '')}`
  }
  const second = epilogue === undefined ? '' : `, ${printBlock(epilogue, '')}`
  return `probe ${head} = ${list} ${printBlock(prologue, '')}${second}`
}

function printGlobal(item: GlobalItem): string {
  const size = item.size === undefined ? '' : `[${item.size}]`
  const initial = item.initial === undefined ? '' : ` = ${printLiteral(item.initial)}`
  const word = item.private ? 'private global' : 'global'
  return `${word} ${item.name}${item.wrap ? '%' : ''}${size}${initial}`
}

function printFunction(item: FunctionItem): string {
  const { name, type, priority, body } = item
  const parameters = item.parameters.map(p => (p.type ? `${p.name}:${p.type}` : p.name))
  const word = item.private ? 'private function' : 'function'
  const head = `${word} ${name}${type ? `:${type}` : ''}(${parameters.join(', ')})`
  const order = priority === undefined ? '' : `:${priority}`
  return `${head}${order} ${body.kind === 'block' ? printBlock(body, '') : printEmbedded(body)}`
}

function printEmbedded(code: EmbeddedCode): string {
  return `%{${code.text}%}`
}

function printBlock({ statements }: Block, indent: string): string {
  if (statements.length === 0) return '{}'
  const inner = `${indent}  `
  const lines = statements.map((statement, i) => {
    const text = printStatement(statement, inner)
    const next = statements[i + 1]
    const needed = next !== undefined && runsOn(statement, next, inner)
    return `${inner}${text}${needed ? ';' : ''}\n`
  })
  return `{\n${lines.join('')}${indent}}`
}

function printStatement(s: Statement, indent: string): string {
  switch (s.kind) {
    case 'block':
      return printBlock(s, indent)
    case 'expression':
      return printExpression(s.expression)
    case 'if':
      return printIf(s, indent)
    case 'while':
      return `while (${printExpression(s.test)}) ${printStatement(s.body, indent)}`
    case 'for':
      return printFor(s, indent)
    case 'foreach':
      return printForeach(s, indent)
    case 'break':
    case 'continue':
    case 'next':
      return s.kind
    case 'return':
      return s.value === undefined ? 'return' : `return ${printExpression(s.value)}`
    case 'delete':
      return `delete ${printExpression(s.target)}`
    case 'try': {
      const name = s.message === undefined ? '' : ` (${s.message.name})`
      return `try ${printBlock(s.body, indent)} catch${name} ${printBlock(s.handler, indent)}`
    }
    case 'empty':
      return ';'
    case 'embedded':
      return printEmbedded(s)
  }
}

function printIf({ test, then, otherwise }: IfStatement, indent: string): string {
  const head = `if (${printExpression(test)}) ${printStatement(then, indent)}`
  if (otherwise === undefined) return head
  // Where no `;` ends it, 'return' takes what follows for its value.
  const end = endsInReturn(then) ? ';' : ''
  return `${head}${end} else ${printStatement(otherwise, indent)}`
}

function printFor({ start, test, step, body }: ForStatement, indent: string): string {
  const parts = [start, test, step].map(e => (e === undefined ? '' : printExpression(e)))
  return `for (${parts.join('; ')}) ${printStatement(body, indent)}`
}

function printForeach(s: ForeachStatement, indent: string): string {
  const { sort } = s
  const mark = sort === undefined ? '' : sort.ascending ? '+' : '-'
  const keys = s.keys.map(({ name }, i) => (sort?.by === i ? `${name}${mark}` : name))
  const list = keys.length === 1 ? keys.join('') : `[${keys.join(', ')}]`
  const value = s.value === undefined ? '' : `${s.value.name} = `
  const slice = s.slice === undefined ? '' : printSlice(s.slice)
  const operator = sort?.aggregate === undefined ? '' : ` ${sort.aggregate}`
  const order = sort?.by === 'value' ? `${operator}${mark}` : ''
  const limit = s.limit === undefined ? '' : ` limit ${printExpression(s.limit)}`
  const array = printExpression(s.array)
  const head = `foreach (${value}${list} in ${array}${slice}${order}${limit})`
  return `${head} ${printStatement(s.body, indent)}`
}

function printSlice(keys: readonly SliceKey[]): string {
  return `[${printKeys(keys)}]`
}

/**
 * Whether the next statement would be read as part of this one. A `;` is left out where it can be,
 * as people write scripts.
 */
function runsOn(statement: Statement, next: Statement, indent: string): boolean {
  const last = lastSimple(statement)
  if (last === undefined) return false
  if (next.kind === 'empty') return true
  if (endsInReturn(statement)) return true
  // A word, a number or a brace never continues an expression; anything else might.
  return !/^(?:[\w{@]|\$\w|\$\$\w|%\{)/.test(printStatement(next, indent))
}

function endsInReturn(statement: Statement): boolean {
  const last = lastSimple(statement)
  return last?.kind === 'return' && last.value === undefined
}

/** The statement at the end that has no bracket of its own to close it. */
function lastSimple(s: Statement): Statement | undefined {
  switch (s.kind) {
    case 'if':
      return lastSimple(s.otherwise ?? s.then)
    case 'while':
    case 'for':
    case 'foreach':
      return lastSimple(s.body)
    case 'block':
    case 'try':
    case 'empty':
      return undefined
    case 'expression':
    case 'break':
    case 'continue':
    case 'next':
    case 'return':
    case 'delete':
    case 'embedded':
      return s
  }
}
