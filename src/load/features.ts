import type { BtfTypes } from '../kernel/btf-types.ts'
import type { Feature } from '../kernel/facts.ts'
import { tracepoint } from '../kernel/tracepoint.ts'
import {
  progLoadLogged,
  tryLinkKprobeMulti,
  tryProgLoad,
  tryRawTracepointOpen,
} from '../sys/bpf.ts'
import { tryBtfLoad } from '../sys/bpf-btf.ts'
import { tryMapCreate } from '../sys/bpf-map.ts'
import { Errno, errnoName, errnoText } from '../sys/errno.ts'
import { UnsupportedError } from '../sys/error.ts'
import type { Kernel } from '../sys/kernel.ts'
import { tryOpenKprobe } from '../sys/perf.ts'
import { readText } from './facts-files.ts'
import { FeatureCache } from './feature-cache.ts'

/** What a kernel can do, found by trying it. */
export interface Features {
  /** Undefined where the kernel has it; else the call that failed and why. */
  reason(feature: Feature): string | undefined
}

/**
 * Tries each feature when first asked, by the smallest load or link that needs it; never by the
 * kernel's version, which distributions bend. What was found is kept in `cacheDirectory` for this
 * boot, this kernel and these privileges.
 */
export function openFeatures(
  kernel: Kernel,
  types: () => BtfTypes,
  cacheDirectory: string,
): Features {
  const privileges = readPrivileges()
  const cache = new FeatureCache(cacheDirectory, [
    readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    kernel.uname().release,
    String(privileges.user),
    privileges.effective,
  ])
  const found = new Map<Feature, string | undefined>()
  let prepared = false
  return { reason }

  function reason(feature: Feature): string | undefined {
    if (!found.has(feature)) found.set(feature, cached(feature))
    return found.get(feature)
  }

  function cached(feature: Feature): string | undefined {
    const known = cache.get(feature)
    if (known !== undefined) return known === '' ? undefined : known
    if (!prepared) kernel.raiseMemlock()
    prepared = true
    const missing = explain(TRIALS[feature]({ kernel, types }))
    cache.set(feature, missing ?? '')
    return missing
  }

  function explain(outcome: Outcome): string | undefined {
    if (outcome === 'has') return undefined
    if ('reason' in outcome) return outcome.reason
    const { call, errno } = outcome
    const words = `${call}: ${errnoText(errno)} (${errnoName(errno)})`
    const refused = errno === Errno.EPERM || errno === Errno.EACCES
    return refused && !privileges.enough ? `${words}; ${NEEDS_PRIVILEGE}` : words
  }
}

const NEEDS_PRIVILEGE = 'klew needs root, or the capabilities CAP_BPF and CAP_PERFMON'

interface Trial {
  readonly kernel: Kernel
  readonly types: () => BtfTypes
}

type Outcome =
  | 'has'
  | { readonly call: string; readonly errno: number }
  | { readonly reason: string }

const TRIALS: Readonly<Record<Feature, (trial: Trial) => Outcome>> = {
  bpf: ({ kernel }) => loads(kernel, { name: 'bpf', code: RETURN_0 }),
  ringbuf: tryRing,
  fentry: tryFentry,
  kprobe: ({ kernel }) => tryKprobe(kernel, 'entry'),
  kretprobe: ({ kernel }) => tryKprobe(kernel, 'return'),
  'kprobe-multi': tryKprobeMulti,
  cookie: ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_KPROBE, { number: 174, name: 'bpf_get_attach_cookie' }),
  'tp-btf': tryTypedTracepoint,
  'raw-tracepoint': tryRawTracepoint,
  snprintf: ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_RAW_TRACEPOINT, { number: 165, name: 'bpf_snprintf' }),
  strncmp: ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_RAW_TRACEPOINT, { number: 182, name: 'bpf_strncmp' }),
  loop: ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_RAW_TRACEPOINT, { number: 181, name: 'bpf_loop' }),
  'for-each': ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_RAW_TRACEPOINT, {
      number: 164,
      name: 'bpf_for_each_map_elem',
    }),
  'percpu-lookup': ({ kernel }) =>
    knowsHelper(kernel, BPF_PROG_TYPE_RAW_TRACEPOINT, {
      number: 195,
      name: 'bpf_map_lookup_percpu_elem',
    }),
  'may-goto': ({ kernel }) => loads(kernel, { name: 'may_goto', code: MAY_GOTO }),
  'cpu-v4': ({ kernel }) => loads(kernel, { name: 'signed_division', code: SIGNED_DIVISION }),
  'atomic-fetch': ({ kernel }) => loads(kernel, { name: 'atomic_fetch', code: ATOMIC_FETCH }),
  'func-info': tryFunctionInfo,
  netfilter: tryNetfilter,
}

// enum bpf_prog_type, enum bpf_map_type and enum bpf_attach_type of uapi/linux/bpf.h
const BPF_PROG_TYPE_KPROBE = 2
const BPF_PROG_TYPE_RAW_TRACEPOINT = 17
const BPF_PROG_TYPE_TRACING = 26
const BPF_PROG_TYPE_NETFILTER = 32
const BPF_MAP_TYPE_RINGBUF = 27
const BPF_TRACE_RAW_TP = 23
const BPF_TRACE_FENTRY = 24
const BPF_TRACE_KPROBE_MULTI = 42
const BPF_NETFILTER = 45

