import { Attribute } from './attribute.ts'
import { checked } from './error.ts'
import type { Kernel } from './kernel.ts'

// perf_event_open(2). Offsets are those of `struct perf_event_attr` in uapi/linux/perf_event.h.
// Every function returns a descriptor, which the caller owns; `try…` may return a negated errno.

/** Up to `sample_regs_intr`: what every kernel since 4.1 knows. */
const PERF_ATTR_SIZE_VER5 = 112
const PERF_FLAG_FD_CLOEXEC = 8
// Bits of the word at 40.
const DISABLED = 1n << 0n
const FREQUENCY = 1n << 10n

// include/uapi/linux/perf_event.h: _IOW('$', 8, __u32), _IO('$', 0), _IO('$', 1)
const PERF_EVENT_IOC_SET_BPF = 0x40042408
const PERF_EVENT_IOC_ENABLE = 0x2400
const PERF_EVENT_IOC_DISABLE = 0x2401

// enum perf_type_id
export const PERF_TYPE_HARDWARE = 0
export const PERF_TYPE_SOFTWARE = 1
const PERF_TYPE_TRACEPOINT = 2
const PERF_TYPE_BREAKPOINT = 5

// enum perf_hw_id
export const PERF_COUNT_HW_CPU_CYCLES = 0
export const PERF_COUNT_HW_INSTRUCTIONS = 1
// enum perf_sw_ids
export const PERF_COUNT_SW_CPU_CLOCK = 0
export const PERF_COUNT_SW_TASK_CLOCK = 1

export interface KprobeEvent {
  /** The number in /sys/bus/event_source/devices/kprobe/type. */
  readonly pmu: number
  readonly target:
    | { readonly kind: 'symbol'; readonly name: string; readonly offset: number }
    | { readonly kind: 'address'; readonly address: bigint }
  readonly at: 'entry' | 'return'
}

/** A kprobe as a perf event: it lives as long as its descriptor (4.17). No maxactive here. */
export function openKprobe(kernel: Kernel, event: KprobeEvent): number {
  const { target } = event
  const name = target.kind === 'symbol' ? target.name : `0x${target.address.toString(16)}`
  return checked(`perf_event_open(kprobe, ${name})`, tryOpenKprobe(kernel, event))
}

export function tryOpenKprobe(kernel: Kernel, event: KprobeEvent): number {
  // The format of the PMU (format/retprobe) is config:0.
  const attr = attribute(kernel, event.pmu, event.at === 'return' ? 1n : 0n)
  const { target } = event
  // config1 is kprobe_func; where it is NULL, config2 is the address, else the offset.
  if (target.kind === 'symbol') attr.textPointer(56, target.name).u64(64, BigInt(target.offset))
  else attr.u64(64, target.address)
  // On any one CPU the probe fires for all of them.
  return attr.perfEventOpen(-1, 0, -1, PERF_FLAG_FD_CLOEXEC)
}

/** A tracepoint by the number in /sys/kernel/tracing/events/GROUP/NAME/id. */
export function openTracepoint(kernel: Kernel, id: number): number {
  const attr = attribute(kernel, PERF_TYPE_TRACEPOINT, BigInt(id)).u64(16, 1n)
  const result = attr.perfEventOpen(-1, 0, -1, PERF_FLAG_FD_CLOEXEC)
  return checked(`perf_event_open(tracepoint ${id})`, result)
}

export interface CounterEvent {
  /** PERF_TYPE_HARDWARE, PERF_TYPE_SOFTWARE or a PMU's number. */
  readonly type: number
  /** PERF_COUNT_*, or what the PMU means by it. */
  readonly config: bigint
  /** Fires once in so many events, or so many times a second. */
  readonly every:
    | { readonly kind: 'period'; readonly events: bigint }
    | { readonly kind: 'frequency'; readonly hz: bigint }
  /** -1 for every process. */
  readonly pid: number
  /** -1 for every CPU, which needs a process. */
  readonly cpu: number
}

/** A hardware or software counter that fires. Starts disabled. */
export function openCounter(kernel: Kernel, event: CounterEvent): number {
  const call = `perf_event_open(type ${event.type}, config ${event.config}, cpu ${event.cpu})`
  return checked(call, tryOpenCounter(kernel, event))
}

export function tryOpenCounter(kernel: Kernel, event: CounterEvent): number {
  const { type, config, every, pid, cpu } = event
  const attr = attribute(kernel, type, config)
  if (every.kind === 'period') attr.u64(16, every.events).u64(40, DISABLED)
  else attr.u64(16, every.hz).u64(40, DISABLED | FREQUENCY)
  return attr.perfEventOpen(pid, cpu, -1, PERF_FLAG_FD_CLOEXEC)
}

export interface BreakpointEvent {
  readonly address: bigint
  readonly length: 1 | 2 | 4 | 8
  readonly access: 'write' | 'rw'
  /** For every process on this CPU. */
  readonly cpu: number
}

// uapi/linux/hw_breakpoint.h
const HW_BREAKPOINT_W = 2
const HW_BREAKPOINT_RW = 3

/** A hardware breakpoint on data: fires at each access. Starts disabled. */
export function tryOpenBreakpoint(kernel: Kernel, event: BreakpointEvent): number {
  const { address, length, access, cpu } = event
  return attribute(kernel, PERF_TYPE_BREAKPOINT, 0n)
    .u64(16, 1n)
    .u64(40, DISABLED)
    .u32(52, access === 'write' ? HW_BREAKPOINT_W : HW_BREAKPOINT_RW)
    .u64(56, address)
    .u64(64, BigInt(length))
    .perfEventOpen(-1, cpu, -1, PERF_FLAG_FD_CLOEXEC)
}

function attribute(kernel: Kernel, type: number, config: bigint): Attribute {
  return new Attribute(kernel, PERF_ATTR_SIZE_VER5)
    .u32(0, type)
    .u32(4, PERF_ATTR_SIZE_VER5)
    .u64(8, config)
}

/** Has the event run a program. Without a cookie; `linkPerfEvent` is the way with one. */
export function setBpf(kernel: Kernel, event: number, program: number): void {
  const result = kernel.ioctl(event, PERF_EVENT_IOC_SET_BPF, program)
  checked('ioctl(PERF_EVENT_IOC_SET_BPF)', result)
}

export function enable(kernel: Kernel, event: number): void {
  checked('ioctl(PERF_EVENT_IOC_ENABLE)', kernel.ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
}

export function disable(kernel: Kernel, event: number): void {
  checked('ioctl(PERF_EVENT_IOC_DISABLE)', kernel.ioctl(event, PERF_EVENT_IOC_DISABLE, 0))
}
