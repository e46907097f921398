import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from '../../src/codegen/generate.ts'
import type { PureContext } from '../../src/host/pure.ts'
import type { Instruction, IrHandler, IrProgram, Operand } from '../../src/ir/ir.ts'
import { bounds } from '../../src/ir/passes/bounds.ts'
import type { Facts, Feature } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { createStore } from '../../src/run/map-store.ts'
import type { Global } from '../../src/sema/checked.ts'
import { programInfo } from '../../src/sys/bpf.ts'
import { block, done, handmade, num, reg, span, txt } from '../support/ir-function.ts'
import { build, lacking, open } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// What the code generator makes is taken by the verifier of this kernel. Programs for functions are
// only loaded here, as for a kernel that can attach them.

const library = tapset()
const pure: PureContext = {
  symbols: { find: () => undefined },
  points: { text: () => 'p', function: () => 'f', isReturn: () => false, address: () => 0n },
  zone: () => ({ offset: 0, name: 'UTC' }),
}

const SCRIPTS = [
  'probe kernel.function("ip_rcv") { printf("%s %d %p %s\\n", execname(), $skb->len, addr(), ppfunc()) }',
  'probe kernel.function("ip_rcv").return { printf("%d %s\\n", $return, symname(addr())) }',
  'probe kernel.function("ip_rcv").return { printf("%d %s\\n", @entry($skb->len), kernel_string(@entry($dev->name))) }',
  'probe kernel.function("ip_rcv") { print_backtrace() }',
  'probe kernel.function("ip_rcv").return { if (@kregister(0) == $return) println(@kregister(16)) }',
  'global a probe kernel.function("ip_rcv"), kernel.function("ip_local_out") { a[ppfunc(), symname(addr())]++ } probe end { foreach ([f, s] in a) print(f . s) }',
  'global t probe kernel.function("ip_rcv") { for (i = 0; i < 20; i++) { if ($skb->len > i) { t[i] = execname() . sprintf("%d", i); continue } try { error("x") } catch (m) { warn(m) } } }',
  'global s, a probe kernel.function("ip_rcv") { s <<< $skb->len; a[execname(), cpu()] <<< $skb->len; if (@count(s) == 9) print(@hist_log(s)) } probe end { println(@variance(s)) foreach ([n, c] in a) print(@hist_linear(a[n, c], 0, 1500, 100)) }',
]

const USER_REGISTERS =
  'probe kernel.function("ip_rcv") { println(@kregister(5), @uregister(16), @uregister(7)) }'

const PROBING: readonly Feature[] = ['fentry', 'kprobe', 'kretprobe', 'kprobe-multi', 'cookie']
const KERNELS: [name: string, features: readonly Feature[]][] = [
  ['kprobe_multi', ['kprobe-multi', 'cookie']],
  ['kprobes with cookies', ['kprobe', 'kretprobe', 'cookie']],
  ['kprobes without cookies', ['kprobe', 'kretprobe']],
]
for (const [name, features] of KERNELS) {
  test(`programs for ${name} are taken`, t => {
    const kernel = needs(t, '5.18')
    if (kernel === undefined) return
    const real = readFacts(kernel)
    const has = (feature: Feature): boolean =>
      PROBING.includes(feature) ? features.includes(feature) : real.has(feature)
    const cookies = features.includes('cookie')
    for (const script of cookies ? [...SCRIPTS, USER_REGISTERS] : SCRIPTS) {
      const loaded = open(
        kernel,
        build(script, { facts: { ...real, has }, library, guru: true }),
        pure,
      )
      assert.ok(loaded.programs.length > 0)
      loaded.close()
    }
  })
}

const ELSEWHERE = [
  'probe kernel.statement(0xffffffff81000004).absolute { println(addr(), caller(), @kregister(7)) print_backtrace() }',
  'probe kernel.data(0xffffffff82000000).length(4).rw { println(pid(), execname(), addr(), caller()) print_backtrace() }',
  'global a probe perf.type(1).config(0).process("/bin/sh") { for (i = 0; i < 9; i++) a[sprintf("%d", i), pp()] <<< addr() } probe end { foreach ([i, p] in a) println(@count(a[i, p])) }',
  'probe perf.type(1).config(0).process, timer.profile { println(@kregister(16), @uregister(16)) print_backtrace() }',
]
test('programs for addresses, breakpoints and counters are taken', t => {
  const kernel = needs(t, '5.18')
  if (kernel === undefined) return
  const real = readFacts(kernel)
  const has = (feature: Feature): boolean => PROBING.includes(feature) || real.has(feature)
  for (const script of ELSEWHERE) {
    const facts = { ...real, has }
    const loaded = open(kernel, build(script, { facts, library, guru: true }), pure)
    assert.ok(loaded.programs.length > 0)
    loaded.close()
  }
})

test('a loop costs the verifier little, where it ends by may_goto', t => {
  const kernel = needs(t, '6.9')
  if (kernel === undefined) return
  const script = `global a probe kernel.trace("sched_switch") {
    for (i = 0; i < 1000; i++) for (j = 0; j < 1000; j++) if (i % 3 == j % 7) a[i & 7] += j
  }`
  const loaded = open(kernel, build(script, { facts: readFacts(kernel), library }), pure)
  const { verifiedInstructions } = programInfo(kernel, loaded.programs[0] ?? -1)
  loaded.close()
  assert.ok(verifiedInstructions < 2000, `${verifiedInstructions}`)
})