/**
 * What a try attaches to: a function made for trying this (net/bpf/test_run.c), which nothing calls
 * but its own test; and a tracepoint of every kernel that is hit but seldom.
 */
const HARMLESS_FUNCTION = 'bpf_fentry_test1'
const QUIET_TRACEPOINT = 'sched_process_exec'

/** One instruction: `struct bpf_insn`. */
function instruction(
  opcode: number,
  registers: number,
  offset: number,
  immediate: number,
): readonly number[] {
  return [opcode, registers, offset & 0xff, offset >> 8, ...int32(immediate)]
}

function int32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff]
}

function code(...instructions: (readonly number[])[]): Uint8Array {
  return Uint8Array.from(instructions.flat())
}

const ZERO = instruction(0xb7, 0, 0, 0)
const EXIT = instruction(0x95, 0, 0, 0)
const RETURN_0 = code(ZERO, EXIT)
/** `may_goto +0` */
const MAY_GOTO = code(ZERO, instruction(0xe5, 0, 0, 0), EXIT)
/** `r0 = 0; r1 = 3; r0 s/= r1` */
const SIGNED_DIVISION = code(ZERO, instruction(0xb7, 1, 0, 3), instruction(0x3f, 0x10, 1, 0), EXIT)
/** `*(u64 *)(r10 - 8) = 0; r1 = 1; r1 = atomic_fetch_add(r10 - 8, r1)` */
const ATOMIC_FETCH = code(
  instruction(0x7a, 10, -8, 0),
  instruction(0xb7, 1, 0, 1),
  instruction(0xdb, 0x1a, -8, 1),
  ZERO,
  EXIT,
)

interface TrialProgram {
  readonly name: string
  readonly code: Uint8Array
  readonly type?: number
  readonly attachType?: number
  readonly btfId?: number
  readonly programBtfFd?: number
  readonly functionInfo?: Uint8Array
}

/** Loads a program, and with it does something more. */
function loads(
  kernel: Kernel,
  program: TrialProgram,
  then: (fd: number) => Outcome = () => 'has',
): Outcome {
  const { code: instructions, type = BPF_PROG_TYPE_RAW_TRACEPOINT, ...others } = program
  const fd = tryProgLoad(kernel, { ...others, type, instructions })
  if (fd < 0) return { call: `bpf(BPF_PROG_LOAD, ${program.name})`, errno: -fd }
  try {
    return then(fd)
  } finally {
    kernel.close(fd)
  }
}

/** What a call gave: a descriptor, closed at once, or a negated errno. */
function opened(kernel: Kernel, call: string, result: number): Outcome {
  if (result < 0) return { call, errno: -result }
  kernel.close(result)
  return 'has'
}

function tryRing({ kernel }: Trial): Outcome {
  const map = {
    type: BPF_MAP_TYPE_RINGBUF,
    keySize: 0,
    valueSize: 0,
    maxEntries: 4096,
    name: 'ring',
  }
  return opened(kernel, 'bpf(BPF_MAP_CREATE, ring buffer)', tryMapCreate(kernel, map))
}

function tryFentry(trial: Trial): Outcome {
  const { kernel } = trial
  const target = typesOf(trial, types => types.function(HARMLESS_FUNCTION)?.btfId)
  if (typeof target !== 'number') return target
  const program = {
    name: 'fentry',
    code: RETURN_0,
    type: BPF_PROG_TYPE_TRACING,
    attachType: BPF_TRACE_FENTRY,
    btfId: target,
  }
  return loads(kernel, program, fd =>
    opened(
      kernel,
      `attaching fentry to ${HARMLESS_FUNCTION}`,
      tryRawTracepointOpen(kernel, fd, undefined),
    ),
  )
}

function tryTypedTracepoint(trial: Trial): Outcome {
  const { kernel } = trial
  const target = typesOf(trial, types => tracepoint(types, QUIET_TRACEPOINT)?.btfId)
  if (typeof target !== 'number') return target
  const program = {
    name: 'tp_btf',
    code: RETURN_0,
    type: BPF_PROG_TYPE_TRACING,
    attachType: BPF_TRACE_RAW_TP,
    btfId: target,
  }
  return loads(kernel, program, fd =>
    opened(
      kernel,
      `attaching tp_btf to ${QUIET_TRACEPOINT}`,
      tryRawTracepointOpen(kernel, fd, undefined),
    ),
  )
}

/** A BTF id, or why there is none. */
function typesOf(
  { types }: Trial,
  idOf: (types: BtfTypes) => number | undefined,
): number | { readonly reason: string } {
  try {
    return idOf(types()) ?? { reason: 'the kernel has no BTF for what is used to try it' }
  } catch (error) {
    if (error instanceof UnsupportedError) return { reason: error.message }
    throw error
  }
}

