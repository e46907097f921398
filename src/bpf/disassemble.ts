import { decode } from './decode.ts'
import { helperName } from './helper.ts'
import type {
  CallTarget,
  Instruction,
  Operand,
  Register,
  Size,
  Wide,
  Width,
} from './instruction.ts'

/** Names for what the code holds as numbers. Without them, numbers are shown. */
export interface Names {
  /** Of maps, by index. */
  readonly maps?: readonly string[]
  /** Where labels stand. */
  readonly labels?: ReadonlyMap<string, number>
  /** Instructions whose constant is the point's number. */
  readonly points?: readonly number[]
  /** Text to stand on a line of its own before an instruction. */
  readonly comments?: ReadonlyMap<number, string>
}

/**
 * A listing, a line an instruction, in the words of the kernel's own (kernel/bpf/disasm.c), which
 * the verifier's log and bpftool print: `12: if r0 == 0x0 goto pc+5`. With names, the label stands
 * for the distance and the map for its number.
 */
export function disassemble(bytes: Uint8Array, names: Names = {}): string {
  const labels = labelsByPlace(names.labels)
  const points = new Set(names.points)
  const instructions = decode(bytes)
  const digits = String(instructions.at(-1)?.at ?? 0).length
  const lines: string[] = []
  for (const { at, instruction } of instructions) {
    for (const label of labels.get(at) ?? []) lines.push(`${label}:`)
    const comment = names.comments?.get(at)
    if (comment !== undefined) lines.push(`; ${comment}`)
    const text = points.has(at) ? pointText(instruction) : textOf(instruction, destination(at))
    lines.push(`${String(at).padStart(digits)}: ${text}`)
  }
  return lines.map(line => `${line}\n`).join('')

  function destination(at: number): Context {
    return {
      goto: distance => labels.get(at + 1 + distance)?.[0] ?? `pc${signed(distance)}`,
      map: map => `map[${names.maps?.[map] ?? map}]`,
    }
  }
}

/** How one instruction names what is elsewhere. */
interface Context {
  readonly goto: (distance: number) => string
  readonly map: (map: number) => string
}

/** One instruction in the kernel's words, with numbers for names. */
export function instructionText(instruction: Instruction): string {
  return textOf(instruction, {
    goto: distance => `pc${signed(distance)}`,
    map: map => `map[${map}]`,
  })
}

function textOf(i: Instruction, context: Context): string {
  switch (i.kind) {
    case 'alu':
      return `${name(i.dst, i.width)} ${ALU_TEXT[i.op]} ${operandText(i.operand, i.width)}`
    case 'negate':
      return `${name(i.dst, i.width)} = -${name(i.dst, i.width)}`
    case 'move-signed':
      return `${name(i.dst, i.width)} = (s${i.bits})${name(i.src, i.width)}`
    case 'byte-order':
      return `r${i.dst} = ${i.to === 'swap' ? 'bswap' : i.to}${i.bits} r${i.dst}`
    case 'load':
      return `r${i.dst} = *(${i.signed ? 's' : 'u'}${i.size * 8} *)${place(i.src, i.offset)}`
    case 'store':
      return `*${pointer(i.size)}${place(i.dst, i.offset)} = ${operandText(i.operand, 64)}`
    case 'atomic':
      return atomicText(i)
    case 'load-acquire':
      return `r${i.dst} = load_acquire((u${i.size * 8} *)${place(i.src, i.offset)})`
    case 'store-release':
      return `store_release((u${i.size * 8} *)${place(i.dst, i.offset)}, r${i.src})`
    case 'load-packet':
      return `r0 = *${pointer(i.size)}skb[${i.src === undefined ? '' : `r${i.src} + `}${i.position}]`
    case 'load64':
      return `r${i.dst} = ${wideText(i.value, context)}`
    case 'jump':
      return `goto ${context.goto(i.offset)}`
    case 'jump-long':
      return `gotol ${context.goto(i.distance)}`
    case 'branch':
      return `if ${name(i.dst, i.width)} ${BRANCH_TEXT[i.op]} ${comparedText(i.operand, i.width)} goto ${context.goto(i.offset)}`
    case 'may-goto':
      return `may_goto ${context.goto(i.offset)}`
    case 'call':
      return `call ${callText(i.target, context)}`
    case 'exit':
      return 'exit'
  }
}

