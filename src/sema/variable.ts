import type { KernelSymbol } from '../kernel/facts.ts'
import type { TypeId, Types } from '../kernel/types.ts'
import type { TargetExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { ResolvedPoint } from './checked.ts'
import type { KernelView } from './kernel-view.ts'
import type { Location } from './location.ts'
import {
  programTypes,
  unknownModuleTypes,
  unknownVariable,
  untypedVariable,
} from './target-errors.ts'
import { moduleName } from './type-name.ts'

interface Place {
  readonly kernel: KernelView
  readonly point: ResolvedPoint | undefined
}

/** BTF's id for void: of a variable that only its address is known of. */
const VOID: TypeId = 0

/**
 * A global variable of the kernel or a module, `@var("name@file.c", "module")`. Its address is in
 * the symbol table. Its type is in BTF for per-CPU variables; of a few others it is known here.
 */
export function variableLocation(
  { kernel, point }: Place,
  types: Types,
  e: TargetExpression,
): Location | Diagnostic {
  const [name = ''] = e.name.split('@')
  const where = moduleOf(point, e)
  if (where === 'program') return programTypes(e.nameSpan)
  const { module } = where
  if (module !== undefined && !types.hasModule(module)) {
    return unknownModuleTypes(e.nameSpan, module)
  }
  const symbol = kernel.facts
    .symbols()
    .data(name)
    .find(s => s.module === module)
  const perCpu = types.variable(name, module)
  if (symbol === undefined && perCpu === undefined) {
    return unknownVariable(e.nameSpan, name, module ?? 'kernel')
  }
  const type = perCpu ?? (module === undefined ? knownType(types, name) : undefined)
  if (type === undefined && !(e.addressOf && e.path.length === 0)) {
    return untypedVariable(e.nameSpan, name)
  }
  return {
    kind: 'memory',
    type: type ?? VOID,
    address: { base: symbolAddress(name, symbol, { e, perCpu: perCpu !== undefined }), offset: 0 },
  }
}

function symbolAddress(
  name: string,
  symbol: KernelSymbol | undefined,
  { e, perCpu }: { readonly e: TargetExpression; readonly perCpu: boolean },
) {
  const { module } = symbol ?? {}
  const at = module === undefined ? {} : { module }
  const address = symbol?.address ?? 0n
  return { kind: 'symbol', type: 'long', name, ...at, address, perCpu, span: e.span } as const
}

function moduleOf(
  point: ResolvedPoint | undefined,
  e: TargetExpression,
): { readonly module: string | undefined } | 'program' {
  const written = e.variable?.module
  if (written !== undefined) return moduleName(written)
  if (point?.kind === 'user' || point?.kind === 'process') return 'program'
  return { module: point?.kind === 'function' ? point.module : undefined }
}

/** Of the kernel's global variables that scripts ask for, those whose types have been the same for long. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ['jiffies', 'long unsigned int'],
  ['jiffies_64', 'u64'],
  ['loops_per_jiffy', 'long unsigned int'],
  ['init_task', 'struct task_struct'],
  ['init_net', 'struct net'],
  ['init_pid_ns', 'struct pid_namespace'],
  ['init_user_ns', 'struct user_namespace'],
  ['init_uts_ns', 'struct uts_namespace'],
  ['init_mm', 'struct mm_struct'],
  ['tcp_hashinfo', 'struct inet_hashinfo'],
  ['tcp_prot', 'struct proto'],
  ['udp_prot', 'struct proto'],
  ['tcp_memory_allocated', 'atomic_long_t'],
  ['nr_cpu_ids', 'unsigned int'],
  ['nr_threads', 'int'],
  ['total_forks', 'long unsigned int'],
  ['max_pfn', 'long unsigned int'],
  ['_totalram_pages', 'atomic_long_t'],
  ['avenrun', 'long unsigned int'],
  ['boot_cpu_data', 'struct cpuinfo_x86'],
  ['cpu_khz', 'unsigned int'],
  ['tsc_khz', 'unsigned int'],
  ['system_state', 'enum system_states'],
  ['panic_timeout', 'int'],
  ['sysctl_sched_latency', 'unsigned int'],
  ['vm_swappiness', 'int'],
  ['super_blocks', 'struct list_head'],
  ['modules', 'struct list_head'],
  ['net_namespace_list', 'struct list_head'],
])

function knownType(types: Types, name: string): TypeId | undefined {
  const spelled = KNOWN.get(name)
  return spelled === undefined ? undefined : types.find(spelled)
}
