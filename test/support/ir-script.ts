import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IrProgram } from '../../src/ir/ir.ts'
import { lower } from '../../src/ir/lower/program.ts'
import type { Facts, KernelSymbol, TracepointInfo } from '../../src/kernel/facts.ts'
import type { CType, FunctionType, Member, Types } from '../../src/kernel/types.ts'
import { check } from '../../src/sema/check.ts'
import type { Library } from '../../src/sema/library.ts'
import { parse } from '../../src/syntax/parser.ts'
import { Source } from '../../src/text/source.ts'
import { emptyLibrary } from './empty-library.ts'

// IR from the text of a script, on a kernel of one function, `f(int count, struct thing *t)`, and
// one tracepoint, `net:hit`, of the same parameters; and with the real tapset.

export function lowered(text: string): IrProgram {
  const parsed = parse(new Source('test.stp', text), { arguments: [] })
  const checked = check([parsed.file], library, facts, { guru: false, unoptimised: true })
  const problems = [...parsed.diagnostics, ...checked.diagnostics].filter(
    d => d.severity === 'error',
  )
  if (checked.program === undefined || problems.length > 0) {
    throw new Error(problems.map(d => `${d.text}, ${d.label ?? ''}`).join('; '))
  }
  return lower(checked.program)
}

const tapset = join(import.meta.dirname, '../../tapset')
const files = readdirSync(tapset)
  .filter(name => name.endsWith('.stp'))
  .map(name => new Source(name, readFileSync(join(tapset, name), 'utf8')))

const library: Library = {
  ...emptyLibrary,
  functionSources: name =>
    files
      .filter(file => new RegExp(`^function ${name}\\b`, 'm').test(file.text))
      .map(source => ({ source })),
}

const int = { kind: 'integer', size: 4, signed: true, bool: false, char: false } as const
const unsigned = { ...int, signed: false }
const char = { kind: 'integer', size: 1, signed: true, bool: false, char: true } as const

/** By type id. */
const ctypes: readonly CType[] = [
  { kind: 'void' },
  int,
  { kind: 'pointer', target: 3 },
  { kind: 'struct', name: 'thing', size: 40 },
  char,
  { kind: 'array', element: 4, count: 16 },
  unsigned,
]
const members: readonly Member[] = [
  { name: 'len', type: 1, offsetBits: 0 },
  { name: 'flags', type: 6, offsetBits: 34, widthBits: 3 },
  { name: 'level', type: 1, offsetBits: 40, widthBits: 4 },
  { name: 'name', type: 5, offsetBits: 64 },
  { name: 'next', type: 2, offsetBits: 192 },
]
const parameters = [
  { name: 'count', type: 1 },
  { name: 't', type: 2 },
]
const prototype: FunctionType = { name: 'f', btfId: 9, parameters, variadic: false, result: 1 }
const symbol: KernelSymbol = { address: 0x1000n, name: 'f', type: 't' }
const hit: TracepointInfo = { system: 'net', name: 'hit', prototype: { ...prototype, name: 'hit' } }

const types: Types = {
  find: name => (/^(struct )?thing$/.test(name) ? 3 : undefined),
  function: name => (name === 'f' ? prototype : undefined),
  functionsMatching: pattern => (pattern.test('f') ? ['f'] : []),
  resolve: id => ctypes[id] ?? { kind: 'void' },
  member: (id, name) => (id === 3 ? members.find(m => m.name === name) : undefined),
  members: id => (id === 3 ? members : []),
  fields: id => (id === 3 ? members : []),
  variable: () => undefined,
  hasModule: () => false,
  spell: id => `type ${id}`,
  sizeOf: id => [0, 4, 8, 40, 1, 16, 4][id] ?? 0,
  enumerator: () => undefined,
}

const facts: Facts = {
  release: '6.1.0',
  arch: 'x64',
  cpus: 2,
  types: () => types,
  symbols: () => ({
    addressesKnown: true,
    functions: name => (name === 'f' ? [symbol] : []),
    data: () => [],
    functionsMatching: pattern => (pattern.test('f') ? [symbol] : []),
    find: () => undefined,
    near: () => [],
    modules: () => [],
  }),
  tracepoints: () => ({
    matching: (name, system = 'net') => (name === 'hit' && system === 'net' ? [hit] : []),
    near: () => [],
  }),
  sources: () => ({ series: '6.1', exact: true, place: () => undefined, functionsIn: () => [] }),
  probeable: () => ({ ok: true }),
  config: () => undefined,
  has: () => true,
  whyNot: () => '',
}