// bpf_alu_string and bpf_jmp_string of kernel/bpf/disasm.c
const ALU_TEXT = {
  add: '+=',
  sub: '-=',
  mul: '*=',
  div: '/=',
  or: '|=',
  and: '&=',
  lsh: '<<=',
  rsh: '>>=',
  mod: '%=',
  xor: '^=',
  mov: '=',
  arsh: 's>>=',
  sdiv: 's/=',
  smod: 's%=',
} as const

const BRANCH_TEXT = {
  eq: '==',
  gt: '>',
  ge: '>=',
  set: '&',
  ne: '!=',
  sgt: 's>',
  sge: 's>=',
  lt: '<',
  le: '<=',
  slt: 's<',
  sle: 's<=',
} as const

function atomicText(i: Instruction & { readonly kind: 'atomic' }): string {
  const at = `${pointer(i.size)}${place(i.dst, i.offset)}`
  const wide = i.size === 8 ? '64' : ''
  if (i.op === 'compare-exchange') return `r0 = atomic${wide}_cmpxchg(${at}, r0, r${i.src})`
  if (i.op === 'exchange') return `r${i.src} = atomic${wide}_xchg(${at}, r${i.src})`
  if (i.fetch) return `r${i.src} = atomic${wide}_fetch_${i.op}(${at}, r${i.src})`
  return `lock *${at} ${ALU_TEXT[i.op]} r${i.src}`
}

function wideText(value: Wide, context: Context): string {
  switch (value.kind) {
    case 'constant':
      return hex(value.value)
    case 'map':
      return context.map(value.map)
    case 'map-value':
      return `${context.map(value.map)}[0]+${value.offset}`
    case 'btf-id':
      return `btf_id[${value.object === 0 ? '' : `${value.object}:`}${value.id}]`
    case 'function':
      return `subprog[${context.goto(value.distance)}]`
    case 'map-index':
      return `map[idx:${value.index}]`
    case 'map-index-value':
      return `map[idx:${value.index}]+${value.offset}`
  }
}

/** The point's number is known only once the program is loaded. */
function pointText(i: Instruction): string {
  return i.kind === 'load64' ? `r${i.dst} = point` : instructionText(i)
}

function callText(target: CallTarget, context: Context): string {
  switch (target.kind) {
    case 'helper':
      return `${helperName(target.id) ?? 'unknown'}#${target.id}`
    case 'subprogram':
      return context.goto(target.distance)
    case 'kfunc':
      return `kernel-function#${target.id}`
  }
}

/** `r1`, or `w1` for its low half. */
function name(register: Register, width: Width): string {
  return `${width === 64 ? 'r' : 'w'}${register}`
}

function operandText(operand: Operand, width: Width): string {
  return operand.kind === 'register' ? name(operand.register, width) : String(operand.value)
}

/** What is compared with is shown in hex, unlike what is computed with. */
function comparedText(operand: Operand, width: Width): string {
  return operand.kind === 'register'
    ? name(operand.register, width)
    : hex(BigInt(operand.value >>> 0))
}

function place(base: Register, offset: number): string {
  return `(r${base} ${signed(offset)})`
}

function pointer(size: Size): string {
  return `(u${size * 8} *)`
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`
}

function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`
}

function labelsByPlace(labels: Names['labels']): ReadonlyMap<number, readonly string[]> {
  const places = new Map<number, string[]>()
  for (const [label, at] of labels ?? []) {
    const here = places.get(at)
    if (here === undefined) places.set(at, [label])
    else here.push(label)
  }
  return places
}
