import type { AttachPlace, AttachTarget } from '../image.ts'
import type { Facts } from '../kernel/facts.ts'
import { ticksPerSecond } from '../kernel/ticks.ts'
import type { PerfPoint, ResolvedPoint } from '../sema/checked.ts'

/** What a program of a point is attached to; nothing for points outside the kernel. */
export function attachTarget(point: ResolvedPoint, number: number, facts: Facts): AttachTarget[] {
  const plain = { point: number, name: '', address: 0n, btfId: 0, optional: false }
  switch (point.kind) {
    case 'tracepoint': {
      const { name, prototype } = point
      return [{ ...plain, name, ...inModule(prototype.module), btfId: prototype.btfId }]
    }
    case 'function': {
      const { symbol, module, address, prototype, optional, maxActive } = point
      const btfId = prototype?.btfId ?? 0
      const most = maxActive === undefined ? {} : { maxActive }
      return [{ ...plain, name: symbol, ...inModule(module), address, btfId, optional, ...most }]
    }
    case 'address':
      return [{ ...plain, ...inModule(point.module), address: point.address }]
    case 'watch': {
      const { symbol = '', address, length, access } = point
      const known = symbol === '' ? address : dataAddress(facts, symbol)
      return [{ ...plain, name: symbol, address: known, on: { kind: 'memory', length, access } }]
    }
    case 'perf':
      return [{ ...plain, on: counter(point) }]
    case 'profile':
      return [{ ...plain, on: clock(point.hz ?? ticksPerSecond(facts)) }]
    case 'netfilter': {
      const { family, hook, priority } = point
      return [{ ...plain, on: { kind: 'hook', family, hook, priority: Number(priority) } }]
    }
    default:
      return []
  }
}

function inModule(module: string | undefined): { readonly module?: string } {
  return module === undefined ? {} : { module }
}

function dataAddress(facts: Facts, symbol: string): bigint {
  const symbols = facts.symbols()
  const found = symbols.data(symbol)[0] ?? symbols.functions(symbol)[0]
  return found?.address ?? 0n
}

function counter({ type, config, period }: PerfPoint): AttachPlace {
  return {
    kind: 'counter',
    type: Number(BigInt.asUintN(32, type)),
    config,
    every: period.kind === 'sample' ? { kind: 'period', events: period.events } : period,
  }
}

// enum perf_type_id, enum perf_sw_ids
const PERF_TYPE_SOFTWARE = 1
const PERF_COUNT_SW_CPU_CLOCK = 0n

function clock(hz: bigint): AttachPlace {
  const every = { kind: 'frequency', hz } as const
  return { kind: 'counter', type: PERF_TYPE_SOFTWARE, config: PERF_COUNT_SW_CPU_CLOCK, every }
}
