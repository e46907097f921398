import {
  type Assembled,
  Assembler,
  type Label,
  R0,
  R1,
  R2,
  R6,
  R7,
  R8,
  R9,
  R10,
} from '../bpf/assembler.ts'
import { decode } from '../bpf/decode.ts'
import { Helper } from '../bpf/helper.ts'
import { type AttachMethod, Control, type ProgramSpec, STATE_RUNNING } from '../image.ts'
import { liveAtStart } from '../ir/graph.ts'
import { useCounts } from '../ir/instruction.ts'
import type { IrBlock, IrFunction, Reg, Terminator } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Facts } from '../kernel/facts.ts'
import type { ProcessTarget } from '../sema/checked.ts'
import type { Span } from '../text/source.ts'
import { blurred, branchIf } from './arithmetic.ts'
import { startCaptures } from './captures.ts'
import { type ByteLoop, blockLabel, Code, type Entries, type PointRange, Scratch } from './code.ts'
import { restoreEntries } from './entry.ts'
import { handlerTooComplex, tooMuchText } from './errors.ts'
import { CAUGHT_BYTES, EXIT, writeFailures } from './fail.ts'
import { textBytes } from './layout.ts'
import { openLoop } from './loop.ts'
import { probeAccess } from './probe.ts'
import { leaveForOthers } from './process.ts'
import { assignHomes, loops } from './registers.ts'
import {
  CALLED_FRAME_LIMIT,
  callRounds,
  callsRounds,
  closeRounds,
  leaveTo,
  liveAcrossRounds,
  openRounds,
  planRounds,
} from './rounds.ts'
import { select } from './select.ts'
import { Frame } from './stack.ts'
import { compareText, zero } from './strings.ts'
import { SCRATCH_LEVELS, SCRATCH_LIMIT, SCRATCH_MAP, type Tables } from './tables.ts'
import { startTokens } from './text-functions.ts'
import { startVerdict, writeVerdict } from './verdict.ts'

/** One program to be written. */
export interface ProgramJob {
  readonly name: string
  readonly handler: number
  readonly fn: IrFunction
  readonly method: AttachMethod
  /** How many arguments the probed functions take; for `fexit` all take the same number. */
  readonly arguments: number
  /** The probed place may be inside a function. */
  readonly inside: boolean
  /** Whose events run the handler. */
  readonly process: ProcessTarget | undefined
  readonly points: PointRange
  readonly span: Span
  /** Values of function entry: saved by this program, or taken up by it. */
  readonly entries?: Entries & { readonly role: 'save' | 'restore' }
}

export function writeProgram(tables: Tables, job: ProgramJob): ProgramSpec {
  const written = writeBest(tables, job)
  const { assembled, code } = written
  if (code.frame.used > Frame.limit) {
    const why = `its values take ${code.frame.used} bytes of stack, and ${Frame.limit} are there`
    tables.report(handlerTooComplex(job.span, why))
  }
  if (code.scratch.used) {
    const bytes = code.scratch.bytes + SCRATCH_SLACK
    if (bytes > SCRATCH_LIMIT) tables.report(tooMuchText(job.span, bytes, SCRATCH_LIMIT))
    tables.scratchBytes = Math.max(tables.scratchBytes, Math.min(bytes, SCRATCH_LIMIT))
  }
  const { labels } = assembled
  const callbacks = code.callbacks.flatMap(({ label, parameters }, n) => {
    const instruction = labels.get(label)
    // What calls it may have been left out.
    if (instruction === undefined) return []
    return [{ name: `callback_${n}`, instruction, parameters, static: true }]
  })
  const main = { name: 'handler', instruction: 0, parameters: 1, static: false }
  return {
    name: job.name,
    type: code.access.programType,
    attachType: code.access.attachType,
    flags: 0,
    instructions: assembled.bytes,
    mapReferences: assembled.mapReferences,
    pointReferences: assembled.pointReferences,
    functions: callbacks.length === 0 ? [] : [main, ...callbacks],
    lines: assembled.lines,
    handler: job.handler,
  }
}

/**
 * Behind the last slot: the verifier thinks that a string appended at the end of a slot may reach
 * as far again.
 */
const SCRATCH_SLACK: number = MAXSTRINGLEN + 8

interface Written {
  readonly assembled: Assembled
  readonly code: Code
  readonly loops: LoopSize
}

/** What stands in loops. */
interface LoopSize {
  readonly instructions: number
  readonly branches: number
  /** Whether a function is called back for each element of an array. */
  readonly walks: boolean
  /** Rounds that loops over bytes allow the loops around them. */
  readonly overBytes: number
}

