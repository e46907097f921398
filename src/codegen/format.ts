import { R0, R1, R2, R3, R4, R5, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Operand, Reg } from '../ir/ir.ts'
import type { Conversion, Format } from '../text/format.ts'
import type { Code, TextPlace } from './code.ts'
import { formatInKernel } from './errors.ts'
import { type Argument, canWriteField, type FormatSite, writeFields } from './fields.ts'
import { roundUp8 } from './stack.ts'
import { appendText, clampText, textLength, unaliased, zero } from './strings.ts'
import { CONSTANT_MAP } from './tables.ts'

type Slot = TextPlace & { readonly kind: 'scratch' }

/** What is appended to the string in one go. */
type Segment =
  | { readonly kind: 'text'; readonly text: TextPlace }
  | { readonly kind: 'char'; readonly value: Operand }
  | { readonly kind: 'snprintf'; readonly format: string; readonly values: readonly Argument[] }

/** sprintf() where the kernel needs the text: by bpf_snprintf where that can do it. */
export function selectFormat(
  code: Code,
  to: Reg,
  format: Format,
  args: readonly Operand[],
  { span, site }: FormatSite,
): void {
  const slot = code.textTarget(to)
  if (slot === undefined) return
  // An argument may be the very string that is about to be written.
  const values = args.map((arg): Argument => {
    const isText = arg.kind === 'text' || (arg.kind === 'reg' && isString(code, arg.reg))
    return isText
      ? { kind: 'text', text: unaliased(code, code.text(arg), slot) }
      : { kind: 'long', value: arg }
  })
  zero(code, slot)
  const conversions = format.filter(piece => piece.kind === 'conversion')
  const kinds = conversions.map(segmentKind)
  const numbers = kinds.includes('snprintf') && !code.tables.facts.has('snprintf')
  if (!numbers && !kinds.includes(undefined)) {
    writeSegments(code, slot, segments(format, values))
    return
  }
  const refused = conversions.find(conversion => !canWriteField(conversion))
  if (refused === undefined) writeFields(code, slot, format, values, { span, site })
  else code.tables.report(formatInKernel(span, spell(refused), 'its size must be known here'))
}

function isString(code: Code, reg: Reg): boolean {
  return code.fn.registers[reg]?.type === 'string'
}

/** How a conversion can be made by helpers; undefined where they cannot. */
function segmentKind(c: Conversion): Segment['kind'] | undefined {
  if (c.precision !== undefined || c.width === '*' || c.flag === '#') return undefined
  switch (c.conversion) {
    case 's':
      return c.width === undefined && c.flag === '' ? 'text' : 'snprintf'
    case 'c':
      return c.width === undefined && c.flag === '' ? 'char' : undefined
    case 'd':
    case 'u':
    case 'x':
    case 'X':
      return 'snprintf'
    case 'p':
      return c.width === undefined && c.flag === '' ? 'snprintf' : undefined
    default:
      return undefined
  }
}

function kernelSpelling(c: Conversion): string {
  const width = `${c.flag}${c.width ?? ''}`
  if (c.conversion === 's') return `%${width}s`
  return c.conversion === 'p' ? '0x%llx' : `%${width}ll${c.conversion}`
}

/** As the script has it. */
function spell(c: Conversion): string {
  const precision = c.precision === undefined ? '' : `.${c.precision}`
  return `%${c.flag}${c.width ?? ''}${precision}${c.conversion}`
}

/** Most values of one bpf_snprintf (MAX_BPRINTF_VARARGS). */
const MOST_VALUES = 12

