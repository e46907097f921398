import { createRequire } from 'node:module'
import { machine, release } from 'node:os'
import { UnsupportedError } from './error.ts'
import type { Kernel, Watch } from './kernel.ts'

// The only file that touches native code. koffi calls the C library's functions, among them
// syscall(2) for those that it does not wrap.

type Koffi = typeof import('koffi')
type Arch = Kernel['arch']
/** koffi gives 64-bit results as number where they fit, as bigint where not. */
type Call = (...args: (number | bigint | Uint8Array | null)[]) => number | bigint

// arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
const SYSCALLS = {
  x64: { bpf: 321, perfEventOpen: 298 },
  arm64: { bpf: 280, perfEventOpen: 241 },
} as const

// include/uapi/asm-generic/resource.h, include/uapi/linux/time.h
const RLIMIT_MEMLOCK = 8
const CLOCK_REALTIME = 0
const CLOCK_MONOTONIC = 1
// include/uapi/asm-generic/fcntl.h, the same on both processors.
const IN_NONBLOCK = 0o4000
const IN_CLOEXEC = 0o2000000

let opened: Kernel | undefined

/**
 * The kernel that runs us. Native code is loaded by the first call, and not before.
 *
 * @throws UnsupportedError where this system or its processor has no such door.
 */
export function openKernel(): Kernel {
  opened ??= nativeKernel(supportedArch())
  return opened
}

function supportedArch(): Arch {
  const { platform, arch } = process
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) return arch
  throw new UnsupportedError(
    'system calls',
    `klew runs on Linux on x64 and arm64, not on ${platform} ${arch}`,
  )
}

function nativeKernel(arch: Arch): Kernel {
  const koffi = loadKoffi(arch)
  const c = declare(koffi)
  const numbers = SYSCALLS[arch]

  return {
    arch,
    bpf: (command, attr) => result(c.syscall4(numbers.bpf, command, attr, attr.length)),
    perfEventOpen: (attr, pid, cpu, group, flags) =>
      result(c.syscall6(numbers.perfEventOpen, attr, pid, cpu, group, flags)),
    ioctl: (fd, request, argument) => result(c.ioctl(fd, request, argument)),
    mmap: (fd, length, protection, flags, offset) => {
      const at = result(c.mmap(0, length, protection, flags, fd, offset))
      return at < 0 ? at : koffi.view(at, length)
    },
    address: buffer => koffi.address(buffer),
    watch: (fd, readable) => watch(koffi, fd, readable),
    close: fd => result(c.close(fd)),
    raiseMemlock: () => {
      c.prlimit(0, RLIMIT_MEMLOCK, new Uint8Array(16).fill(0xff), null)
    },
    uname: () => ({ release: release(), machine: machine() }),
    clocks: () => readClocks(clock => readClock(c.clockGettime, clock)),
    socket: (domain, type, protocol) => result(c.socket(domain, type, protocol)),
    bind: (fd, address) => result(c.bind(fd, address, address.length)),
    send: (fd, data, flags, address) =>
      result(c.sendto(fd, data, data.length, flags, address ?? null, address?.length ?? 0)),
    receive: (fd, into, flags) => result(c.recv(fd, into, into.length, flags)),
    mkfifo: (path, mode) => result(c.mkfifo(terminated(path), mode)),
    inotify: () => result(c.inotifyInit(IN_NONBLOCK | IN_CLOEXEC)),
    inotifyAdd: (fd, path, mask) => result(c.inotifyAdd(fd, terminated(path), mask)),
    setsockopt: (fd, level, option, value) =>
      result(c.setsockopt(fd, level, option, value, value.length)),
  }

  /** As the kernel gives it: what the C library splits into -1 and errno is joined again. */
  function result(value: number | bigint): number {
    return Number(value) === -1 ? -koffi.errno() : Number(value)
  }
}

