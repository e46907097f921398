import { R0, R1, R2, R3, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { EMPTY, ZERO } from '../ir/instruction.ts'
import type { Instruction, Operand, PureName, Reg } from '../ir/ir.ts'
import type { Span } from '../text/source.ts'
import type { Code } from './code.ts'
import { formatInKernel, notInKernel } from './errors.ts'
import { snprintf } from './format.ts'
import { roundUp8 } from './stack.ts'
import { copyText, selectPad, selectSubstr, strlen, unaliased, zero } from './strings.ts'
import { selectStringat, selectStrpos, selectStrtol } from './text-functions.ts'

type Pure = Extract<Instruction, { op: 'pure' }>

/** Functions of their operands: those that a program can work out itself. */
export function selectPure(code: Code, i: Pure): void {
  const [first, second] = i.args
  switch (i.name) {
    case 'strlen':
      strlen(code, code.text(first ?? EMPTY))
      code.put(i.to, R0)
      break
    case 'substr':
      selectSubstr(code, i.to, i.args)
      break
    case 'pad':
      selectPad(code, i.to, first)
      break
    case 'symname':
      selectSymbol(code, i.to, first, i.span)
      break
    case 'strpos':
      selectStrpos(code, i.to, first ?? EMPTY, second ?? EMPTY)
      break
    case 'stringat':
      selectStringat(code, i.to, first ?? EMPTY, second ?? ZERO)
      break
    case 'strtol':
      selectStrtol(code, i.to, first ?? EMPTY, second ?? ZERO)
      break
    case 'point-text':
      selectPointText(code, i.to, first, point => point.text)
      break
    case 'point-function':
      selectPointText(code, i.to, first, point => point.function)
      break
    case 'choose':
      selectChoose(code, i.to, i.args)
      break
    case 'enum-name':
      selectEnumName(code, i.to, i.args)
      break
    case 'escape':
    case 'quoted':
    case 'symdata':
    case 'backtrace-lines':
    case 'ctime':
    case 'tz-ctime':
      code.tables.report(notInKernel(i.span, WORDS[i.name]))
  }
}

const WORDS: Readonly<
  Record<
    Extract<PureName, `${string}ctime` | 'symdata' | 'backtrace-lines' | 'escape' | 'quoted'>,
    string
  >
> = {
  escape: 'escapes',
  quoted: 'a string in quotes',
  symdata: 'symdata()',
  'backtrace-lines': 'a backtrace',
  ctime: 'ctime()',
  'tz-ctime': 'tz_ctime()',
}

/** The kernel writes `name [module]`; scripts get the name alone. */
function selectSymbol(code: Code, to: Reg, address: Operand | undefined, span: Span): void {
  const slot = code.textTarget(to)
  if (slot === undefined || address === undefined) return
  const { facts } = code.tables
  if (!facts.has('snprintf')) {
    code.tables.report(formatInKernel(span, 'a symbol name', facts.whyNot('snprintf')))
    return
  }
  snprintf(code, slot, '%ps', [address])
  cutAtSpace(code, slot)
}

const KSYM_NAME_LEN = 128
const SPACE = 0x20

function cutAtSpace(code: Code, slot: { readonly offset: number; readonly bytes: number }): void {
  const { a } = code
  const bytes = Math.min(slot.bytes, KSYM_NAME_LEN + 64)
  // r1 is 0xff until the space was seen, and 0 from there on: no path splits for long.
  a.movImmediate(R1, 0xff)
  for (let at = 0; at < bytes; at++) {
    const next = a.fresh('byte')
    a.load(1, R0, R9, slot.offset + at)
    a.branchImmediate('ne', R0, SPACE, next).movImmediate(R1, 0).label(next)
    a.alu('and', R0, R1).store(1, R9, slot.offset + at, R0)
  }
}

function selectChoose(code: Code, to: Reg, [test, a = EMPTY, b = EMPTY]: readonly Operand[]): void {
  const slot = code.textTarget(to)
  if (slot === undefined) return
  const [first, second] = [a, b].map(one => unaliased(code, code.text(one), slot))
  const other = code.a.fresh('other')
  const done = code.a.fresh('chosen')
  code.a.branchImmediate('eq', code.use(test ?? ZERO, R0), 0, other)
  if (first !== undefined) copyText(code, slot, first)
  code.a.jump(done).label(other)
  if (second !== undefined) copyText(code, slot, second)
  code.a.label(done)
}

/** One comparison a name, then one copy of the name that r3 points at. */
function selectEnumName(code: Code, to: Reg, [value, ...names]: readonly Operand[]): void {
  const slot = code.textTarget(to)
  if (slot === undefined || value === undefined) return
  const { a } = code
  const found = a.fresh('named')
  const none = a.fresh('nameless')
  zero(code, slot)
  for (let n = 0; n + 1 < names.length; n += 2) {
    const name = code.text(names[n + 1] ?? EMPTY)
    const next = a.fresh('name')
    code.read(value, R0)
    code.read(names[n] ?? ZERO, R1)
    a.branch('ne', R0, R1, next)
    code.pointer(name, R3)
    a.jump(found).label(next)
  }
  a.jump(none).label(found)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset).movImmediate(R2, slot.bytes)
  a.call(Helper.probe_read_kernel_str).label(none)
}

/** A table of the texts of this handler's points, read by the number of the one that fired. */
function selectPointText(
  code: Code,
  to: Reg,
  point: Operand | undefined,
  textOf: (point: { readonly text: string; readonly function: string }) => string,
): void {
  const slot = code.textTarget(to)
  if (slot === undefined || point === undefined) return
  const { first, count } = code.points
  const texts = code.tables.points.slice(first, first + count).map(textOf)
  if (texts.every(text => text === texts[0])) {
    const text = texts[0] ?? ''
    copyText(code, slot, { kind: 'constant', text, bytes: roundUp8(text.length + 1) })
    return
  }
  const { a } = code
  const done = a.fresh('point')
  const width = Math.max(...texts.map(text => roundUp8(text.length + 1)))
  const table = texts.map(text => text.padEnd(width, '\0')).join('')
  zero(code, slot)
  code.read(point, R0)
  code.forget(R0)
  a.aluImmediate('sub', R0, first).branchImmediate('ge', R0, count, done)
  a.aluImmediate('mul', R0, width)
  code.pointer({ kind: 'constant', text: table, bytes: table.length + 8 }, R3)
  a.alu('add', R3, R0)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  a.movImmediate(R2, Math.min(width, slot.bytes)).call(Helper.probe_read_kernel_str)
  a.label(done)
}