test('an endless loop is an error that no catch takes', t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  for (const facts of [readFacts(kernel), lacking(readFacts(kernel), 'may-goto')]) {
    const script =
      'probe kernel.trace("sched_switch") { try { while (1) i++ } catch { print("no") } print("no") }'
    const loaded = open(kernel, build(script, { facts, library, without: ['tp-btf'] }), pure)
    const printed = loaded.run(0)
    loaded.close()
    const limit = / \(before Linux 6\.9 the loops of this handler may go \d+ rounds\)/
    const withoutLimit = printed.replace(limit, '')
    assert.equal(withoutLimit, 'ERROR: MAXACTION exceeded near keyword at t.stp:1:44\n')
    assert.equal(limit.test(printed), !facts.has('may-goto'))
  }
})

test('a handler that finds every scratch value taken is skipped and counted', t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const script = 'probe kernel.trace("sched_switch") { if (execname() != "") print("ran\\n") }'
  const image = build(script, { facts: readFacts(kernel), library, without: ['tp-btf'] })
  const loaded = open(kernel, image, pure)
  const { cpus } = readFacts(kernel)
  const bytes = image.maps[4]?.valueSize ?? 0
  const taken = new Uint8Array(bytes * cpus)
  for (let cpu = 0; cpu < cpus; cpu++) taken[cpu * bytes] = 1
  assert.equal(loaded.run(0), 'ran\n')
  for (let level = 0; level < 3; level++) {
    loaded.loaded.map(4).update(new Uint8Array(Uint32Array.of(level).buffer), taken)
  }
  assert.equal(loaded.run(0), 'ran\n', 'one is left')
  loaded.loaded.map(4).update(new Uint8Array(Uint32Array.of(3).buffer), taken)
  assert.equal(loaded.run(0), '')
  const control = new BigInt64Array(loaded.loaded.control?.view ?? new ArrayBuffer(64))
  assert.equal(control[4], 1n)
  loaded.close()
})

// --- what the language does not say yet, written as IR

function array(keys: Global['keys'], id: number, change: Partial<Global> = {}): Global {
  const name = `array${id}`
  const rest = { initial: undefined, capacity: 8, wrap: false, displayAtEnd: false, span }
  return { name, id, type: 'long', keys, ...rest, ...change }
}

function scalar(id: number): Global {
  return array([], id, { name: `scalar${id}` })
}

function runIr(
  t: Parameters<typeof needs>[0],
  globals: readonly Global[],
  registers: string,
  instructions: readonly Instruction[],
): unknown[] | undefined {
  const kernel = needs(t, '5.18')
  if (kernel === undefined) return undefined
  const facts: Facts = readFacts(kernel)
  const fn = handmade(registers, [block(instructions, done)])
  const prototype = { name: 't', btfId: 0, parameters: [], variadic: false, result: 0 }
  const point = { kind: 'tracepoint', text: 't', span, system: '', name: 't', prototype } as const
  const handler: IrHandler = {
    id: 0,
    points: [point],
    side: 'kernel',
    function: fn,
    entryTypes: [],
    span,
  }
  const program: IrProgram = { globals, functions: new Map(), handlers: [handler] }
  const bounded = bounds(program)
  const { image, diagnostics } = generate(bounded.program, facts, {
    bounds: bounded.bounds,
    without: ['tp-btf'],
  })
  assert.deepEqual(diagnostics, [])
  const loaded = open(kernel, image, pure)
  assert.equal(loaded.run(0), '')
  const store = createStore(image, loaded.loaded)
  const found = image.globals.map((layout, id) => {
    const info = { id, ...layout }
    if (layout.keys.length === 0) return store.get(info)
    return store.elements(info).map(({ keys, value }) => [...keys, value].join(' '))
  })
  loaded.close()
  return found
}

const set = (to: Global, keys: readonly Operand[], value: bigint): Instruction => ({
  op: 'element-set',
  array: to,
  keys,
  value: num(value),
  span,
})

for (const keys of [
  ['string', 'long'],
  ['long', 'long'],
] as const) {
  test(`keys that match anything, in an array by ${keys.join(' and ')}`, t => {
    const [a, has, hasNot] = [array(keys, 0), scalar(1), scalar(2)]
    const key = (name: 'x' | 'y' | 'z'): Operand =>
      keys[0] === 'string' ? txt(name) : num({ x: 10, y: 20, z: 30 }[name])
    const found = runIr(t, [a, has, hasNot], 'll', [
      set(a, [key('x'), num(1)], 11n),
      set(a, [key('x'), num(2)], 12n),
      set(a, [key('y'), num(1)], 21n),
      set(a, [key('y'), num(2)], 22n),
      { op: 'element-has', to: 0, array: a, keys: [key('y'), undefined] },
      { op: 'element-has', to: 1, array: a, keys: [key('z'), undefined] },
      { op: 'global-set', global: has, value: reg(0) },
      { op: 'global-set', global: hasNot, value: reg(1) },
      { op: 'element-delete', array: a, keys: [undefined, num(1)] },
    ])
    if (found === undefined) return
    const [x, y] = keys[0] === 'string' ? ['x', 'y'] : ['10', '20']
    assert.deepEqual(found, [[`${x} 2 12`, `${y} 2 22`], 1n, 0n])
  })
}

test('a full array declared with % drops the element that was made first', t => {
  const a = array(['long'], 0, { capacity: 2, wrap: true })
  const found = runIr(t, [a], '', [
    set(a, [num(1)], 1n),
    set(a, [num(2)], 2n),
    set(a, [num(1)], 10n),
    set(a, [num(3)], 3n),
  ])
  if (found !== undefined) assert.deepEqual(found, [['2 2', '3 3']])
})
