import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Image, ProgramSpec } from '../image.ts'
import { SyscallError, VerifierError } from '../sys/error.ts'
import { failingInstruction, located, RefusedProgramError, readInstructions } from './verifier.ts'

const LOG = `0: R1=ctx() R10=fp0
; n = n / tid() @ t.stp:3
0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()
1: (79) r0 = *(u64 *)(r6 +0)
invalid bpf_context access off=0 size=8
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0
`

const program: ProgramSpec = {
  name: 'tp_btf_x',
  type: 26,
  attachType: 23,
  flags: 0,
  instructions: new Uint8Array(16),
  mapReferences: [],
  pointReferences: [],
  functions: [],
  lines: [
    { instruction: 0, place: 0 },
    { instruction: 1, place: 1 },
    { instruction: 5, place: 0 },
  ],
  handler: 0,
}

const image: Image = {
  release: '6.1',
  arch: 'x64',
  sources: [{ name: 't.stp', text: 'probe x {\n  a = 1\n}\n' }],
  places: [
    { source: 0, start: 0, end: 5, token: '' },
    { source: 0, start: 12, end: 13, token: '' },
  ],
  maps: [],
  programs: [program],
  attachments: [],
  points: [],
  globals: [],
  sites: [],
  handlers: [],
  functions: new Map(),
  limits: { maxErrors: 0, maxSkipped: 100, maxStringLength: 512, ringBytes: 4096 },
}

test('the last instruction of the log is the one that was refused', () => {
  assert.equal(failingInstruction(LOG), 1)
  assert.equal(failingInstruction('no such program type\n'), undefined)
})

test('a refusal names the place in the script, and its reason without statistics', () => {
  const error = located(new VerifierError('x', 13, LOG), image, program, { wholeLog: false })
  assert.ok(error instanceof RefusedProgramError)
  assert.equal(error.place, 't.stp:2:3')
  assert.equal(error.log, LOG)
  assert.equal(
    error.message,
    [
      "the kernel's verifier refused program tp_btf_x at t.stp:2:3:",
      '  0: R1=ctx() R10=fp0',
      '  ; n = n / tid() @ t.stp:3',
      '  0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()',
      '  1: (79) r0 = *(u64 *)(r6 +0)',
      '  invalid bpf_context access off=0 size=8',
    ].join('\n'),
  )
})

test('the whole log is told where that is wanted', () => {
  const error = located(new VerifierError('x', 13, LOG), image, program, { wholeLog: true })
  assert.ok(error instanceof RefusedProgramError)
  assert.match(error.message, /processed 2 insns/)
})

test('an error that is not of the verifier stays what it is', () => {
  const error = new SyscallError('bpf(BPF_PROG_LOAD)', 1)
  assert.equal(located(error, image, program, { wholeLog: false }), error)
})

test('a log without statistics is about what the program attaches to', () => {
  assert.equal(readInstructions(new VerifierError('x', 22, LOG)), true)
  assert.equal(
    readInstructions(new VerifierError('x', 22, 'attach to unsupported member\n')),
    false,
  )
})
