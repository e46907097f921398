import type { Global } from '../sema/checked.ts'
import type { Conversion, Format } from '../text/format.ts'
import type {
  Instruction,
  IrBlock,
  IrFunction,
  IrProgram,
  Late,
  Leaf,
  Operand,
  Reg,
  Terminator,
} from './ir.ts'

/** The whole program as text, for people and goldens. Nothing reads it back. */
export function printProgram(program: IrProgram): string {
  const handlers = program.handlers.flatMap(handler => {
    const points = handler.points.map(point => point.text).join(', ')
    const head = `handler ${handler.id} ${handler.side}: ${points}\n`
    const entry = handler.entry === undefined ? [] : [`entry:\n${printFunction(handler.entry)}`]
    return [head + printFunction(handler.function), ...entry]
  })
  const functions = [...program.functions].map(([id, fn]) => {
    const parameters = fn.parameters.map(reg => typedName(fn, reg)).join(', ')
    return `function ${id} ${fn.name}(${parameters}): ${fn.result}\n${printFunction(fn)}`
  })
  return [...handlers, ...functions].join('\n')
}

export function printFunction(fn: IrFunction): string {
  return fn.blocks.map((block, id) => printBlock(fn, block, id)).join('')
}

function printBlock(fn: IrFunction, block: IrBlock, id: number): string {
  const loop = block.loop === undefined ? '' : ' loop'
  const handler = block.handler === undefined ? '' : ` handler b${block.handler}`
  const lines = [
    ...block.instructions.map(i => printInstruction(fn, i)),
    printEnd(block.end, operandOf(fn)),
  ]
  return `b${id}:${loop}${handler}\n${lines.map(line => `  ${line}\n`).join('')}`
}

function printEnd(end: Terminator, operand: (o: Operand) => string): string {
  if (end.op === 'jump') return `jump b${end.to}`
  if (end.op === 'return') {
    return end.value === undefined ? 'return' : `return ${operand(end.value)}`
  }
  return `branch ${operand(end.test)} b${end.then} b${end.otherwise}`
}

export function printInstruction(fn: IrFunction, i: Instruction): string {
  const text = printOperation(fn, i)
  if (i.op === 'iterate-next' || !('to' in i) || i.to === undefined) return text
  return `${typedName(fn, i.to)} = ${text}`
}

function printOperation(fn: IrFunction, i: Instruction): string {
  const one = operandOf(fn)
  const list = (operands: readonly (Operand | undefined)[]): string =>
    operands.map(o => (o === undefined ? '*' : one(o))).join(', ')
  const cell = (global: Global, keys: readonly (Operand | undefined)[]): string =>
    keys.length === 0 ? global.name : `${global.name}[${list(keys)}]`
  switch (i.op) {
    case 'copy':
      return `copy ${one(i.from)}`
    case 'unary':
      return `${i.what} ${one(i.a)}`
    case 'binary':
    case 'divide':
    case 'compare':
      return `${i.what} ${list([i.a, i.b])}`
    case 'compare-text':
      return `text-${i.what} ${list([i.a, i.b])}`
    case 'concat':
      return `concat ${list([i.a, i.b])}`
    case 'match':
      return `match ${one(i.text)} ${quote(i.pattern)}${i.captures ? ' captures' : ''}`
    case 'matched':
      return `matched ${one(i.index)}`
    case 'tokenize':
      return `tokenize ${list([i.text, i.delimiters])}`
    case 'format':
      return `format ${list([text(printFormat(i.format)), ...i.args])}`
    case 'print':
      return `print ${list([text(printFormat(i.format)), ...i.args])}`
    case 'pure':
      return `${i.name}(${list(i.args)})`
    case 'call':
      return `call ${i.function}(${list(i.args)})`
    case 'context':
      return i.what
    case 'verdict':
      return `verdict ${one(i.value)}`
    case 'reply':
      return `reply ${i.append ? 'and ' : ''}${one(i.value)}`
    case 'argument':
      return `argument ${i.index} ${width(i)}`
    case 'result':
      return `result ${width(i)}`
    case 'register':
      return `register ${i.number}${i.user ? ' user' : ''}`
    case 'entry':
      return `entry ${i.index}`
    case 'save-entries':
      return `save-entries ${list(i.values)}`
    case 'frame-save':
      return `frame-save ${one(i.depth)} site ${i.site}: ${list(i.values)}`
    case 'frame-site':
      return `frame-site ${one(i.depth)}`
    case 'frame-load':
      return `frame-load ${one(i.depth)} site ${i.site}`
    case 'load':
      return `load ${width(i)}${i.user ? ' user' : ''} ${one(i.address)}`
    case 'load-text':
      return `load-text ${memory(i, one)}`
    case 'global-get':
      return i.global.name
    case 'global-set':
      return `set ${i.global.name} = ${one(i.value)}`
    case 'global-add':
      return `${i.gives} of ${i.global.name} += ${one(i.by)}`
    case 'element-get':
      return cell(i.array, i.keys)
    case 'element-set':
      return `set ${cell(i.array, i.keys)} = ${one(i.value)}`
    case 'element-add':
      return `${i.gives} of ${cell(i.array, i.keys)} += ${one(i.by)}`
    case 'element-has':
      return `has ${cell(i.array, i.keys)}`
    case 'element-delete':
      return `delete ${cell(i.array, i.keys)}`
    case 'array-clear':
      return `clear ${i.array.name}`
    case 'stat-add':
      return `add to ${cell(i.global, i.keys)} ${one(i.value)}`
    case 'stat-get':
      return `${i.extractor} of ${cell(i.global, i.keys)}`
    case 'stat-bucket':
      return `bucket ${one(i.index)} of ${cell(i.global, i.keys)}`
    case 'print-histogram':
      return `print histogram of ${cell(i.global, i.keys)}`
    case 'iterate':
      return printIterate(i, cell, one)
    case 'iterate-next':
      return printNext(fn, i)
    case 'emit':
      return printEmit(i, one)
    case 'error':
    case 'warn':
      return `${i.op} ${one(i.message)}`
    case 'exit':
    case 'caught':
    case 'groups':
      return i.op
  }
}