function segments(format: Format, args: readonly Argument[]): Segment[] {
  const found: Segment[] = []
  const rest = [...args]
  let open = { format: '', values: [] as Argument[] }
  for (const piece of format) {
    if (piece.kind === 'literal') {
      // The kernel takes no letter or digit right behind `%s`.
      if (/%-?\d*s$/.test(open.format) && /^[A-Za-z0-9]/.test(piece.text)) close()
      open.format += piece.text.replaceAll('%', '%%')
      continue
    }
    const value = rest.shift()
    if (value === undefined) continue
    const kind = segmentKind(piece)
    if (kind === 'text' && value.kind === 'text') {
      close()
      found.push(value)
    } else if (kind === 'char' && value.kind === 'long') {
      close()
      found.push({ kind: 'char', value: value.value })
    } else {
      if (open.values.length === MOST_VALUES) close()
      open.format += kernelSpelling(piece)
      open.values.push(value)
    }
  }
  close()
  return found

  function close(): void {
    const { format, values } = open
    open = { format: '', values: [] }
    if (values.length > 0) found.push({ kind: 'snprintf', format, values })
    else if (format !== '')
      found.push({ kind: 'text', text: constant(format.replaceAll('%%', '%')) })
  }
}

function constant(text: string): TextPlace {
  return { kind: 'constant', text, bytes: roundUp8(text.length + 1) }
}

function writeSegments(code: Code, slot: Slot, all: readonly Segment[]): void {
  const { a } = code
  const position = code.frame.area('position', 8)
  const end = a.fresh('end')
  all.forEach((segment, i) => {
    if (i === 0) a.movImmediate(R0, 0)
    else advance(code, slot, position, i === 1)
    if (i < all.length - 1) a.store(8, R10, position, R0)
    // %c of 0 ends the string.
    if (segment.kind === 'char') endAtNul(code, segment.value, end)
    writeSegment(code, slot, segment)
  })
  a.label(end)
}

/** Keeps r0. */
function endAtNul(code: Code, value: Operand, end: string): void {
  code.read(value, R1)
  code.a.aluImmediate('and', R1, 0xff).branchImmediate('eq', R1, 0, end)
}

/** r0 = where to go on, from what the helper before gave. */
function advance(code: Code, slot: Slot, position: number, isFirst: boolean): void {
  textLength(code, slot.bytes - 1)
  if (isFirst) return
  code.a.load(8, R1, R10, position).alu('add', R0, R1)
  clampText(code, slot.bytes - 1)
}

/** Writes at offset r0 of the slot; r0 = bytes written with the NUL. */
function writeSegment(code: Code, slot: Slot, segment: Segment): void {
  const { a } = code
  switch (segment.kind) {
    case 'text':
      appendText(code, slot, segment.text)
      break
    case 'char': {
      const one = { kind: 'scratch', offset: code.scratch.area('char', 8), bytes: 8 } as const
      code.read(segment.value, R1)
      a.aluImmediate('and', R1, 0xff).store(8, R9, one.offset, R1)
      appendText(code, slot, one)
      break
    }
    case 'snprintf':
      storeValues(code, segment.values)
      a.mov(R1, R9).aluImmediate('add', R1, slot.offset).alu('add', R1, R0)
      a.movImmediate(R2, slot.bytes).alu('sub', R2, R0)
      callSnprintf(code, segment.format, segment.values.length)
  }
}

/** Stores the values of a bpf_snprintf; keeps r0. */
function storeValues(code: Code, values: readonly Argument[]): void {
  const data = code.scratch.area('values', MOST_VALUES * 8)
  values.forEach((value, i) => {
    if (value.kind === 'text') code.pointer(value.text, R1)
    else code.read(value.value, R1)
    code.a.store(8, R9, data + i * 8, R1)
  })
}

/** bpf_snprintf at r1 with room for r2 bytes. */
function callSnprintf(code: Code, format: string, count: number): void {
  const { a } = code
  const data = code.scratch.area('values', MOST_VALUES * 8)
  a.loadMapValue(R3, CONSTANT_MAP, code.tables.constant(format))
  a.mov(R4, R9)
    .aluImmediate('add', R4, data)
    .movImmediate(R5, count * 8)
  a.call(Helper.snprintf)
}

/** Makes a string by one bpf_snprintf, whose format has the kernel's spelling. */
export function snprintf(code: Code, slot: Slot, format: string, values: readonly Operand[]): void {
  zero(code, slot)
  storeValues(
    code,
    values.map(value => ({ kind: 'long', value })),
  )
  code.a.mov(R1, R9).aluImmediate('add', R1, slot.offset).movImmediate(R2, slot.bytes)
  callSnprintf(code, format, values.length)
}
