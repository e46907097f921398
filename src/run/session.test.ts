import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  ErrorCode,
  type Image,
  RECORD_ERROR,
  RECORD_EXIT,
  RECORD_WARNING,
  STATE_RUNNING,
  STATE_STOPPING,
} from '../image.ts'
import type { Instruction } from '../ir/ir.ts'
import { DIVIDE_BY_ZERO, EXIT, fakeImage, layout, literalFormat, SPAN, say } from './fake-image.ts'
import { type FakeLoaded, type FakeLoadedOptions, fakeLoaded } from './fake-loaded.ts'
import { Output } from './output.ts'
import { runSession } from './session.ts'
import type { SessionOptions, SessionResult } from './session-options.ts'
import { fdSink } from './sink.ts'

interface Ran {
  readonly out: string
  readonly err: readonly string[]
  readonly result: SessionResult
}

async function run(image: Image, more: Partial<SessionOptions> = {}): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), 'session-test-'))
  const path = join(directory, 'out')
  const fd = openSync(path, 'w')
  const err: string[] = []
  try {
    const result = await runSession({
      image,
      loaded: undefined,
      kernel: undefined,
      output: new Output(fdSink(fd)),
      onMessage: ({ severity, text }) => err.push(`${severity.toUpperCase()}: ${text}`),
      exitHard: () => assert.fail('exits hard'),
      timeoutMs: 5000,
      ...more,
    })
    return { out: readFileSync(path, 'latin1'), err, result }
  } finally {
    closeSync(fd)
    rmSync(directory, { recursive: true })
  }
}

async function runLoaded(
  image: Image,
  options: FakeLoadedOptions,
  more: Partial<SessionOptions> = {},
): Promise<Ran & { loaded: FakeLoaded }> {
  const loaded = fakeLoaded(options)
  return { loaded, ...(await run(image, { loaded, kernel: loaded.kernel, ...more })) }
}

const warn = (value: string): Instruction => ({ op: 'warn', message: { kind: 'text', value } })

test('session: begin handlers run in their order, then the end handlers', async () => {
  const { out, err, result } = await run(
    fakeImage([
      { when: 'end', instructions: [say('bye\n')] },
      { when: { kind: 'begin', order: 2n }, instructions: [say('two\n'), EXIT, say('still\n')] },
      { when: { kind: 'begin', order: -1n }, instructions: [say('one\n')] },
    ]),
  )
  assert.equal(out, 'one\ntwo\nstill\nbye\n')
  assert.deepEqual(err, [])
  assert.equal(result.exitCode, 0)
})

test('session: after exit() in a begin handler no other one runs, but end does', async () => {
  const { out } = await run(
    fakeImage([
      { when: 'begin', instructions: [say('one\n'), EXIT] },
      { when: 'begin', instructions: [say('two\n')] },
      { when: 'end', instructions: [say('end\n')] },
    ]),
  )
  assert.equal(out, 'one\nend\n')
})

test('session: an error runs the error handlers instead of end, and fails', async () => {
  const { out, err, result } = await run(
    fakeImage([
      { when: 'begin', instructions: [say('a\n'), DIVIDE_BY_ZERO, say('b\n')] },
      { when: 'end', instructions: [say('end\n')] },
      { when: 'error', instructions: [say('error\n')] },
    ]),
  )
  assert.equal(out, 'a\nerror\n')
  assert.deepEqual(err, [
    "ERROR: division by 0 near operator '/' at t.stp:1:17",
    'WARNING: Number of errors: 1, skipped probes: 0',
  ])
  assert.equal(result.exitCode, 1)
})

test('session: as many errors as MAXERRORS are survived', async () => {
  const image = fakeImage([
    { when: 'begin', instructions: [DIVIDE_BY_ZERO] },
    { when: 'begin', instructions: [say('on\n'), EXIT] },
    { when: 'end', instructions: [say('end\n')] },
  ])
  const limits = { ...image.limits, maxErrors: 1 }
  const { out, result } = await run({ ...image, limits })
  assert.equal(out, 'on\nend\n')
  assert.equal(result.exitCode, 0)
  assert.equal(result.errors, 1)
})

test('session: a warning is printed once', async () => {
  const begin = { when: 'begin', instructions: [warn('careful\n'), warn('careful'), EXIT] } as const
  const { err } = await run(fakeImage([begin]))
  assert.deepEqual(err, [
    'WARNING: careful',
    'WARNING: Number of similar warning messages suppressed: 1.',
  ])
})

