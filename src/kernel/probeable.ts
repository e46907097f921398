import type { KernelSymbol, Probeable } from './facts.ts'

/**
 * What the kernel says about which functions can be probed: tracefs `available_filter_functions`
 * (where ftrace has a call site) and debugfs `kprobes/blacklist`. Either may be unreadable.
 */
export interface ProbeLists {
  /** `NAME` or `NAME [MODULE]` a line. */
  readonly traceable: string | undefined
  /** `0xSTART-0xEND\tNAME` a line. */
  readonly blacklist: string | undefined
}

/**
 * Whether a symbol can be probed, and if not, why; undefined where nobody says. `lookup` gives the
 * symbols of a name, for telling what does not exist from what has no call site.
 */
export function probeableBy(
  lists: ProbeLists,
  lookup: (name: string) => readonly KernelSymbol[],
  initText: () => readonly [start: bigint, end: bigint] | undefined,
): (symbol: string, module?: string) => Probeable | undefined {
  let traceable: ReadonlySet<string> | undefined
  const blacklist = lists.blacklist ?? ''
  return (symbol, module) => {
    if (blacklist.includes(`\t${symbol}\n`)) {
      return { ok: false, reason: 'the kernel forbids probes in it (kprobes/blacklist)' }
    }
    if (lists.traceable === undefined) return undefined
    traceable ??= new Set(lists.traceable.split('\n'))
    if (traceable.has(module === undefined ? symbol : `${symbol} [${module}]`)) return { ok: true }
    const found = lookup(symbol).filter(s => s.module === module)
    if (found.length === 0) {
      return { ok: false, reason: 'it has no code of its own: inlined, or not in this kernel' }
    }
    return { ok: false, reason: whyNoCallSite(found, initText()) }
  }
}

function whyNoCallSite(
  found: readonly KernelSymbol[],
  init: readonly [start: bigint, end: bigint] | undefined,
): string {
  const isInit = (s: KernelSymbol): boolean =>
    init !== undefined && s.address >= init[0] && s.address < init[1]
  if (found.every(isInit)) return 'it runs only while the kernel starts (__init)'
  return 'it is compiled without a call to the tracer (notrace)'
}
