import type { TypeId, Types } from '../kernel/types.ts'
import type { TargetExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { CheckedExpression, ResolvedPoint, ValueType } from './checked.ts'
import { type Location, pointee } from './location.ts'
import { noContextAddress, unknownContext } from './target-errors.ts'

/** What comes with points that are no functions of C, by the names that scripts give it. */
interface Variable {
  readonly name: RegExp
  readonly type: ValueType
  /** What a pointer points to. */
  readonly target?: string
  readonly readable: boolean
  /** Scripts of guru mode may change some that others may not. */
  readonly writable: 'always' | 'guru' | 'never'
}

const SKB = { type: 'long', target: 'struct sk_buff', readable: true, writable: 'never' } as const
const DEVICE = { ...SKB, target: 'struct net_device' } as const
const LONG = { type: 'long', readable: true, writable: 'never' } as const
const TEXT = { type: 'string', readable: true, writable: 'never' } as const

const NETFILTER: readonly Variable[] = [
  { name: /^\$skb$/, ...SKB },
  { name: /^\$(?:in|out)$/, ...DEVICE },
  { name: /^\$(?:hooknum|okfn)$/, ...LONG },
  { name: /^\$verdict$/, type: 'long', readable: true, writable: 'guru' },
]
const PROCFS_READ: readonly Variable[] = [
  { name: /^\$value$/, type: 'string', readable: false, writable: 'always' },
]
const PROCFS_WRITE: readonly Variable[] = [{ name: /^\$value$/, ...TEXT }]
const SYSCALL: readonly Variable[] = [
  { name: /^\$syscall$/, ...LONG },
  { name: /^\$arg[1-6]$/, ...LONG },
  { name: /^\$\$parms$/, ...TEXT },
]
const SYSCALL_RETURN: readonly Variable[] = [{ name: /^\$(?:syscall|return)$/, ...LONG }]
const MARK: readonly Variable[] = [
  { name: /^\$arg[1-9][0-9]?$/, ...LONG },
  { name: /^\$\$(?:name|provider|vars|parms)$/, ...TEXT },
]
const PLT: readonly Variable[] = [{ name: /^\$\$name$/, ...TEXT }]

/** The variables of a point; undefined where it has none of this kind. */
export function contextOf(point: ResolvedPoint): readonly Variable[] | undefined {
  switch (point.kind) {
    case 'netfilter':
      return NETFILTER
    case 'procfs':
      return point.access === 'read' ? PROCFS_READ : PROCFS_WRITE
    case 'input':
      return PROCFS_WRITE
    case 'process':
      if (point.event === 'syscall') return SYSCALL
      return point.event === 'syscall.return' ? SYSCALL_RETURN : undefined
    case 'user':
      if (point.place.kind === 'plt') return PLT
      return point.place.kind === 'mark' ? MARK : undefined
    default:
      return undefined
  }
}

export function contextVariable(point: ResolvedPoint, name: string): Variable | undefined {
  return contextOf(point)?.find(v => v.name.test(name))
}

/** Where such a variable is: a value, or what its pointer points to. */
export function contextLocation(
  types: Types | undefined,
  point: ResolvedPoint,
  e: TargetExpression,
): Location | Diagnostic {
  const variable = contextVariable(point, e.name)
  if (variable === undefined || !variable.readable) {
    return unknownContext(e.nameSpan, e.name, point.text)
  }
  const follows = e.path.length > 0 || e.pretty > 0
  if (e.addressOf && e.path.length === 0) return noContextAddress(e.span, e.name)
  const value = context(e, variable.type)
  const type = follows && variable.target !== undefined ? types?.find(variable.target) : undefined
  return type === undefined ? { kind: 'value', type: VOID, value } : pointee(type, value)
}

export function context(e: TargetExpression, type: ValueType): CheckedExpression {
  return { kind: 'context', type, name: e.name, span: e.span }
}

/** BTF's id for void: of what has no C type. */
const VOID: TypeId = 0