test('session: timers run on their schedule until exit()', async () => {
  const count: Instruction[] = [
    {
      op: 'global-add',
      global: { id: 0, span: SPAN, ...layout({ name: 'n' }) },
      by: { kind: 'number', value: 1n },
      to: 0,
      gives: 'new',
    },
    {
      op: 'print',
      format: literalFormat('%d '),
      args: [{ kind: 'reg', reg: 0 }],
      span: SPAN,
    },
  ]
  const timer = (ms: bigint, instructions: Instruction[]) =>
    ({
      when: { kind: 'timer', periodNs: ms * 1_000_000n, randomizeNs: 0n },
      instructions,
    }) as const
  const { out } = await run(
    fakeImage([timer(10n, count), timer(35n, [EXIT])], { globals: [layout({ name: 'n' })] }),
  )
  assert.equal(out, '1 2 3 ')
})

test('session: globals that are only written are printed at the end', async () => {
  const globals = [
    layout({ name: 'n', displayAtEnd: true, initial: 5n }),
    layout({ name: 's', type: 'string', displayAtEnd: true, initial: 'x' }),
    layout({ name: 'a', keys: ['long', 'string'], displayAtEnd: true }),
    layout({ name: 'hidden', initial: 1n }),
  ]
  const set = (key: bigint, value: bigint): Instruction => ({
    op: 'element-set',
    array: { id: 2, span: SPAN, ...layout({ name: 'a', keys: ['long', 'string'] }) },
    keys: [
      { kind: 'number', value: key },
      { kind: 'text', value: 'x' },
    ],
    value: { kind: 'number', value },
    span: SPAN,
  })
  const { out } = await run(
    fakeImage([{ when: 'begin', instructions: [set(1n, 3n), set(2n, 9n), EXIT] }], { globals }),
  )
  assert.equal(out, 'n=5\ns="x"\na[2,"x"]=9\na[1,"x"]=3\n')
})

test('session: ends when the time is over', async () => {
  const end = { when: 'end', instructions: [say('end\n')] } as const
  const { out, result } = await run(fakeImage([end]), { timeoutMs: 20 })
  assert.equal(out, 'end\n')
  assert.equal(result.exitCode, 0)
})

test('session: SIGTERM ends it cleanly', async () => {
  const end = { when: 'end', instructions: [say('end\n')] } as const
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), 30)
  const { out, result } = await run(fakeImage([end]))
  assert.equal(out, 'end\n')
  assert.equal(result.exitCode, 0)
})

test('session: the command starts when all is attached, and its end is the end', async () => {
  const target: Instruction[] = [
    { op: 'context', what: 'target', to: 0 },
    { op: 'print', format: literalFormat('%d'), args: [{ kind: 'reg', reg: 0 }], span: SPAN },
  ]
  const { out, err, result } = await run(fakeImage([{ when: 'begin', instructions: target }]), {
    command: 'sh -c "exit 3"',
  })
  assert.match(out, /^[1-9]\d*$/)
  assert.deepEqual(err, ['WARNING: Child process exited with status 3'])
  assert.equal(result.childStatus, 3)
  assert.equal(result.exitCode, 1)
})

test('session: a command that is never released does not run', async () => {
  const begin = { when: 'begin', instructions: [EXIT] } as const
  const marker = join(tmpdir(), `session-test-marker-${process.pid}`)
  await run(fakeImage([begin]), { command: `touch ${marker}` })
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.throws(() => readFileSync(marker))
})

// --- with a kernel made of data

const site = {
  handler: 0,
  format: literalFormat('n=%d\n'),
  args: [{ kind: 'leaf', index: 0 }],
  record: { fixedBytes: 16, leaves: [{ kind: 'long', offset: 8 }] },
} as const

function printRecord(value: bigint): Uint8Array {
  const record = Buffer.alloc(16)
  record.writeBigInt64LE(value, 8)
  return record
}

function specialRecord(kind: number, code = 0, value = 0n, message = ''): Uint8Array {
  const record = Buffer.alloc(24 + message.length + 1)
  record.writeUInt32LE(kind)
  record.writeUInt32LE(code, 8)
  record.writeBigInt64LE(value, 16)
  record.write(message, 24)
  return record
}

test('session: records are printed in order, until one says exit', async () => {
  const { out, loaded } = await runLoaded(
    fakeImage(
      [
        { when: 'begin', instructions: [say('begin\n')] },
        { when: 'end', instructions: [say('end\n')] },
      ],
      { sites: [site] },
    ),
    {
      onAttach: ({ fakeRing, kernel }) => {
        setTimeout(() => {
          fakeRing.put(printRecord(1n))
          fakeRing.put(printRecord(-2n))
          fakeRing.put(specialRecord(RECORD_EXIT))
          fakeRing.put(printRecord(3n))
          kernel.wake(7)
        }, 10)
      },
    },
  )
  assert.equal(out, 'begin\nn=1\nn=-2\nn=3\nend\n')
  assert.deepEqual(loaded.log, ['attach', 'close'])
  assert.equal(loaded.field('state'), BigInt(STATE_STOPPING))
})

