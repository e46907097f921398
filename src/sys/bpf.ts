import { Attribute, textOf } from './attribute.ts'
import { Errno } from './errno.ts'
import { checked, SyscallError, VerifierError } from './error.ts'
import type { Kernel } from './kernel.ts'

// bpf(2): programs and links. Maps are in bpf-map.ts, type information in bpf-btf.ts. Offsets are
// those of `union bpf_attr` in include/uapi/linux/bpf.h. A `try…` function returns the negated
// errno, for callers that ask what a kernel can do; its namesake throws SyscallError.

// enum bpf_cmd
const BPF_PROG_LOAD = 5
const BPF_PROG_TEST_RUN = 10
const BPF_OBJ_GET_INFO_BY_FD = 15
const BPF_RAW_TRACEPOINT_OPEN = 17
const BPF_LINK_CREATE = 28
const BPF_ENABLE_STATS = 32

// enum bpf_attach_type
const BPF_PERF_EVENT = 41
const BPF_TRACE_KPROBE_MULTI = 42
const BPF_NETFILTER = 45
const BPF_TRACE_KPROBE_SESSION = 56

/** Size of every object name, NUL counted. */
export const BPF_OBJ_NAME_LEN = 16

export interface ProgramLoad {
  /** BPF_PROG_TYPE_* */
  readonly type: number
  readonly instructions: Uint8Array
  /** At most 15 bytes count; the kernel takes letters, digits, `_` and `.`. */
  readonly name: string
  /** BPF_TRACE_FENTRY and the like. */
  readonly attachType?: number
  /** BPF_F_* of program loading. */
  readonly flags?: number
  /** What a tracing program is for: a BTF id of the kernel, or of the object below. */
  readonly btfId?: number
  /** Descriptor of a module's BTF; 0 for vmlinux. */
  readonly btfObjectFd?: number
  /** The program's own BTF, and records that refer to it. */
  readonly programBtfFd?: number
  readonly functionInfo?: Uint8Array
  readonly lineInfo?: Uint8Array
}

/**
 * Loads a program and returns its descriptor, which the caller owns.
 *
 * A refused program is loaded a second time for its log: keeping one is slow, so the first try
 * goes without.
 *
 * @throws VerifierError with that log, or SyscallError where the verifier was not reached.
 */
export function progLoad(kernel: Kernel, program: ProgramLoad): number {
  const fd = tryProgLoad(kernel, program)
  if (fd >= 0) return fd
  const again = progLoadLogged(kernel, program, 1)
  if (again.result >= 0) return again.result
  if (again.log === '') throw new SyscallError(progLoadCall(program), -again.result)
  throw new VerifierError(program.name, -again.result, again.log)
}

export function tryProgLoad(kernel: Kernel, program: ProgramLoad): number {
  return load(kernel, program, 0, undefined)
}

const FIRST_LOG_BYTES = 256 * 1024
// Kernels before 6.2 take no log buffer of 16 MiB or more (UINT_MAX >> 8).
const LAST_LOG_BYTES = 16 * 1024 * 1024 - 1

/**
 * Loads a program with the verifier's log: level 1 for its path to a refusal, 2 for every
 * instruction, 4 for statistics. `result` is the descriptor or the negated errno.
 */
export function progLoadLogged(
  kernel: Kernel,
  program: ProgramLoad,
  level: number,
): { readonly result: number; readonly log: string } {
  for (let size = FIRST_LOG_BYTES; ; size = Math.min(size * 8, LAST_LOG_BYTES)) {
    const log = new Uint8Array(size)
    const result = load(kernel, program, level, log)
    // ENOSPC says that the log was cut, and hides the verdict.
    if (result !== -Errno.ENOSPC || size === LAST_LOG_BYTES) return { result, log: textOf(log) }
  }
}

// The verifier gives up with EAGAIN when a signal is pending.
const LOAD_TRIES = 5
const FUNC_INFO_SIZE = 8
const LINE_INFO_SIZE = 16

function load(
  kernel: Kernel,
  program: ProgramLoad,
  level: number,
  log: Uint8Array | undefined,
): number {
  let result = -Errno.EAGAIN
  for (let i = 0; i < LOAD_TRIES && result === -Errno.EAGAIN; i++) {
    result = loadAttribute(kernel, program, level, log).bpf(BPF_PROG_LOAD)
  }
  return result
}

