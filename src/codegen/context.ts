import { R0, R1, R2, R3, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { Control } from '../image.ts'
import type { ContextValue, Reg } from '../ir/ir.ts'
import type { Types } from '../kernel/types.ts'
import type { Code } from './code.ts'
import { notBySystem, notInKernel } from './errors.ts'
import { zero } from './strings.ts'
import { taskIds, taskName, taskOwner } from './task.ts'

/** What a handler asks about where it runs. */
export function selectContext(code: Code, what: ContextValue, to: Reg): void {
  const { a, access } = code
  switch (what) {
    case 'comm':
      selectComm(code, to)
      return
    case 'stack':
      code.tables.report(notInKernel(code.span, 'a stack'))
      return
    case 'pid-tgid':
      if (access.taskHelpers) a.call(Helper.get_current_pid_tgid)
      else taskIds(code)
      break
    case 'uid-gid':
      if (access.taskHelpers) a.call(Helper.get_current_uid_gid)
      else taskOwner(code)
      break
    case 'ppid':
      parent(code)
      break
    case 'cpu':
      a.call(Helper.get_smp_processor_id)
      break
    case 'monotonic-ns':
      a.call(Helper.ktime_get_ns)
      break
    case 'realtime-ns':
      a.call(Helper.ktime_get_ns)
      code.control(R1, Control.realtimeOffset)
      a.load(8, R1, R1, 0).alu('add', R0, R1)
      break
    case 'point':
      code.point(R0)
      break
    case 'address':
      access.address()
      break
    case 'caller-address':
      access.callerAddress()
      break
    case 'cpu-offset':
      cpuOffset(code)
      break
    case 'value':
      throw new Error('the text of a file in a kernel handler')
    case 'target':
      code.control(R1, Control.target)
      a.load(8, R0, R1, 0)
      break
  }
  code.put(to, R0)
}

const COMM_BYTES = 16

function selectComm(code: Code, to: Reg): void {
  const slot = code.textTarget(to)
  if (slot === undefined) return
  const { a } = code
  // The helper wants 16 bytes, and a slot may be smaller. Linux 6.0 and 6.1 leave what is behind
  // the NUL as it was, and a slot has zeroes there.
  const whole = slot.bytes >= COMM_BYTES
  const at = whole ? slot.offset : code.scratch.area('comm', COMM_BYTES)
  zero(code, { kind: 'scratch', offset: at, bytes: COMM_BYTES })
  if (code.access.taskHelpers) {
    a.mov(R1, R9).aluImmediate('add', R1, at).movImmediate(R2, COMM_BYTES)
    a.call(Helper.get_current_comm)
  } else {
    a.mov(R2, R9).aluImmediate('add', R2, at)
    taskName(code, R2)
  }
  if (whole) zero(code, slot, COMM_BYTES)
  else a.load(8, R0, R9, at).store(8, R9, slot.offset, R0)
}

/** r0 = __per_cpu_offset[this CPU] */
function cpuOffset(code: Code): void {
  const { a, tables } = code
  const symbols = tables.facts.symbols().data('__per_cpu_offset')
  const address = symbols.find(s => s.module === undefined)?.address ?? 0n
  if (address === 0n) {
    const why = 'it does not say where __per_cpu_offset is'
    tables.report(notBySystem(code.span, 'per-CPU variables', why))
    return
  }
  const word = code.frame.area('word', 8)
  a.call(Helper.get_smp_processor_id)
  a.loadConstant(R3, address).aluImmediate('lsh', R0, 3).alu('add', R3, R0)
  a.mov(R1, R10).aluImmediate('add', R1, word).movImmediate(R2, 8)
  a.call(Helper.probe_read_kernel).load(8, R0, R10, word)
}

/** r0 = current->real_parent->tgid */
function parent(code: Code): void {
  const { a, tables } = code
  const offsets = parentOffsets(tables.facts.types())
  if (offsets === undefined) {
    const why = 'its BTF lacks task_struct.real_parent and tgid'
    tables.report(notBySystem(code.span, 'ppid()', why))
    return
  }
  const word = code.frame.area('word', 8)
  a.call(Helper.get_current_task)
  for (const [size, offset] of [
    [8, offsets.parent],
    [4, offsets.tgid],
  ] as const) {
    a.storeImmediate(8, R10, word, 0)
    a.mov(R3, R0).aluImmediate('add', R3, offset)
    a.mov(R1, R10).aluImmediate('add', R1, word).movImmediate(R2, size)
    a.call(Helper.probe_read_kernel).load(8, R0, R10, word)
  }
}

function parentOffsets(types: Types): { parent: number; tgid: number } | undefined {
  const task = types.find('struct task_struct')
  if (task === undefined) return undefined
  const parent = types.member(task, 'real_parent')
  const tgid = types.member(task, 'tgid')
  if (parent === undefined || tgid === undefined) return undefined
  return { parent: parent.offsetBits / 8, tgid: tgid.offsetBits / 8 }
}