// What the verifier may spend on loops where it walks through every round: it gives up after a
// million instructions, or 8192 branches on one path (kernel/bpf/verifier.c). The states that it
// keeps to recognise a round differ in the count. In short loops it keeps few and walks from every
// round through all that follow; in longer ones it forgets them when they are many, and then the
// paths through the loop multiply.
const LOOP_INSTRUCTIONS = 300_000
const LOOP_BRANCHES = 6000
const SHORT_LOOP = 90
const LONG_LOOP_ROUNDS = 24
/** Walking over an array: its callback is walked through for each state that it is called in. */
const WALKING_LOOP_ROUNDS = 8

/** Stack bytes for the script's longs; the rest is for keys, records and saved values. */
const STACK_FOR_HOMES = 144

/**
 * Written again where the first time tells more: with the longs elsewhere when the stack was full,
 * without the scratch value when nothing was put there, and with fewer rounds when the verifier
 * must walk through them all.
 */
function writeBest(tables: Tables, job: ProgramJob): Written {
  const called = writeCalled(tables, job)
  if (called !== undefined) return called
  const all = { scratch: true, maxRounds: tables.maxAction, stackForHomes: STACK_FOR_HOMES }
  let first = writeOnce(tables, job, all)
  const full = first.code.frame.used > Frame.limit
  const stackForHomes = full ? 0 : STACK_FOR_HOMES
  if (full) first = writeOnce(tables, job, { ...all, stackForHomes })
  const scratch = first.code.scratch.used
  const maxRounds = tables.facts.has('may-goto')
    ? first.code.maxRounds
    : affordable(first.loops, first.code.maxRounds)
  if (scratch && maxRounds === first.code.maxRounds) return first
  return writeOnce(tables, job, { scratch, maxRounds, stackForHomes })
}

/** With bpf_loop, where it is needed and the kernel has it: the rounds are then no concern. */
function writeCalled(tables: Tables, job: ProgramJob): Written | undefined {
  if (!callsRounds(tables.facts) || loops(job.fn.blocks).size === 0) return undefined
  const { maxAction: maxRounds } = tables
  const attempt: Attempt = { scratch: true, maxRounds, stackForHomes: 0, called: true }
  const written = writeOnce(tables, job, attempt)
  return written.code.frame.used > CALLED_FRAME_LIMIT ? undefined : written
}

function affordable(size: LoopSize, limit: number): number {
  const { instructions, branches, walks, overBytes } = size
  const most = Math.min(limit, Math.max(1, overBytes))
  if (instructions === 0) return most
  if (walks) return Math.min(most, WALKING_LOOP_ROUNDS)
  if (instructions > SHORT_LOOP) return Math.min(most, LONG_LOOP_ROUNDS)
  const byInstructions = Math.floor(Math.sqrt((2 * LOOP_INSTRUCTIONS) / instructions))
  const byBranches = Math.floor(LOOP_BRANCHES / Math.max(1, branches))
  return Math.min(most, byInstructions, byBranches)
}

interface Attempt {
  /** Whether r9 is kept for the scratch value. */
  readonly scratch: boolean
  readonly maxRounds: number
  readonly stackForHomes: number
  /** Whether the rounds of loops are calls of a function by bpf_loop. */
  readonly called?: true
}

