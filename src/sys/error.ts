import { errnoName, errnoText } from './errno.ts'

/** The kernel refused a call. */
export class SyscallError extends Error {
  /** What was attempted: `bpf(BPF_MAP_CREATE, counters)`. */
  readonly call: string
  readonly errno: number
  /** The errno's name: `EPERM`. */
  override readonly name: string

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoText(errno)} (${errnoName(errno)})`)
    this.call = call
    this.errno = errno
    this.name = errnoName(errno)
  }
}

/** This machine cannot do what was asked, whoever asks. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
  /** `system calls`, `kprobe_multi` */
  readonly feature: string
  readonly reason: string

  constructor(feature: string, reason: string) {
    super(`${feature}: ${reason}`)
    this.feature = feature
    this.reason = reason
  }
}

/** The verifier read a program and said no; its log says where and why. */
export class VerifierError extends Error {
  override readonly name = 'VerifierError'
  readonly program: string
  readonly errno: number
  readonly log: string

  constructor(program: string, errno: number, log: string) {
    super(`the kernel's verifier refused program ${program}: ${lastWords(log, errno)}`)
    this.program = program
    this.errno = errno
    this.log = log
  }
}

/** The result, when it is not a negated errno. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SyscallError(call, -result)
  return result
}

// The verifier closes its log with `processed N insns …`; the complaint stands before that.
function lastWords(log: string, errno: number): string {
  const lines = log
    .split('\n')
    .filter(line => line !== '' && !/^(processed|verification time|stack depth) /.test(line))
  return lines.at(-1) ?? errnoText(errno)
}