test('session: the control page has what programs need before they run', async () => {
  const globals = [
    layout({ name: 'n', initial: 7n, storage: { kind: 'control', offset: 64, bytes: 8 } }),
  ]
  const seen: bigint[] = []
  await runLoaded(
    fakeImage([], { globals }),
    {},
    {
      targetPid: 99,
      timeoutMs: 10,
      onRunning: () => {},
      onAttaching: () => {},
    },
  ).then(({ loaded }) => {
    seen.push(loaded.field('target'), new BigInt64Array(loaded.control.view)[8] ?? 0n)
    assert.equal(loaded.field('realtimeOffset'), 1_699_999_999_000_000_000n)
  })
  assert.deepEqual(seen, [99n, 7n])
})

test('session: programs run only when all is attached', async () => {
  const loaded = fakeLoaded({ onAttach: l => l.log.push(`state ${l.field('state')}`) })
  await run(fakeImage([]), {
    loaded,
    kernel: loaded.kernel,
    timeoutMs: 10,
    onRunning: () => loaded.log.push(`state ${loaded.field('state')}`),
  })
  assert.deepEqual(loaded.log, ['attach', 'state 0', `state ${STATE_RUNNING}`, 'close'])
})

test('session: an error of a program is worded with its place, and ends the session', async () => {
  const { out, err, result } = await runLoaded(
    fakeImage([{ when: 'error', instructions: [say('error\n')] }]),
    {
      onAttach: ({ fakeRing }) => {
        fakeRing.put(specialRecord(RECORD_WARNING, 0, 0n, 'hm'))
        fakeRing.put(specialRecord(RECORD_ERROR, ErrorCode.readFault, 16n))
        fakeRing.put(specialRecord(RECORD_ERROR, ErrorCode.script, 0n, 'own words'))
      },
    },
  )
  assert.equal(out, 'error\n')
  assert.deepEqual(err, [
    'WARNING: hm',
    "ERROR: read fault [man error::fault] at 0x10 near operator '/' at t.stp:1:17",
    'ERROR: own words',
    'WARNING: Number of errors: 2, skipped probes: 0',
  ])
  assert.equal(result.exitCode, 1)
})

test('session: records without room are reported by point', async () => {
  const { err, result } = await runLoaded(
    fakeImage([{ when: 'end', instructions: [], text: 'kernel.function("x")' }]),
    { lost: [12n] },
    { timeoutMs: 10 },
  )
  assert.deepEqual(err, [
    'WARNING: lost 12 records of kernel.function("x"): the ring buffer was full',
  ])
  assert.deepEqual(result.lost, [{ point: 0, count: 12n }])
})

test('session: what could not be attached is told, and nothing at all is an error', async () => {
  const failed = [{ point: 0, reason: 'no such function', optional: false }]
  const image = fakeImage([{ when: 'end', instructions: [], text: 'kernel.function("x")' }])
  const told = 'WARNING: probe kernel.function("x") registration error: no such function'
  const one = await runLoaded(
    image,
    { report: { attached: 1, failed, methods: [] } },
    { timeoutMs: 10 },
  )
  assert.deepEqual([one.err, one.result.exitCode], [[told], 0])
  const none = await runLoaded(image, { report: { attached: 0, failed, methods: [] } })
  assert.deepEqual(none.err, [told, 'ERROR: no probe could be attached'])
  assert.equal(none.result.exitCode, 1)
})

test('session: suppressed errors are counted and not told, and the script goes on', async () => {
  const image = fakeImage([
    { when: 'begin', instructions: [DIVIDE_BY_ZERO] },
    { when: 'begin', instructions: [say('on\n'), EXIT] },
  ])
  const limits = { ...image.limits, maxErrors: 100 }
  const { out, err, result } = await run({ ...image, limits }, { suppressErrors: true })
  assert.deepEqual([out, result.exitCode], ['on\n', 0])
  assert.deepEqual(err, ['WARNING: Number of errors: 1, skipped probes: 0'])
})

test('session: times are those of its handlers and of the programs, by their points', async () => {
  const { result } = await runLoaded(
    fakeImage([
      { when: 'begin', instructions: [] },
      { when: 'end', instructions: [], text: 'kernel.function("x")' },
      { when: 'end', instructions: [] },
    ]),
    {
      times: [
        { points: [1], runs: 4n, timeNs: 100n, missed: 2n },
        { points: [2], runs: 0n, timeNs: 0n, missed: 0n },
      ],
    },
    { timeoutMs: 10, timing: true },
  )
  const kernel = { points: [1], hits: 4n, totalNs: 100n, missed: 2n }
  assert.deepEqual(
    result.times.filter(t => t.leastNs === undefined),
    [kernel],
  )
  const own = result.times.filter(t => t.leastNs !== undefined)
  assert.deepEqual(
    own.map(t => [t.points, t.hits]),
    [
      [[0], 1n],
      [[1], 1n],
      [[2], 1n],
    ],
  )
})
