import { KIND, type Section } from './btf.ts'
import type { BtfTypes } from './btf-types.ts'
import type { TracepointInfo, Tracepoints } from './facts.ts'
import { globPattern, isGlob } from './glob.ts'
import { nearest } from './near.ts'
import type { FunctionType } from './types.ts'

/**
 * The kernel's tracepoints, from BTF: a typedef `btf_trace_NAME` for each (what a program attaches
 * to), whose parameters have no names, and a function `__traceiter_NAME`, whose parameters do.
 *
 * BTF does not know their systems.
 */
export function tracepointsOf(types: BtfTypes, lists: EventLists): Tracepoints {
  let known: { readonly systems: ReadonlyMap<string, string>; readonly all: boolean } | undefined
  return { matching, near }

  function matching(name: string, system?: string): readonly TracepointInfo[] {
    const prototypes = isGlob(name) ? matchingGlob(name) : exact(name)
    return prototypes
      .map(prototype => ({
        system: systems().get(prototype.name),
        name: prototype.name,
        prototype,
      }))
      .filter(t => system === undefined || inSystem(t, system, isGlob(name)))
  }

  function near(name: string, limit: number): readonly string[] {
    return nearest(
      name,
      typedefs(types.section(), /^btf_trace_/).map(t => t.name.slice(PREFIX.length)),
      limit,
    )
  }

  function exact(name: string): FunctionType[] {
    for (const module of [undefined, ...modulesWith(name)]) {
      const prototype = tracepoint(types, name, module)
      if (prototype !== undefined) return [prototype]
    }
    return []
  }

  function matchingGlob(glob: string): FunctionType[] {
    const pattern = globPattern(`${PREFIX}${glob}`)
    return [undefined, ...types.modules()]
      .flatMap(module => {
        const section = types.section(module)
        return typedefs(section, pattern).map(t => section && prototypeOf(types, section, t))
      })
      .filter(prototype => prototype !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Modules to look into: none for an event that tracefs does not list. */
  function modulesWith(name: string): readonly string[] {
    const isUnknown = !systems().has(name)
    return isUnknown && known?.all === true ? [] : types.modules()
  }

  /** A system that nobody knows is taken for right where one event is named, not for a pattern. */
  function inSystem(t: TracepointInfo, wanted: string, ofPattern: boolean): boolean {
    if (t.system === undefined) return !ofPattern && known?.all !== true
    return globPattern(wanted).test(t.system)
  }

  function systems(): ReadonlyMap<string, string> {
    if (known === undefined) {
      const live = parseEvents(lists.live() ?? '')
      const all = live.size > 0
      known = { systems: all ? live : parseEvents(lists.shipped() ?? ''), all }
    }
    return known.systems
  }
}

/** Texts of `SYSTEM:NAME` a line, read when needed. */
export interface EventLists {
  /** `available_events` of tracefs; undefined where that cannot be read. */
  live(): string | undefined
  /** What kernels of several series have, where this one does not tell. */
  shipped(): string | undefined
}

/** A tracepoint's parameters, without the leading `__data`; its `btfId` is the typedef's. */
export function tracepoint(
  types: BtfTypes,
  name: string,
  module?: string,
): FunctionType | undefined {
  const section = types.section(module)
  if (section === undefined) return undefined
  const typedef = PREFIX + name
  const id = section.btf.named(typedef).find(i => section.btf.type(i).kind === KIND.typedef)
  return id === undefined ? undefined : prototypeOf(types, section, { id, name: typedef })
}

const PREFIX = 'btf_trace_'

interface Named {
  readonly id: number
  readonly name: string
}

function typedefs(section: Section | undefined, pattern: RegExp): Named[] {
  return section?.btf.matching(pattern, KIND.typedef) ?? []
}

function prototypeOf(types: BtfTypes, section: Section, typedef: Named): FunctionType {
  const name = typedef.name.slice(PREFIX.length)
  const { btf } = section
  const iterator = btf.functionNamed(`__traceiter_${name}`)
  const pointer = btf.type(btf.type(typedef.id).value)
  const prototype = iterator === undefined ? pointer.value : btf.type(iterator).value
  const whole = types.prototype(section, { name, btfId: typedef.id, prototype })
  const parameters = whole.parameters.slice(1).map((parameter, i) => ({
    ...parameter,
    name: parameter.name || `arg${i + 1}`,
  }))
  return { ...whole, parameters }
}

function parseEvents(text: string): Map<string, string> {
  const systems = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) systems.set(line.slice(colon + 1), line.slice(0, colon))
  }
  return systems
}