function tryRawTracepoint({ kernel }: Trial): Outcome {
  return loads(kernel, { name: 'raw_tracepoint', code: RETURN_0 }, fd =>
    opened(
      kernel,
      `bpf(BPF_RAW_TRACEPOINT_OPEN, ${QUIET_TRACEPOINT})`,
      tryRawTracepointOpen(kernel, fd, QUIET_TRACEPOINT),
    ),
  )
}

function tryNetfilter({ kernel }: Trial): Outcome {
  const outcome = loads(kernel, {
    name: 'netfilter',
    code: RETURN_0,
    type: BPF_PROG_TYPE_NETFILTER,
    attachType: BPF_NETFILTER,
  })
  if (outcome === 'has' || 'reason' in outcome || outcome.errno !== Errno.EINVAL) return outcome
  const reason =
    'it does not know such programs, which came with Linux 6.4 and CONFIG_NETFILTER_BPF_LINK'
  return { reason }
}

const KPROBE_PMU = '/sys/bus/event_source/devices/kprobe/type'

function tryKprobe(kernel: Kernel, at: 'entry' | 'return'): Outcome {
  const pmu = readText(KPROBE_PMU)
  if (pmu === undefined) {
    return {
      reason: `${KPROBE_PMU} does not exist: the kernel is built without CONFIG_KPROBE_EVENTS`,
    }
  }
  const target = { kind: 'symbol' as const, name: HARMLESS_FUNCTION, offset: 0 }
  return opened(
    kernel,
    `perf_event_open(kprobe, ${HARMLESS_FUNCTION})`,
    tryOpenKprobe(kernel, { pmu: Number(pmu), target, at }),
  )
}

/** Kernels without CONFIG_FPROBE load the program all the same: only the link tells. */
function tryKprobeMulti({ kernel }: Trial): Outcome {
  const program = {
    name: 'kprobe_multi',
    code: RETURN_0,
    type: BPF_PROG_TYPE_KPROBE,
    attachType: BPF_TRACE_KPROBE_MULTI,
  }
  const targets = { kind: 'symbols' as const, symbols: [HARMLESS_FUNCTION] }
  return loads(kernel, program, fd =>
    opened(
      kernel,
      'bpf(BPF_LINK_CREATE, kprobe_multi)',
      tryLinkKprobeMulti(kernel, fd, { targets, at: 'entry' }),
    ),
  )
}

/**
 * Whether programs of a type may call a helper. A call without arguments is always refused: for
 * the arguments where the helper is known, for the helper where it is not.
 */
function knowsHelper(
  kernel: Kernel,
  type: number,
  helper: { readonly number: number; readonly name: string },
): Outcome {
  const name = helper.name.slice('bpf_'.length, 'bpf_'.length + 15)
  const instructions = code(instruction(0x85, 0, 0, helper.number), EXIT)
  const { result, log } = progLoadLogged(kernel, { type, instructions, name }, 1)
  if (result >= 0) kernel.close(result)
  if (result >= 0 || (log !== '' && !UNKNOWN_HELPER.test(log))) return 'has'
  if (log === '') return { call: `bpf(BPF_PROG_LOAD, ${name})`, errno: -result }
  return { reason: `the kernel does not have the helper ${helper.name}` }
}

/** kernel/bpf/verifier.c, check_helper_call */
const UNKNOWN_HELPER = /invalid func|unknown func|cannot use helper/

function tryFunctionInfo({ kernel }: Trial): Outcome {
  const btf = tryBtfLoad(kernel, FUNCTION_BTF)
  if (btf < 0) return { call: 'bpf(BPF_BTF_LOAD)', errno: -btf }
  try {
    // One record: at instruction 0 starts the function of type 3.
    const functionInfo = Uint8Array.from([...int32(0), ...int32(3)])
    return loads(kernel, { name: 'func_info', code: RETURN_0, programBtfFd: btf, functionInfo })
  } finally {
    kernel.close(btf)
  }
}

/** BTF of `int f(void)`: an INT, a FUNC_PROTO that gives it, a FUNC of that. */
const FUNCTION_BTF = Uint8Array.from([
  ...[0x9f, 0xeb, 1, 0, ...int32(24), ...int32(0), ...int32(40), ...int32(40), ...int32(7)],
  ...[...int32(1), ...int32(1 << 24), ...int32(4), ...int32((1 << 24) | 32)],
  ...[...int32(0), ...int32(13 << 24), ...int32(1)],
  ...[...int32(5), ...int32(12 << 24), ...int32(2)],
  ...Buffer.from('\0int\0f\0'),
])

const CAP_SYS_ADMIN = 1n << 21n
const CAP_PERFMON = 1n << 38n
const CAP_BPF = 1n << 39n

function readPrivileges(): { user: number; effective: string; enough: boolean } {
  const status = readText('/proc/self/status') ?? ''
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  const capabilities = BigInt(`0x${effective}`)
  const both = CAP_BPF | CAP_PERFMON
  return {
    user: process.geteuid?.() ?? 0,
    effective,
    enough: (capabilities & CAP_SYS_ADMIN) !== 0n || (capabilities & both) === both,
  }
}