function declare(koffi: Koffi): Record<CName, Call> {
  const libc = loadLibc(koffi)
  // `libc.func` types its result as any function: these are what the prototypes say.
  const func = (prototype: string): Call => libc.func(prototype) as Call
  return {
    syscall4: func('long syscall(long n, long a, void* b, long c)'),
    syscall6: func('long syscall(long n, void* a, long b, long c, long d, long e)'),
    ioctl: func('int ioctl(int fd, unsigned long request, intptr_t argument)'),
    mmap: func(
      'intptr_t mmap(intptr_t at, size_t n, int protection, int flags, int fd, long offset)',
    ),
    close: func('int close(int fd)'),
    prlimit: func('int prlimit(int pid, int resource, void* limit, void* old)'),
    clockGettime: func('int clock_gettime(int clock, void* time)'),
    socket: func('int socket(int domain, int type, int protocol)'),
    bind: func('int bind(int fd, void* address, uint32_t n)'),
    sendto: func('long sendto(int fd, void* data, size_t n, int flags, void* address, uint32_t m)'),
    recv: func('long recv(int fd, void* into, size_t n, int flags)'),
    mkfifo: func('int mkfifo(void* path, uint32_t mode)'),
    inotifyInit: func('int inotify_init1(int flags)'),
    inotifyAdd: func('int inotify_add_watch(int fd, void* path, uint32_t mask)'),
    setsockopt: func('int setsockopt(int fd, int level, int option, void* value, uint32_t n)'),
  }
}

type CName =
  | 'syscall4'
  | 'syscall6'
  | 'ioctl'
  | 'mmap'
  | 'close'
  | 'prlimit'
  | 'clockGettime'
  | 'socket'
  | 'bind'
  | 'sendto'
  | 'recv'
  | 'mkfifo'
  | 'inotifyInit'
  | 'inotifyAdd'
  | 'setsockopt'

/**
 * The addon itself is loaded where it is found, which saves koffi's own search for it (some 12 ms
 * of start-up). Bundled as CommonJS we know our file by `__filename`, as a module by its URL.
 */
function loadKoffi(arch: Arch): Koffi {
  const load = createRequire(typeof __filename === 'string' ? __filename : import.meta.url)
  const candidates = [
    `@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`,
    `@koromix/koffi-linux-${arch}/musl_${arch}/koffi.node`,
    'koffi',
  ]
  const reasons: string[] = []
  for (const candidate of candidates) {
    try {
      // The addon's exports are those of the package, whose types these are.
      return load(candidate) as Koffi
    } catch (error) {
      reasons.push(error instanceof Error ? firstLine(error.message) : String(error))
    }
  }
  throw new UnsupportedError('system calls', `cannot load koffi: ${reasons.at(-1) ?? ''}`)
}

function loadLibc(koffi: Koffi): ReturnType<Koffi['load']> {
  const names = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1']
  for (const name of names) {
    try {
      return koffi.load(name)
    } catch {
      // Not this C library: the next name.
    }
  }
  throw new UnsupportedError('system calls', `no C library found (tried ${names.join(', ')})`)
}

// A poll handle that nothing refers to is closed by the garbage collector, without a word.
const watched = new Set<Watch>()

function watch(koffi: Koffi, fd: number, readable: () => void): Watch {
  const poll = koffi.node.poll(fd, { readable: true }, () => readable())
  const handle: Watch = {
    close: () => {
      if (watched.delete(handle)) poll.close()
    },
  }
  watched.add(handle)
  return handle
}

/** Reads realtime between two readings of monotonic, and keeps the narrowest of some tries. */
function readClocks(read: (clock: number) => bigint): ReturnType<Kernel['clocks']> {
  const tries = Array.from({ length: 5 }, () => {
    const before = read(CLOCK_MONOTONIC)
    const realtime = read(CLOCK_REALTIME)
    const width = read(CLOCK_MONOTONIC) - before
    return { realtime, monotonic: before + width / 2n, width }
  })
  const { realtime, monotonic } = tries.reduce((best, one) => (one.width < best.width ? one : best))
  return { realtime, monotonic }
}

/** struct timespec: seconds and nanoseconds, 8 bytes each. */
function readClock(clockGettime: Call, clock: number): bigint {
  const time = new BigInt64Array(2)
  clockGettime(clock, new Uint8Array(time.buffer))
  return (time[0] ?? 0n) * 1_000_000_000n + (time[1] ?? 0n)
}

/** A string of C. */
function terminated(text: string): Uint8Array {
  return Buffer.from(`${text}\0`)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