function printIterate(
  i: Extract<Instruction, { op: 'iterate' }>,
  cell: (global: Global, keys: readonly (Operand | undefined)[]) => string,
  one: (o: Operand) => string,
): string {
  const array = i.slice === undefined ? i.array.name : cell(i.array, i.slice)
  const sort = printSort(i.sort)
  const limit = i.limit === undefined ? '' : ` limit ${one(i.limit)}`
  return `iterate ${i.iteration} ${array}${sort}${limit}`
}

function printSort(sort: Extract<Instruction, { op: 'iterate' }>['sort']): string {
  if (sort === undefined) return ''
  const aggregate = sort.aggregate === undefined ? '' : ` ${sort.aggregate}`
  return ` sort ${sort.by}${aggregate} ${sort.ascending ? 'up' : 'down'}`
}

function printNext(fn: IrFunction, i: Extract<Instruction, { op: 'iterate-next' }>): string {
  const to = [i.to, ...i.keys].map(reg => typedName(fn, reg)).join(', ')
  const value = i.value === undefined ? '' : `, value ${typedName(fn, i.value)}`
  return `${to}${value} = next ${i.iteration}`
}

function printEmit(i: Extract<Instruction, { op: 'emit' }>, one: (o: Operand) => string): string {
  const args = i.args.map(late => `, ${printLate(late)}`).join('')
  const leaves = i.leaves.map(leaf => printLeaf(leaf, one)).join(', ')
  return `emit ${quote(printFormat(i.format))}${args} with [${leaves}]`
}

function printLate(late: Late): string {
  switch (late.kind) {
    case 'leaf':
      return `#${late.index}`
    case 'number':
      return `${late.value}`
    case 'text':
      return quote(late.value)
    case 'concat':
      return `concat(${printLate(late.a)}, ${printLate(late.b)})`
    case 'format':
      return `format(${[quote(printFormat(late.format)), ...late.args.map(printLate)].join(', ')})`
    case 'pure':
      return `${late.name}(${late.args.map(printLate).join(', ')})`
    case 'histogram':
      return `${late.shape.kind}-histogram(${printLate(late.buckets)})`
  }
}

function printLeaf(leaf: Leaf, one: (o: Operand) => string): string {
  switch (leaf.kind) {
    case 'long':
    case 'text':
      return `${leaf.kind} ${one(leaf.value)}`
    case 'memory':
      return `memory ${memory(leaf, one)}`
    case 'bytes':
      return `bytes ${one(leaf.address)} ${one(leaf.count)}${leaf.user ? ' user' : ''}`
    case 'buckets':
      return `buckets ${leaf.global.name}${leaf.keys.map(key => ` ${one(key)}`).join('')}`
    case 'comm':
    case 'stack':
      return leaf.kind
  }
}

function memory(
  i: { address: Operand; limit: number; otherwise?: Operand; user: boolean },
  one: (o: Operand) => string,
): string {
  const otherwise = i.otherwise === undefined ? '' : ` otherwise ${one(i.otherwise)}`
  return `${one(i.address)} limit ${i.limit}${i.user ? ' user' : ''}${otherwise}`
}

function width(i: { size: number; signed: boolean }): string {
  return `${i.signed ? 's' : 'u'}${i.size * 8}`
}

/** The format as a script would have it, but for escapes. */
export function printFormat(format: Format): string {
  return format
    .map(piece => {
      if (piece.kind === 'literal') return piece.text.replaceAll('%', '%%')
      return `%${piece.flag}${piece.width ?? ''}${precision(piece)}${piece.conversion}`
    })
    .join('')
}

function precision(piece: Conversion): string {
  return piece.precision === undefined ? '' : `.${piece.precision}`
}

function text(value: string): Operand {
  return { kind: 'text', value }
}

function quote(value: string): string {
  return JSON.stringify(value)
}

function operandOf(fn: IrFunction): (o: Operand) => string {
  return o => {
    if (o.kind === 'reg') return registerName(fn, o.reg)
    return o.kind === 'number' ? `${o.value}` : quote(o.value)
  }
}

function registerName(fn: IrFunction, reg: Reg): string {
  const name = fn.registers[reg]?.name
  return name === undefined ? `r${reg}` : `r${reg}.${name}`
}

function typedName(fn: IrFunction, reg: Reg): string {
  const register = fn.registers[reg]
  const bound = register?.bound === undefined ? '' : `(${register.bound})`
  return `${registerName(fn, reg)}:${register?.type ?? '?'}${bound}`
}
