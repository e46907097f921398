import type { Kernel, Watch } from './kernel.ts'

// A kernel made of data, for tests: every call is written down, and answered by a script.

export interface FakeCall {
  readonly name:
    | 'bpf'
    | 'perfEventOpen'
    | 'ioctl'
    | 'mmap'
    | 'close'
    | 'socket'
    | 'bind'
    | 'send'
    | 'receive'
    | 'setsockopt'
    | 'mkfifo'
    | 'inotify'
    | 'inotifyAdd'
  readonly numbers: readonly (number | bigint)[]
  /** The structure given, as it was before the call. */
  readonly bytes: Uint8Array
}

/** Answers a call; may write to the live bytes. `memory` gives what an address points to. */
export type Answer = (
  call: FakeCall,
  live: Uint8Array,
  memory: (address: bigint) => Uint8Array,
) => number

export interface FakeKernel extends Kernel {
  readonly calls: readonly FakeCall[]
  /** Descriptors closed, in order. */
  readonly closed: readonly number[]
  /** The buffer whose address was taken. */
  memory(address: bigint): Uint8Array
  /** Has the descriptor become readable. */
  wake(fd: number): void
}

const FIRST_ADDRESS = 0x10000n

/** Without an answer, calls give descriptors 100, 101, 102 and so on. */
export function fakeKernel(answer?: Answer): FakeKernel {
  const calls: FakeCall[] = []
  const closed: number[] = []
  const buffers = new Map<bigint, Uint8Array>()
  const watchers = new Map<number, () => void>()
  let nextAddress = FIRST_ADDRESS
  let nextFd = 100

  return {
    calls,
    closed,
    memory,
    wake: fd => watchers.get(fd)?.(),
    arch: 'x64',
    bpf: (command, attr) => record('bpf', [command], attr),
    perfEventOpen: (attr, ...numbers) => record('perfEventOpen', numbers, attr),
    ioctl: (...numbers) => record('ioctl', numbers),
    mmap: (...numbers) => {
      const result = answer === undefined ? 0 : record('mmap', numbers)
      return result < 0 ? result : new ArrayBuffer(numbers[1])
    },
    address,
    watch,
    close: fd => {
      closed.push(fd)
      return 0
    },
    raiseMemlock: () => undefined,
    uname: () => ({ release: '6.18.0-fake', machine: 'x86_64' }),
    clocks: () => ({ realtime: 1_700_000_000_000_000_000n, monotonic: 1_000_000_000n }),
    socket: (...numbers) => record('socket', numbers),
    bind: (fd, to) => record('bind', [fd], to),
    send: (fd, data, flags) => record('send', [fd, flags], data),
    receive: (fd, into, flags) => record('receive', [fd, flags], into),
    mkfifo: (path, mode) => record('mkfifo', [mode], Buffer.from(path)),
    inotify: () => record('inotify', []),
    inotifyAdd: (fd, path, mask) => record('inotifyAdd', [fd, mask], Buffer.from(path)),
    setsockopt: (fd, level, option, value) => record('setsockopt', [fd, level, option], value),
  }

  function record(
    name: FakeCall['name'],
    numbers: readonly (number | bigint)[],
    live: Uint8Array = new Uint8Array(0),
  ): number {
    const call = { name, numbers, bytes: Uint8Array.from(live) }
    calls.push(call)
    return answer === undefined ? nextFd++ : answer(call, live, memory)
  }

  function address(buffer: Uint8Array): bigint {
    const at = nextAddress
    buffers.set(at, buffer)
    nextAddress += BigInt(Math.ceil(buffer.length / 16) * 16 + 16)
    return at
  }

  function memory(at: bigint): Uint8Array {
    const buffer = buffers.get(at)
    if (buffer === undefined) throw new Error(`nothing was put at 0x${at.toString(16)}`)
    return buffer
  }

  function watch(fd: number, readable: () => void): Watch {
    watchers.set(fd, readable)
    return { close: () => watchers.delete(fd) }
  }
}