function loadAttribute(
  kernel: Kernel,
  program: ProgramLoad,
  level: number,
  log: Uint8Array | undefined,
): Attribute {
  const { instructions, functionInfo, lineInfo } = program
  const attr = new Attribute(kernel, 152)
    .u32(0, program.type)
    .u32(4, instructions.length / 8)
    .pointer(8, instructions)
    // klew uses helpers that ask for it.
    .textPointer(16, 'GPL')
    .u32(24, level)
    .u32(28, log?.length ?? 0)
    .pointer(32, log)
    .u32(44, program.flags ?? 0)
    .text(48, program.name, BPF_OBJ_NAME_LEN)
    .u32(68, program.attachType ?? 0)
    .u32(72, program.programBtfFd ?? 0)
    .u32(108, program.btfId ?? 0)
    .u32(112, program.btfObjectFd ?? 0)
  if (functionInfo !== undefined) {
    attr.u32(76, FUNC_INFO_SIZE).pointer(80, functionInfo)
    attr.u32(88, functionInfo.length / FUNC_INFO_SIZE)
  }
  if (lineInfo !== undefined) {
    attr.u32(92, LINE_INFO_SIZE).pointer(96, lineInfo)
    attr.u32(104, lineInfo.length / LINE_INFO_SIZE)
  }
  return attr
}

function progLoadCall(program: ProgramLoad): string {
  return `bpf(BPF_PROG_LOAD, ${program.name})`
}

export interface TestRun {
  /** What the program's context points to; SYSCALL programs write it in place. */
  readonly context?: Uint8Array
  /** A packet, for the types that have one. */
  readonly data?: Uint8Array
  readonly dataOut?: Uint8Array
  /** BPF_F_TEST_RUN_ON_CPU = 1, with `cpu`. */
  readonly flags?: number
  readonly cpu?: number
  readonly repeat?: number
}

/** Runs a program once, by itself. Only for types that have a way (not kprobe, tracepoint, perf). */
export function progTestRun(
  kernel: Kernel,
  program: number,
  run: TestRun = {},
): { readonly returnValue: number; readonly durationNs: number } {
  const attr = new Attribute(kernel, 80)
    .u32(0, program)
    .u32(8, run.data?.length ?? 0)
    .u32(12, run.dataOut?.length ?? 0)
    .pointer(16, run.data)
    .pointer(24, run.dataOut)
    .u32(32, run.repeat ?? 0)
    .u32(40, run.context?.length ?? 0)
    .pointer(48, run.context)
    .u32(64, run.flags ?? 0)
    .u32(68, run.cpu ?? 0)
  checked('bpf(BPF_PROG_TEST_RUN)', attr.bpf(BPF_PROG_TEST_RUN))
  return { returnValue: attr.readU32(4), durationNs: attr.readU32(36) }
}

/**
 * Attaches a raw tracepoint program to a tracepoint, by name; or, without a name, a tracing
 * program (tp_btf, fentry, fexit) to what it was loaded for. Returns the link's descriptor. The
 * cookie needs 6.10.
 */
export function rawTracepointOpen(
  kernel: Kernel,
  program: number,
  name: string | undefined,
  cookie = 0n,
): number {
  const call = `bpf(BPF_RAW_TRACEPOINT_OPEN${name === undefined ? '' : `, ${name}`})`
  return checked(call, tryRawTracepointOpen(kernel, program, name, cookie))
}

export function tryRawTracepointOpen(
  kernel: Kernel,
  program: number,
  name: string | undefined,
  cookie = 0n,
): number {
  const attr = new Attribute(kernel, 24).u32(8, program).u64(16, cookie)
  if (name !== undefined) attr.textPointer(0, name)
  return attr.bpf(BPF_RAW_TRACEPOINT_OPEN)
}

/** Attaches a program to a perf event, with a cookie (5.15). Returns the link's descriptor. */
export function linkPerfEvent(
  kernel: Kernel,
  program: number,
  event: number,
  cookie: bigint,
): number {
  return checked(
    'bpf(BPF_LINK_CREATE, perf event)',
    tryLinkPerfEvent(kernel, program, event, cookie),
  )
}

export function tryLinkPerfEvent(
  kernel: Kernel,
  program: number,
  event: number,
  cookie: bigint,
): number {
  return new Attribute(kernel, 64)
    .u32(0, program)
    .u32(4, event)
    .u32(8, BPF_PERF_EVENT)
    .u64(16, cookie)
    .bpf(BPF_LINK_CREATE)
}

/**
 * Attaches a tracing program to what it was loaded for, with a cookie (5.19; tp_btf 6.10).
 * `attachType` is the one that it was loaded with.
 */
export function linkTracing(
  kernel: Kernel,
  program: number,
  attachType: number,
  cookie: bigint,
): number {
  return checked(
    'bpf(BPF_LINK_CREATE, tracing)',
    tryLinkTracing(kernel, program, attachType, cookie),
  )
}