function writeOnce(tables: Tables, job: ProgramJob, attempt: Attempt): Written {
  const code = prepare(tables, job, attempt)
  const { a } = code
  a.place(tables.place(job.span))
  prologue(code, attempt, job.process)
  if (code.rounds !== undefined) {
    callRounds(code, code.rounds)
    leave(code, attempt)
  }
  const early = code.rounds === undefined ? 0 : writeLater(code, 0)
  if (code.rounds !== undefined) openRounds(code, code.rounds)
  start(code, job)
  const inLoops = writeBlocks(code)
  // The last block may end in an error, and all errors jump here.
  a.label(EXIT)
  if (code.rounds === undefined) leave(code, attempt)
  else closeRounds(code)
  // What stands behind may need more of it.
  const done = writeLater(code, early)
  writeFailures(code)
  writeLater(code, done)
  for (const callback of code.callbacks) callback.write()
  const assembled = a.finish()
  const { bytes, moved } = assembled
  const ranges = inLoops.map(({ start, end }) => ({ start: moved(start), end: moved(end) }))
  const byteLoops = code.byteLoops.map(one => ({ ...one, start: moved(one.start) }))
  return { assembled, code, loops: measure(bytes, ranges, byteLoops) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/** The end of the program: gives back what was taken. */
function leave(code: Code, attempt: Attempt): void {
  const { a, access } = code
  if (attempt.scratch) writeVerdict(code, LEAVE)
  else a.label(LEAVE).movImmediate(R0, access.returns).exit()
}

function writeLater(code: Code, from: number): number {
  let next = from
  for (let write = code.later[next]; write !== undefined; write = code.later[next]) {
    next++
    write()
  }
  return next
}

function measure(
  bytes: Uint8Array,
  inLoops: readonly Range[],
  byteLoops: readonly ByteLoop[],
): LoopSize {
  const inside = decode(bytes).filter(({ at }) =>
    inLoops.some(({ start, end }) => start <= at && at < end),
  )
  const branches = inside.filter(({ instruction }) => instruction.kind === 'branch')
  const walks = inside.some(
    ({ instruction: i }) => i.kind === 'load64' && i.value.kind === 'function',
  )
  const walked = byteLoops.filter(one =>
    inLoops.some(({ start, end }) => start <= one.start && one.start < end),
  )
  return {
    instructions: inside.length,
    branches: branches.length,
    walks,
    overBytes: Math.min(
      Math.floor(LOOP_INSTRUCTIONS / 2 / sum(walked.map(one => one.instructions))),
      Math.floor(LOOP_BRANCHES / sum(walked.map(one => one.branches))),
    ),
  }
}

/** Ends a program that has taken nothing yet. */
const LEAVE: Label = 'leave'

function prepare(tables: Tables, job: ProgramJob, attempt: Attempt): Code {
  const { fn } = job
  const { facts } = tables
  const a = new Assembler({ longJumps: facts.has('cpu-v4') })
  const frame = new Frame()
  const scratch = new Scratch()
  const access = probeAccess({
    a,
    frame,
    method: job.method,
    arch: facts.arch,
    cookies: facts.has('cookie'),
    arguments: job.arguments,
    inside: job.inside,
    returnTrampolines: () => returnTrampolines(facts),
  })
  const called = attempt.called === true
  const homes = assignHomes(fn, {
    stackBytes: attempt.stackForHomes,
    inMemory: called ? liveAcrossRounds(fn) : new Set(),
    saved: attempt.scratch ? [R7, R8] : [R7, R8, R9],
    frame,
    scratch: bytes => scratch.take(bytes),
    textBytes: reg => textBytes(fn.registers[reg]?.bound),
  })
  const hasLoops = loops(fn.blocks).size > 0
  const catches = fn.blocks.some(b => b.instructions.some(i => i.op === 'caught'))
  return new Code({
    a,
    tables,
    fn,
    handler: job.handler,
    access,
    frame,
    homes,
    scratch,
    useCounts: useCounts(fn),
    caught: catches ? scratch.take(CAUGHT_BYTES) : undefined,
    pointSlot: access.point === 'cookie' ? frame.take(8) : undefined,
    loopSlot: hasLoops && !called ? frame.take(8) : undefined,
    zeroSlot: hasLoops && !called ? frame.take(8) : undefined,
    rounds: called ? planRounds(frame, scratch) : undefined,
    maxRounds: attempt.maxRounds,
    points: job.points,
    span: job.span,
    entries: job.entries,
  })
}

function prologue(code: Code, attempt: Attempt, process: ProcessTarget | undefined): void {
  const { a } = code
  a.mov(R6, R1)
  code.control(R1, Control.state)
  a.load(8, R0, R1, 0).branchImmediate('ne', R0, STATE_RUNNING, LEAVE)
  if (process !== undefined) leaveForOthers(code, process, LEAVE)
  if (attempt.scratch) {
    takeScratch(code)
    startCaptures(code)
    startTokens(code)
    startVerdict(code)
  }
  if (code.pointSlot !== undefined) {
    a.mov(R1, R6).call(Helper.get_attach_cookie).store(8, R10, code.pointSlot, R0)
  }
  if (code.zeroSlot !== undefined) {
    code.control(R1, Control.zero)
    a.load(8, R1, R1, 0).store(8, R10, code.zeroSlot, R1)
  }
}

/** Where the script's own part begins. */
function start(code: Code, job: ProgramJob): void {
  if (job.entries?.role === 'restore') restoreEntries(code, job.entries)
  for (const reg of liveAtStart(code.fn.blocks)[0] ?? []) clear(code, reg)
}

/** Registers of the IR read 0 or "" before they are written. */
function clear(code: Code, reg: Reg): void {
  const home = code.home(reg)
  if (home === undefined) return
  if (code.fn.registers[reg]?.type === 'string' && home.kind === 'scratch') zero(code, home)
  else if (home.kind === 'register') code.a.movImmediate(home.register, 0)
  else code.a.storeImmediate(8, home.kind === 'stack' ? R10 : R9, home.offset, 0)
}

/** r9 = a scratch value of this CPU that no interrupted activation holds. */
function takeScratch(code: Code): void {
  const { a } = code
  const taken = a.fresh('taken')
  const none = a.fresh('none')
  const key = code.frame.area('key', 8)
  for (let level = 0; level < SCRATCH_LEVELS; level++) {
    const next = level === SCRATCH_LEVELS - 1 ? none : a.fresh('level')
    a.storeImmediate(4, R10, key, level)
    a.loadMap(R1, SCRATCH_MAP).mov(R2, R10).aluImmediate('add', R2, key)
    a.call(Helper.map_lookup_elem).branchImmediate('eq', R0, 0, none).mov(R9, R0)
    if (code.tables.facts.has('atomic-fetch')) {
      a.movImmediate(R1, 1).atomicFetch('exchange', 8, R9, 0, R1)
      a.branchImmediate('ne', R1, 0, next)
    } else {
      // What interrupts here gives back what it takes before we go on.
      a.load(8, R1, R9, 0).branchImmediate('ne', R1, 0, next).storeImmediate(8, R9, 0, 1)
    }
    if (next !== none) a.jump(taken).label(next)
  }
  a.label(taken)
  code.later.push(() => {
    a.label(none)
    code.skip()
    a.jump(LEAVE)
  })
}

/** A half-open range of instructions. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Writes the body; where its loops stand. */
function writeBlocks(code: Code): Range[] {
  const { a, fn } = code
  const back = loops(fn.blocks)
  const starts: number[] = []
  fn.blocks.forEach((block, id) => {
    starts.push(a.position)
    a.label(blockLabel(id))
    if (back.has(id)) openLoop(code, id)
    const fused = fusedTest(code, block)
    const last = block.instructions.length - (fused === undefined ? 0 : 1)
    block.instructions.slice(0, last).forEach(i => {
      if ('span' in i) a.place(code.tables.place(i.span))
      select(code, i, { block: id, handler: block.handler })
    })
    if (block.instructions.at(-1)?.op !== 'error') writeEnd(code, block.end, id, fused)
  })
  starts.push(a.position)
  return [...back].map(([header, last]) => ({
    start: starts[header] ?? 0,
    end: starts[last + 1] ?? 0,
  }))
}

type Fused = Extract<IrBlock['instructions'][number], { op: 'compare' | 'compare-text' }>

/** The comparison that a block ends in, when nothing but its branch reads the result. */
function fusedTest(code: Code, { instructions, end }: IrBlock): Fused | undefined {
  const last = instructions.at(-1)
  if (end.op !== 'branch' || end.test.kind !== 'reg') return undefined
  if (last?.op !== 'compare' && last?.op !== 'compare-text') return undefined
  return last.to === end.test.reg && code.useCounts[last.to] === 1 ? last : undefined
}

function writeEnd(code: Code, end: Terminator, from: number, fused: Fused | undefined): void {
  const { a } = code
  switch (end.op) {
    case 'jump':
      goTo(code, from, end.to)
      break
    case 'branch': {
      const { then, otherwise } = end
      const label = edge(code, from, fused?.op === 'compare-text' ? otherwise : then)
      if (fused?.op === 'compare-text') {
        compareText(code, fused.what, code.text(fused.a), code.text(fused.b), label)
        goTo(code, from, then)
      } else {
        if (fused?.op === 'compare') branchIf(code, fused.what, fused.a, fused.b, label)
        else a.branchImmediate('ne', blurred(code, end.test), 0, label)
        goTo(code, from, otherwise)
      }
      break
    }
    case 'return':
      // The end of the program follows the last block.
      if (from < code.fn.blocks.length - 1) a.jump(EXIT)
  }
}

function goTo(code: Code, from: number, to: number): void {
  if (to !== from + 1) leaveTo(code, from, to)
}

/** A label that leads to a block: for a back edge, over the loop's check. */
function edge(code: Code, from: number, to: number): Label {
  if (to > from) return blockLabel(to)
  const label = code.a.fresh('again')
  code.later.push(() => {
    code.a.label(label)
    leaveTo(code, from, to)
  })
  return label
}

// arch/x86/kernel/{rethook.c,kprobes/core.c,ftrace_64.S} and their like for arm64, by age.
const RETURN_TRAMPOLINES = [
  'arch_rethook_trampoline',
  'return_to_handler',
  '__kretprobe_trampoline',
  'kretprobe_trampoline',
] as const

function returnTrampolines(facts: Facts): readonly bigint[] {
  const symbols = facts.symbols()
  const found = RETURN_TRAMPOLINES.flatMap(name => symbols.functions(name))
  return found.map(symbol => symbol.address).filter(address => address !== 0n)
}
