import { R0, R1, R2, R3, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import type { Types } from '../kernel/types.ts'
import type { Code } from './code.ts'
import { notBySystem } from './errors.ts'

// What is known of the current task without helpers for it, which not every kind of program has:
// read from its task_struct.

/** r0 = as bpf_get_current_pid_tgid. */
export function taskIds(code: Code): void {
  pair(code, [['tgid'], ['pid']], 'pid()')
}

/** r0 = as bpf_get_current_uid_gid: the group above. */
export function taskOwner(code: Code): void {
  pair(
    code,
    [
      ['cred', 'gid'],
      ['cred', 'uid'],
    ],
    'uid()',
  )
}

const COMM_BYTES = 16

/** Reads the task's name to where a register points, which is not r1. */
export function taskName(code: Code, to: Register): void {
  const { a } = code
  const [offset] = offsetsOf(code, ['comm'], 'execname()') ?? []
  if (offset === undefined) return
  const saved = code.frame.area('saved', 8)
  a.store(8, R10, saved, to).call(Helper.get_current_task)
  a.mov(R3, R0).aluImmediate('add', R3, offset).load(8, R1, R10, saved)
  a.movImmediate(R2, COMM_BYTES).call(Helper.probe_read_kernel)
}

/** r0 = one number of 32 bits above another; each by members, of which all but the last are pointers. */
function pair(
  code: Code,
  [high, low]: readonly [readonly string[], readonly string[]],
  what: string,
): void {
  const { a } = code
  const upper = code.frame.area('upper', 8)
  number(high)
  a.aluImmediate('lsh', R0, 32).store(8, R10, upper, R0)
  number(low)
  a.load(8, R1, R10, upper).alu('or', R0, R1)

  function number(members: readonly string[]): void {
    const offsets = offsetsOf(code, members, what) ?? []
    const word = code.frame.area('word', 8)
    a.call(Helper.get_current_task)
    offsets.forEach((offset, n) => {
      a.storeImmediate(8, R10, word, 0).mov(R3, R0).aluImmediate('add', R3, offset)
      a.mov(R1, R10).aluImmediate('add', R1, word)
      a.movImmediate(R2, n < offsets.length - 1 ? 8 : 4)
      a.call(Helper.probe_read_kernel).load(8, R0, R10, word)
    })
  }
}

function offsetsOf(
  code: Code,
  members: readonly string[],
  what: string,
): readonly number[] | undefined {
  const types = code.tables.facts.types()
  const structs = ['struct task_struct', 'struct cred']
  const offsets = members.flatMap((member, n) => offsetOf(types, structs[n] ?? '', member))
  if (offsets.length === members.length) return offsets
  const why = `its BTF lacks ${members.join(' or ')} of a task`
  code.tables.report(notBySystem(code.span, what, why))
  return undefined
}

function offsetOf(types: Types, struct: string, member: string): number[] {
  const type = types.find(struct)
  const found = type === undefined ? undefined : types.member(type, member)
  return found === undefined ? [] : [found.offsetBits / 8]
}
