import type { AttachMethod } from '../image.ts'
import type { ContextValue, IrFunction, IrHandler } from '../ir/ir.ts'
import type { Facts, Feature } from '../kernel/facts.ts'
import type { FunctionType } from '../kernel/types.ts'
import type { FunctionPoint, ProcessTarget, ResolvedPoint } from '../sema/checked.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { cannotProbeFunctions, cannotProbeTracepoints, notBySystem } from './errors.ts'

/** Points of one handler that one program serves. */
export interface Choice {
  readonly method: AttachMethod
  /** Of the probed functions, when the method needs them to take the same number; else 0. */
  readonly arguments: number
  /** The probed place may be inside a function. */
  readonly inside: boolean
  /** Whose events run the handler; those of others are left out. */
  readonly process: ProcessTarget | undefined
  /** Indices in the handler's `points`. */
  readonly points: readonly number[]
}

export interface ChooseOptions {
  readonly facts: Facts
  /** Ways of attaching that were refused when tried. */
  readonly without: readonly AttachMethod[]
  /** Probed functions of the whole program. */
  readonly functions: number
}

/**
 * Trampolines are the cheapest to hit, but each is attached by itself, some milliseconds each;
 * with more functions than this, all at once is better.
 */
const MANY = 20

/** Decides how each point of a handler is attached: the best method that this kernel has. */
export function choose(
  handler: IrHandler,
  options: ChooseOptions,
): { choices: Choice[]; diagnostics: Diagnostic[] } {
  const asked: Asked = {
    frames: asksForFrames(handler),
    registers: parts(handler).some(fn => readsRegisters(fn)),
  }
  const byKey = new Map<string, Choice & { readonly points: number[] }>()
  const diagnostics: Diagnostic[] = []
  handler.points.forEach((point, index) => {
    const ranking = rankedFor(point, asked, options)
    const method = ranking.find(m => isUsable(m, point, options))
    if (method === undefined) {
      // One message says it for all points of the probe.
      if (diagnostics.length === 0) diagnostics.push(refusal(point, reasons(ranking, options)))
      return
    }
    const shape = shapeOf(point, method)
    const key = JSON.stringify(shape, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    const group = byKey.get(key) ?? { ...shape, points: [] }
    group.points.push(index)
    byKey.set(key, group)
  })
  return { choices: [...byKey.values()], diagnostics }
}

/** The program that saves entry values for a return program. */
export function companionMethod(method: AttachMethod): AttachMethod {
  if (method === 'fexit') return 'fentry'
  return method === 'kretprobe-multi' ? 'kprobe-multi' : 'kprobe'
}

/** What points must have in common for one program to serve them. */
function shapeOf(point: ResolvedPoint, method: AttachMethod): Omit<Choice, 'points'> {
  const parameters = point.kind === 'function' ? point.prototype?.parameters : undefined
  return {
    method,
    arguments: method === 'fexit' ? (parameters?.length ?? 0) : 0,
    inside: point.kind === 'address',
    process: point.kind === 'perf' ? point.process : undefined,
  }
}

function refusal(point: ResolvedPoint, why: readonly string[]): Diagnostic {
  switch (point.kind) {
    case 'function':
    case 'address':
      return cannotProbeFunctions(point.span, why)
    case 'tracepoint':
      return cannotProbeTracepoints(point.span, why)
    default:
      return notBySystem(point.span, point.text, why.join('; '))
  }
}

function rankedFor(
  point: ResolvedPoint,
  asked: Asked,
  options: ChooseOptions,
): readonly AttachMethod[] {
  switch (point.kind) {
    case 'function':
      return ranked(point, asked, options)
    case 'tracepoint':
      return ['tp-btf', 'raw-tracepoint']
    case 'address':
      return [point.at === 'entry' ? 'kprobe' : 'kretprobe']
    case 'perf':
    case 'profile':
      return ['perf-event']
    case 'watch':
      return ['breakpoint']
    case 'netfilter':
      return ['netfilter']
    default:
      throw new Error(`a ${point.kind} point has no program in the kernel`)
  }
}

/** What of the probed place a handler asks for that not every method has. */
interface Asked {
  readonly frames: boolean
  readonly registers: boolean
}

function ranked(
  point: FunctionPoint,
  { frames, registers }: Asked,
  options: ChooseOptions,
): readonly AttachMethod[] {
  const [trampoline, multi, single]: readonly AttachMethod[] =
    point.at === 'entry'
      ? ['fentry', 'kprobe-multi', 'kprobe']
      : ['fexit', 'kretprobe-multi', 'kretprobe']
  if (trampoline === undefined || multi === undefined || single === undefined) return []
  // A trampoline has none; and where many functions are traced at once, newer kernels save only some.
  if (registers) return [single, multi]
  if (options.functions > MANY) return [multi, single, trampoline]
  return frames ? [multi, single, trampoline] : [trampoline, multi, single]
}

/** Where exact registers matter: trampolines only leave a stack to look through. */
function asksForFrames(handler: IrHandler): boolean {
  const atReturn = handler.points.some(p => p.kind === 'function' && p.at === 'return')
  const wanted: ContextValue[] = atReturn
    ? ['address', 'caller-address', 'stack']
    : ['caller-address', 'stack']
  return parts(handler).some(one => asks(one, wanted))
}

function parts({ function: fn, entry }: IrHandler): readonly IrFunction[] {
  return entry === undefined ? [fn] : [fn, entry]
}

function readsRegisters(fn: IrFunction): boolean {
  return fn.blocks.some(block => block.instructions.some(i => i.op === 'register' && !i.user))
}

function asks(fn: IrFunction, wanted: readonly ContextValue[]): boolean {
  return fn.blocks.some(({ instructions }) =>
    instructions.some(i => {
      if (i.op === 'context') return wanted.includes(i.what)
      return i.op === 'emit' && i.leaves.some(leaf => leaf.kind === 'stack')
    }),
  )
}

const FEATURE: Readonly<Record<AttachMethod, Feature>> = {
  fentry: 'fentry',
  fexit: 'fentry',
  kprobe: 'kprobe',
  kretprobe: 'kretprobe',
  'kprobe-multi': 'kprobe-multi',
  'kretprobe-multi': 'kprobe-multi',
  'tp-btf': 'tp-btf',
  'raw-tracepoint': 'raw-tracepoint',
  // These two are there wherever programs are; what a machine does not count or watch, attaching tells.
  'perf-event': 'bpf',
  breakpoint: 'bpf',
  netfilter: 'netfilter',
}

function isUsable(
  method: AttachMethod,
  point: ResolvedPoint,
  { facts, without }: ChooseOptions,
): boolean {
  if (without.includes(method)) return false
  if (method === 'tp-btf' && point.kind === 'tracepoint' && point.prototype.btfId === 0)
    return false
  if (method === 'fentry' || method === 'fexit') {
    if (point.kind !== 'function' || !takesTrampoline(point, facts)) return false
  }
  return facts.has(FEATURE[method])
}

/** Registers of arguments; what is passed on the stack only newer kernels copy. */
const REGISTER_ARGUMENTS = 6

/** Whether a BPF trampoline can be put on the function: its prototype tells what to save. */
function takesTrampoline(point: FunctionPoint, facts: Facts): boolean {
  const { prototype, symbol } = point
  if (prototype === undefined || prototype.btfId === 0 || prototype.variadic) return false
  if (symbol !== prototype.name || prototype.parameters.length > REGISTER_ARGUMENTS) return false
  return isScalar(prototype, facts)
}

function isScalar({ parameters, result }: FunctionType, facts: Facts): boolean {
  const types = facts.types()
  return [...parameters.map(p => p.type), result].every(type => {
    const { kind } = types.resolve(type)
    return kind !== 'struct' && kind !== 'union' && kind !== 'float'
  })
}

function reasons(methods: readonly AttachMethod[], { facts, without }: ChooseOptions): string[] {
  return methods.map(method => {
    const feature = FEATURE[method]
    if (without.includes(method)) return `${method}: refused when it was tried`
    return `${method}: ${facts.has(feature) ? 'not for this function' : facts.whyNot(feature)}`
  })
}
