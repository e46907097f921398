/**
 * The one door to the kernel: what klew asks of it, as an interface, so that everything above can
 * be tested with a kernel made of data. `native.ts` is the real one. Calls return the kernel's
 * result, or the negated errno; wrappers beside this file turn that into a SyscallError.
 */
export interface Kernel {
  readonly arch: 'x64' | 'arm64'
  /** bpf(2). `attr` is read and written in place. */
  bpf(command: number, attr: Uint8Array): number
  /** perf_event_open(2) */
  perfEventOpen(attr: Uint8Array, pid: number, cpu: number, group: number, flags: number): number
  ioctl(fd: number, request: number, argument: number | bigint): number
  /** mmap(2) as a view without a copy; a negated errno on failure. Unmapped when klew ends. */
  mmap(
    fd: number,
    length: number,
    protection: number,
    flags: number,
    offset: number,
  ): ArrayBuffer | number
  /** Address of a buffer's first byte, for pointers inside attributes. Keep the buffer alive. */
  address(buffer: Uint8Array): bigint
  /** Calls back whenever the descriptor is readable, until closed. */
  watch(fd: number, readable: () => void): Watch
  close(fd: number): void
  /** RLIMIT_MEMLOCK to infinity, for kernels before 5.11; the result is not an error. */
  raiseMemlock(): void
  uname(): { readonly release: string; readonly machine: string }
  /** CLOCK_REALTIME and CLOCK_MONOTONIC, ns, read together. */
  clocks(): { readonly realtime: bigint; readonly monotonic: bigint }
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array): number
  send(fd: number, data: Uint8Array, flags: number, address?: Uint8Array): number
  receive(fd: number, into: Uint8Array, flags: number): number
  /** mkfifo(3): a pipe with a name; the umask of this process applies. */
  mkfifo(path: string, mode: number): number
  /** A descriptor that tells of files, without blocking and not kept over exec: inotify(7). */
  inotify(): number
  /** Has it tell of a file; gives the number that its events have. */
  inotifyAdd(fd: number, path: string, mask: number): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
}

export interface Watch {
  close(): void
}
