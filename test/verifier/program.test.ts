import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assembler, R0, R1, R2, R3, R4, R6, R7, R8, R10 } from '../../src/bpf/assembler.ts'
import { disassemble } from '../../src/bpf/disassemble.ts'
import { Helper } from '../../src/bpf/helper.ts'
import { programDebugInfo } from '../../src/bpf/line-info.ts'
import { BPF_PROG_TYPE_RAW_TRACEPOINT } from '../../src/bpf/program.ts'
import { progLoad, progLoadLogged, programInfo, progTestRun } from '../../src/sys/bpf.ts'
import { btfLoad } from '../../src/sys/bpf-btf.ts'
import { VerifierError } from '../../src/sys/error.ts'
import { Scope } from '../../src/sys/fd.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import { needs } from '../support/needs.ts'

const TYPE = BPF_PROG_TYPE_RAW_TRACEPOINT
// A raw tracepoint has at most twelve arguments of 8 bytes.
const CONTEXT = 96

test('verifier: the listing has the words of the kernel', t => {
  const kernel = needs(t, '6.9')
  if (kernel === undefined) return
  const { bytes } = allKinds().finish()
  const { result, log } = progLoadLogged(
    kernel,
    { type: TYPE, instructions: bytes, name: 'kinds' },
    2,
  )
  assert.ok(result >= 0, log)
  kernel.close(result)
  assert.deepEqual(listed(disassemble(bytes)), kernelListing(log))
})

/** An instruction of every kind that this kernel lets a tracing program have. */
function allKinds(): Assembler {
  const a = new Assembler()
  a.mov(R6, R1).load(8, R7, R6, 0).load(8, R8, R6, 8)
  for (const size of [1, 2, 4, 8] as const) a.storeImmediate(size, R10, -8, -1)
  a.store(8, R10, -8, R7).store(8, R10, -16, R8).store(4, R10, -8, R7).store(1, R10, -8, R7)
  for (const size of [1, 2, 4] as const) a.load(size, R1, R10, -8).loadSigned(size, R2, R10, -8)
  const ops = ['add', 'sub', 'mul', 'div', 'or', 'and', 'mod', 'xor', 'sdiv', 'smod'] as const
  for (const op of ops) a.alu(op, R1, R2).alu(op, R1, R2, 32).aluImmediate(op, R1, 7)
  for (const op of ['lsh', 'rsh', 'arsh'] as const) {
    a.alu(op, R1, R2).aluImmediate(op, R1, 3, 32).aluImmediate(op, R1, 33)
  }
  a.mov32(R1, R2)
    .movImmediate(R1, -5)
    .negate(R1)
    .negate(R1, 32)
    .loadConstant(R3, 1n << 63n)
  for (const bits of [8, 16, 32] as const) a.movSigned(R1, R2, bits)
  for (const bits of [16, 32, 64] as const) {
    a.byteOrder(R1, 'be', bits).byteOrder(R2, 'le', bits).byteOrder(R1, 'swap', bits)
  }
  for (const op of ['add', 'and', 'or', 'xor'] as const) {
    a.atomic(op, 8, R10, -8, R7).movImmediate(R1, 1).atomicFetch(op, 4, R10, -8, R1)
  }
  a.movImmediate(R1, 1).atomicFetch('exchange', 8, R10, -16, R1)
  a.movImmediate(R0, 1).atomicFetch('compare-exchange', 8, R10, -16, R7)
  const compares = ['eq', 'gt', 'ge', 'set', 'ne', 'sgt', 'sge', 'lt', 'le', 'slt', 'sle'] as const
  for (const op of compares) {
    a.branch(op, R7, R8, 'out')
      .branchImmediate(op, R7, -3, 'out')
      .branchImmediate(op, R8, 9, 'out', 32)
  }
  a.mayGoto('out').call(Helper.ktime_get_ns).callSubprogram('sub').jump('out')
  return a.label('out').movImmediate(R0, 0).exit().label('sub').movImmediate(R0, 1).exit()
}

/** `INDEX TEXT` of a listing of ours. */
function listed(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => line.trim().replace(': ', ' '))
}

/** The same of the verifier's list of live registers, which has every instruction. */
function kernelListing(log: string): string[] {
  const lines = log.matchAll(/^ +(\d+): [.0-9]{10} \([0-9a-f]{2}\) (.*)$/gm)
  return [...lines].map(([, at, text]) => `${at} ${text}`)
}

test('verifier: a program with a callback, func_info and line_info loads and runs', t => {
  const kernel = needs(t, '5.17')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const program = load(kernel, scope, sumOfLoop())
  // 0 + 1 + … + 9
  assert.equal(progTestRun(kernel, program, { context: new Uint8Array(CONTEXT) }).returnValue, 45)
  const info = programInfo(kernel, program)
  assert.equal(info.name, 'sum')
  assert.ok(info.verifiedInstructions > 10)
})

function sumOfLoop(): Assembler {
  const a = new Assembler()
  a.place(0).storeImmediate(8, R10, -8, 0).movImmediate(R1, 10).loadFunction(R2, 'body')
  a.mov(R3, R10).aluImmediate('add', R3, -8).movImmediate(R4, 0)
  a.place(1).call(Helper.loop).load(8, R0, R10, -8).exit()
  a.label('body').load(8, R0, R2, 0).alu('add', R0, R1).store(8, R2, 0, R0)
  return a.movImmediate(R0, 0).exit()
}

function load(kernel: Kernel, scope: Scope, a: Assembler): number {
  const { bytes, labels, lines } = a.finish()
  const body = { name: 'body', instruction: labels.get('body') ?? 0, parameters: 2, static: true }
  const debug = programDebugInfo(
    [{ name: 'sum', instruction: 0, parameters: 1, static: false }, body],
    lines.map(({ instruction, place }) => {
      return { instruction, file: 'sum.stp', text: `line ${place}`, line: place + 1, column: 3 }
    }),
  )
  const programBtfFd = scope.ownFd(kernel, btfLoad(kernel, debug.btf))
  const { functionInfo, lineInfo } = debug
  const made = {
    type: TYPE,
    instructions: bytes,
    name: 'sum',
    programBtfFd,
    functionInfo,
    lineInfo,
  }
  return scope.ownFd(kernel, progLoad(kernel, made))
}

test("verifier: the log of a refused program names the script's line", t => {
  const kernel = needs(t, '5.10')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const { bytes } = new Assembler().load(8, R0, R7, 0).exit().finish()
  const debug = programDebugInfo(
    [{ name: 'bad', instruction: 0, parameters: 1, static: false }],
    [{ instruction: 0, file: 'bad.stp', text: 'println(x)', line: 7, column: 2 }],
  )
  const programBtfFd = scope.ownFd(kernel, btfLoad(kernel, debug.btf))
  const { functionInfo, lineInfo } = debug
  assert.throws(
    () =>
      progLoad(kernel, {
        type: TYPE,
        instructions: bytes,
        name: 'bad',
        programBtfFd,
        functionInfo,
        lineInfo,
      }),
    (error: unknown) =>
      error instanceof VerifierError &&
      error.log.includes('; println(x)') &&
      error.message.endsWith('R7 !read_ok'),
  )
})