export function tryLinkTracing(
  kernel: Kernel,
  program: number,
  attachType: number,
  cookie: bigint,
): number {
  return new Attribute(kernel, 64)
    .u32(0, program)
    .u32(8, attachType)
    .u64(24, cookie)
    .bpf(BPF_LINK_CREATE)
}

export interface NetfilterHook {
  /** NFPROTO_*, NF_INET_* */
  readonly family: number
  readonly hook: number
  readonly priority: number
}

/** Puts a program on a hook of this process's network namespace (6.4). */
export function tryLinkNetfilter(kernel: Kernel, program: number, at: NetfilterHook): number {
  return new Attribute(kernel, 64)
    .u32(0, program)
    .u32(8, BPF_NETFILTER)
    .u32(16, at.family)
    .u32(20, at.hook)
    .u32(24, at.priority >>> 0)
    .bpf(BPF_LINK_CREATE)
}

export interface KprobeMulti {
  /** Functions by address, several times faster than by name; or by name. */
  readonly targets:
    | { readonly kind: 'addresses'; readonly addresses: readonly bigint[] }
    | { readonly kind: 'symbols'; readonly symbols: readonly string[] }
  /** One for each target, or none at all. */
  readonly cookies?: readonly bigint[]
  /** `session` runs the program at entry and return (6.10). */
  readonly at: 'entry' | 'return' | 'session'
}

const BPF_F_KPROBE_MULTI_RETURN = 1

/** Attaches a program to many functions at once (5.18, with CONFIG_FPROBE). */
export function linkKprobeMulti(kernel: Kernel, program: number, multi: KprobeMulti): number {
  return checked('bpf(BPF_LINK_CREATE, kprobe_multi)', tryLinkKprobeMulti(kernel, program, multi))
}

export function tryLinkKprobeMulti(kernel: Kernel, program: number, multi: KprobeMulti): number {
  const { targets, cookies = [], at } = multi
  const attr = new Attribute(kernel, 64)
    .u32(0, program)
    .u32(8, at === 'session' ? BPF_TRACE_KPROBE_SESSION : BPF_TRACE_KPROBE_MULTI)
    .u32(16, at === 'return' ? BPF_F_KPROBE_MULTI_RETURN : 0)
    .u64Pointer(40, cookies)
  if (targets.kind === 'symbols') {
    attr.u32(20, targets.symbols.length).textPointers(24, targets.symbols)
  } else {
    attr.u32(20, targets.addresses.length).u64Pointer(32, targets.addresses)
  }
  return attr.bpf(BPF_LINK_CREATE)
}

export interface ProgramInfo {
  readonly id: number
  readonly name: string
  /** Bytes of machine code, and of eBPF after the verifier rewrote it. */
  readonly jitedBytes: number
  readonly xlatedBytes: number
  /** Instructions the verifier walked through (5.16); 0 where the kernel does not tell. */
  readonly verifiedInstructions: number
  /** Counted only while someone holds `enableStats`. */
  readonly runTimeNs: bigint
  readonly runCount: bigint
  /** Runs left out because the program was running on this CPU already (5.12). */
  readonly recursionMisses: bigint
}

/** struct bpf_prog_info. A kernel that knows less of it leaves the rest zero. */
export function programInfo(kernel: Kernel, program: number): ProgramInfo {
  const info = new Uint8Array(232)
  objectInfo(kernel, program, info)
  const view = new DataView(info.buffer)
  return {
    id: view.getUint32(4, true),
    name: textOf(info.subarray(64, 64 + BPF_OBJ_NAME_LEN)),
    jitedBytes: view.getUint32(16, true),
    xlatedBytes: view.getUint32(20, true),
    verifiedInstructions: view.getUint32(216, true),
    runTimeNs: view.getBigUint64(192, true),
    runCount: view.getBigUint64(200, true),
    recursionMisses: view.getBigUint64(208, true),
  }
}

/** Fills `info`, which may hold pointers to more room, with what the kernel tells of an object. */
export function objectInfo(kernel: Kernel, fd: number, info: Uint8Array): void {
  const attr = new Attribute(kernel, 16).u32(0, fd).u32(4, info.length).pointer(8, info)
  checked('bpf(BPF_OBJ_GET_INFO_BY_FD)', attr.bpf(BPF_OBJ_GET_INFO_BY_FD))
}

/** Has the kernel count runs and run time of all programs (5.8) until the descriptor is closed. */
export function enableStats(kernel: Kernel): number {
  // type 0 is BPF_STATS_RUN_TIME
  return checked('bpf(BPF_ENABLE_STATS)', new Attribute(kernel, 4).bpf(BPF_ENABLE_STATS))
}
