import { type Assembler, R0, R1, R2, R3, R6, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import {
  BPF_NETFILTER,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_NETFILTER,
  BPF_PROG_TYPE_PERF_EVENT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_TRACING,
  BPF_TRACE_FENTRY,
  BPF_TRACE_FEXIT,
  BPF_TRACE_KPROBE_MULTI,
  BPF_TRACE_RAW_TP,
} from '../bpf/program.ts'
import type { AttachMethod } from '../image.ts'
import type { Arch } from '../kernel/facts.ts'
import type { Frame } from './stack.ts'

/** How a program attached in one way finds what its handler asks about the probe. r6 is the context. */
export interface ProbeAccess {
  readonly method: AttachMethod
  readonly programType: number
  readonly attachType: number
  /** Whether the number of the point that fired is in the program, or comes with the attachment. */
  readonly point: 'patched' | 'cookie'
  /** Whether the context is a struct pt_regs. */
  readonly registers: boolean
  /** What a program returns where its handler says nothing. */
  readonly returns: 0 | 1
  /** Whether it may come upon other programs at work, as what cannot be masked does. */
  readonly interrupts: boolean
  /** Whether helpers tell about the current task; else it is read from memory. */
  readonly taskHelpers: boolean
  /** r0 = an argument as it was passed, all 64 bits. May call helpers. */
  argument(index: number): void
  /** r0 = the probed function's result, all 64 bits. */
  result(): void
  /** r0 = the function at entry, the return address at return; 0 in a tracepoint. */
  address(): void
  /** r0 = where the function will return to; at return, where its caller will. */
  callerAddress(): void
  /** r0 = what is the same at entry and return of one activation, and nowhere else in its thread. */
  activation(): void
}

export interface AccessOptions {
  readonly a: Assembler
  readonly frame: Frame
  readonly method: AttachMethod
  readonly arch: Arch
  /** bpf_get_attach_cookie and bpf_get_func_ip for perf kprobes (5.15). */
  readonly cookies: boolean
  /** How many arguments the probed function takes: where a fexit program finds the result. */
  readonly arguments: number
  /** The probed place may be inside a function. */
  readonly inside: boolean
  /** Where a function returns to while somebody probes its return; asked when it matters. */
  readonly returnTrampolines: () => readonly bigint[]
}

export function probeAccess(options: AccessOptions): ProbeAccess {
  switch (options.method) {
    case 'fentry':
    case 'fexit':
      return trampolineAccess(options)
    case 'tp-btf':
    case 'raw-tracepoint':
      return tracepointAccess(options)
    case 'kprobe':
    case 'kprobe-multi':
    case 'kretprobe':
    case 'kretprobe-multi':
      return kprobeAccess(options)
    case 'perf-event':
    case 'breakpoint':
      return eventAccess(options)
    case 'netfilter':
      return hookAccess(options)
  }
}

const TRACING = { returns: 0, interrupts: false, taskHelpers: true } as const

/** The context is an array of u64: the arguments, each widened. */
function tracepointAccess({ a, method }: AccessOptions): ProbeAccess {
  const typed = method === 'tp-btf'
  const none = (): void => {
    a.movImmediate(R0, 0)
  }
  return {
    method,
    programType: typed ? BPF_PROG_TYPE_TRACING : BPF_PROG_TYPE_RAW_TRACEPOINT,
    attachType: typed ? BPF_TRACE_RAW_TP : 0,
    point: 'patched',
    registers: false,
    ...TRACING,
    argument: index => loadArgument(a, index, typed),
    result: none,
    address: none,
    callerAddress: none,
    activation: none,
  }
}

/** The context of a BPF trampoline: arguments as for a tracepoint, and the result after them. */
function trampolineAccess(options: AccessOptions): ProbeAccess {
  const { a, method } = options
  const atReturn = method === 'fexit'
  return {
    method,
    programType: BPF_PROG_TYPE_TRACING,
    attachType: atReturn ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY,
    point: 'patched',
    registers: false,
    ...TRACING,
    argument: index => loadArgument(a, index, true),
    result: () => loadArgument(a, options.arguments, true),
    address: () => {
      if (atReturn) frameAbove(options, 1)
      else functionAddress(options)
    },
    callerAddress: () => frameAbove(options, atReturn ? 2 : 1),
    // Entry and exit programs of one call run on the same frame of the same trampoline.
    activation: () => {
      a.mov(R0, R6)
      forgetPointer(a)
    },
  }
}

function loadArgument(a: Assembler, index: number, typed: boolean): void {
  a.load(8, R0, R6, index * 8)
  if (typed) forgetPointer(a)
}

/** Kernel pointers have types that forbid arithmetic; negating one makes it a number. */
function forgetPointer(a: Assembler): void {
  a.negate(R0).negate(R0)
}

function functionAddress({ a, cookies }: AccessOptions): void {
  if (cookies) a.mov(R1, R6).call(Helper.get_func_ip)
  else a.movImmediate(R0, 0)
}

const FRAMES = 8
/** `call __fentry__`, after ENDBR: the trampoline returns this near to the function's start. */
const PROLOGUE_BYTES = 24

/** r0 = the return address so many frames above the probed function's own, or 0. */
function frameAbove(options: AccessOptions, above: number): void {
  const { a, frame } = options
  const stack = frame.area('frames', FRAMES * 8)
  const saved = frame.area('function', 8)
  functionAddress(options)
  a.store(8, R10, saved, R0)
  getStack(a, stack, FRAMES * 8)
  const done = a.fresh('frame')
  a.load(8, R2, R10, saved)
  for (let i = 0; i + above < FRAMES; i++) {
    const next = a.fresh('next')
    a.load(8, R1, R10, stack + i * 8).alu('sub', R1, R2)
    a.branchImmediate('gt', R1, PROLOGUE_BYTES, next)
    a.load(8, R0, R10, stack + (i + above) * 8)
    a.jump(done)
    a.label(next)
  }
  a.movImmediate(R0, 0).label(done)
}

function getStack(a: Assembler, at: number, bytes: number): void {
  for (let i = 0; i < bytes; i += 8) a.storeImmediate(8, R10, at + i, 0)
  a.mov(R1, R6).mov(R2, R10).aluImmediate('add', R2, at)
  a.movImmediate(R3, bytes).movImmediate(4, 0).call(Helper.get_stack)
}

/** Offsets in struct pt_regs: arch/x86/include/asm/ptrace.h, arch/arm64/include/uapi/asm/ptrace.h. */
const REGS = {
  x64: { arguments: [112, 104, 96, 88, 72, 64], result: 80, ip: 128, sp: 152 },
  arm64: { arguments: [0, 8, 16, 24, 32, 40, 48, 56], result: 0, ip: 256, sp: 248 },
} as const
const ARM64_LINK = 240

function kprobeAccess(options: AccessOptions): ProbeAccess {
  const { a, method, arch, cookies, inside } = options
  const regs = REGS[arch]
  const atReturn = method === 'kretprobe' || method === 'kretprobe-multi'
  const multi = method === 'kprobe-multi' || method === 'kretprobe-multi'
  const load = (offset: number): void => {
    a.load(8, R0, R6, offset)
  }
  return {
    method,
    programType: BPF_PROG_TYPE_KPROBE,
    attachType: multi ? BPF_TRACE_KPROBE_MULTI : 0,
    point: multi || cookies ? 'cookie' : 'patched',
    registers: true,
    ...TRACING,
    argument: index => {
      const offset = regs.arguments[index]
      if (offset !== undefined) load(offset)
      else stackWord((index - regs.arguments.length + (arch === 'x64' ? 1 : 0)) * 8)
    },
    result: () => load(regs.result),
    address: () => {
      if (atReturn) load(regs.ip)
      // bpf_get_func_ip knows no function for a place inside one.
      else if (multi || (cookies && !inside)) a.mov(R1, R6).call(Helper.get_func_ip)
      else breakpointAddress()
    },
    callerAddress: () => {
      if (atReturn || inside) secondFrame(options)
      else entryReturnAddress()
    },
    activation: () => load(regs.sp),
  }

  /** A return probe of the same function has put its trampoline there: the unwinder knows better. */
  function entryReturnAddress(): void {
    if (arch === 'arm64') load(ARM64_LINK)
    else stackWord(0)
    const trampolines = options.returnTrampolines()
    if (trampolines.length === 0) return
    const unwind = a.fresh('unwind')
    const known = a.fresh('known')
    for (const address of trampolines) a.loadConstant(R1, address).branch('eq', R0, R1, unwind)
    a.jump(known).label(unwind)
    secondFrame(options)
    a.label(known)
  }

  /** On x86 the trap has moved past the breakpoint's one byte. */
  function breakpointAddress(): void {
    load(regs.ip)
    if (arch === 'x64') a.aluImmediate('sub', R0, 1)
  }

  /** r0 = what stands on the stack at function entry, the return address being at 0 on x86. */
  function stackWord(offset: number): void {
    const word = options.frame.area('word', 8)
    a.storeImmediate(8, R10, word, 0)
    a.load(8, R3, R6, regs.sp).aluImmediate('add', R3, offset)
    a.mov(R1, R10).aluImmediate('add', R1, word).movImmediate(R2, 8)
    a.call(Helper.probe_read_kernel).load(8, R0, R10, word)
  }
}

function secondFrame({ a, frame }: AccessOptions): void {
  const stack = frame.area('frames', FRAMES * 8)
  getStack(a, stack, FRAMES * 8)
  a.load(8, R0, R10, stack + 8)
}

/**
 * The context is a struct bpf_perf_event_data (uapi/linux/bpf_perf_event.h), which begins with the
 * registers of what the event came upon, be it the kernel or a program.
 */
function eventAccess(options: AccessOptions): ProbeAccess {
  const { a, method, arch } = options
  const regs = REGS[arch]
  const none = (): void => {
    a.movImmediate(R0, 0)
  }
  return {
    method,
    programType: BPF_PROG_TYPE_PERF_EVENT,
    attachType: 0,
    point: 'patched',
    registers: true,
    ...TRACING,
    interrupts: true,
    argument: none,
    result: none,
    address: () => {
      a.load(8, R0, R6, regs.ip)
    },
    callerAddress: () => secondFrame(options),
    activation: () => {
      a.load(8, R0, R6, regs.sp)
    },
  }
}

// struct bpf_nf_ctx, struct nf_hook_state (include/linux/netfilter.h)
const HOOK_STATE = 0
const HOOK_SKB = 8
const STATE_OFFSETS = [
  { offset: 0, bytes: 1 },
  { offset: 8, bytes: 8 },
  { offset: 16, bytes: 8 },
  { offset: 40, bytes: 8 },
] as const

/** The arguments are those that ir/lower/hook.ts names: the packet, then fields of the hook's state. */
function hookAccess({ a, method }: AccessOptions): ProbeAccess {
  const none = (): void => {
    a.movImmediate(R0, 0)
  }
  return {
    method,
    programType: BPF_PROG_TYPE_NETFILTER,
    attachType: BPF_NETFILTER,
    point: 'patched',
    registers: false,
    returns: 1,
    interrupts: false,
    taskHelpers: false,
    argument: index => {
      const field = STATE_OFFSETS[index - 1]
      if (field === undefined) a.load(8, R0, R6, HOOK_SKB)
      else a.load(8, R0, R6, HOOK_STATE).load(field.bytes, R0, R0, field.offset)
      if (field?.bytes !== 1) forgetPointer(a)
    },
    result: none,
    address: none,
    callerAddress: none,
    activation: none,
  }
}

/**
 * Where an entry program's stack pointer stands relative to the one at return, to be tried in
 * this order. On x86 the return has popped the return address; kernels differ in what their return
 * trampolines save (arch/x86/kernel/rethook.c, arch/x86/kernel/ftrace_64.S since 6.14).
 */
export function activationCandidates(method: AttachMethod, arch: Arch): readonly number[] {
  if (method === 'fexit' || arch === 'arm64') return [0]
  return [-8, -16, 0, FTRACE_FRAME_BYTES]
}

/** sizeof(struct pt_regs) on x86-64 */
const FTRACE_FRAME_BYTES = 168
