import type { ProbePoint, StringLiteral } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { found, pointText, type Resolution, refused, stringIn } from './component.ts'
import { unsupportedNetfilter } from './point-errors.ts'
import type { PointOptions } from './point-table.ts'

/** `netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4").priority("NF_IP_PRI_FIRST")` */
export function resolveNetfilter(p: ProbePoint, { guru }: PointOptions): Resolution {
  const pf = stringIn(p, 'pf')
  const hookName = stringIn(p, 'hook')
  if (pf === undefined || hookName === undefined) return refused()
  const family = familyOf(pf, guru)
  if ('code' in family) return refused(family)
  const hook = numberOf(hookName, { kind: 'hook', family, names: family.hooks, literal: guru })
  if (typeof hook !== 'bigint') return refused(hook)
  const priority = priorityOf(stringIn(p, 'priority'), family)
  if (typeof priority !== 'bigint') return refused(priority)
  const text = pointText(p.components)
  return found([
    { kind: 'netfilter', hook: Number(hook), family: family.number, priority, text, span: p.span },
  ])
}

interface NetfilterFamily {
  readonly number: number
  readonly hooks: Names
  readonly priorities: Names
}

type Names = Readonly<Record<string, bigint>>

function familyOf(pf: StringLiteral, guru: boolean): NetfilterFamily | Diagnostic {
  const known = Object.hasOwn(FAMILIES, pf.value) ? FAMILIES[pf.value] : undefined
  if (known !== undefined) return known
  if (guru && /^[0-9]{1,3}$/.test(pf.value)) {
    const number = Number(pf.value)
    const same = Object.values(FAMILIES).find(f => f.number === number)
    return same ?? { number, hooks: {}, priorities: {} }
  }
  const names = Object.keys(FAMILIES)
  return unsupportedNetfilter(pf.span, pf.value, { kind: 'protocol family', known: names })
}

function priorityOf(
  priority: StringLiteral | undefined,
  family: NetfilterFamily,
): bigint | Diagnostic {
  if (priority === undefined) return 0n
  return numberOf(priority, { kind: 'priority', family, names: family.priorities, literal: true })
}

interface Wanted {
  readonly kind: string
  readonly family: NetfilterFamily
  readonly names: Names
  /** Whether a number may stand for the name. */
  readonly literal: boolean
}

function numberOf(
  name: StringLiteral,
  { kind, family, names, literal }: Wanted,
): bigint | Diagnostic {
  const known = Object.hasOwn(names, name.value) ? names[name.value] : undefined
  if (known !== undefined) return known
  if (literal && /^[+-]?[0-9]{1,10}$/.test(name.value)) {
    const value = BigInt(name.value.replace('+', ''))
    if (value >= FIRST && value <= LAST) return value
  }
  const of = String(family.number)
  const all = Object.keys(names)
  return unsupportedNetfilter(name.span, name.value, {
    kind,
    family: of,
    known: kind === 'priority' ? [...all, 'a number'] : all,
  })
}

const FIRST = -(2n ** 31n)
const LAST = 2n ** 31n - 1n

/** Hooks of enum nf_inet_hooks (include/uapi/linux/netfilter.h), which IP and bridges share. */
const POSITIONS = ['PRE_ROUTING', 'LOCAL_IN', 'FORWARD', 'LOCAL_OUT', 'POST_ROUTING']

function hooks(...prefixes: readonly string[]): Names {
  const names = prefixes.flatMap(prefix =>
    POSITIONS.map((name, i) => [`${prefix}_${name}`, BigInt(i)] as const),
  )
  return Object.fromEntries(names)
}

/** enum nf_ip_hook_priorities (netfilter_ipv4.h, netfilter_ipv6.h). */
function priorities(prefix: string): Names {
  const values: readonly (readonly [string, bigint])[] = [
    ['FIRST', FIRST],
    ['CONNTRACK_DEFRAG', -400n],
    ['RAW', -300n],
    ['SELINUX_FIRST', -225n],
    ['CONNTRACK', -200n],
    ['MANGLE', -150n],
    ['NAT_DST', -100n],
    ['FILTER', 0n],
    ['SECURITY', 50n],
    ['NAT_SRC', 100n],
    ['SELINUX_LAST', 225n],
    ['LAST', LAST],
  ]
  return Object.fromEntries(values.map(([name, value]) => [`${prefix}_PRI_${name}`, value]))
}

/** Numbers of include/uapi/linux/netfilter.h, netfilter_arp.h and netfilter_bridge.h. */
const FAMILIES: Readonly<Record<string, NetfilterFamily>> = {
  NFPROTO_IPV4: {
    number: 2,
    hooks: hooks('NF_IP', 'NF_INET'),
    priorities: { ...priorities('NF_IP'), NF_IP_PRI_CONNTRACK_CONFIRM: LAST },
  },
  NFPROTO_IPV6: { number: 10, hooks: hooks('NF_IP6'), priorities: priorities('NF_IP6') },
  NFPROTO_ARP: {
    number: 3,
    hooks: { NF_ARP_IN: 0n, NF_ARP_OUT: 1n, NF_ARP_FORWARD: 2n },
    priorities: {},
  },
  NFPROTO_BRIDGE: { number: 7, hooks: hooks('NF_BR'), priorities: {} },
}
