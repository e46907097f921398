import { type Label, R0, R1, R2, R3, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { Control } from '../image.ts'
import type { Types } from '../kernel/types.ts'
import type { ProcessTarget } from '../sema/checked.ts'
import type { Code } from './code.ts'
import { notBySystem } from './errors.ts'

/** Ends the program in processes other than the one that its probe is for. */
export function leaveForOthers(code: Code, process: ProcessTarget, leave: Label): void {
  const { a } = code
  if (process.kind === 'path') {
    leaveForOtherFiles(code, process.path, leave)
    return
  }
  a.call(Helper.get_current_pid_tgid).aluImmediate('rsh', R0, 32)
  if (process.kind === 'pid') {
    a.loadConstant(R1, process.pid)
  } else {
    code.control(R1, Control.target)
    a.load(8, R1, R1, 0)
  }
  a.branch('ne', R0, R1, leave)
}

/**
 * An executable is told by its inode and the device of its file system, which no name or link
 * changes. Both stand behind current->mm->exe_file, and kernel threads have no mm.
 */
function leaveForOtherFiles(code: Code, path: string, leave: Label): void {
  const { a, tables } = code
  const ways = executableWays(tables.facts.types())
  if (ways === undefined) {
    const why = 'its BTF lacks mm_struct.exe_file or what is behind it'
    tables.report(notBySystem(code.span, `probes of ${path} alone`, why))
    return
  }
  const word = code.frame.area('word', 8)
  const map = tables.executableMap(path)
  ways.forEach(({ pointers, offset, bytes }, n) => {
    a.call(Helper.get_current_task)
    for (const pointer of pointers) read(pointer, 8)
    read(offset, bytes)
    a.loadMapValue(R1, map, n * 8)
      .load(8, R1, R1, 0)
      .branch('ne', R0, R1, leave)
  })

  function read(offset: number, bytes: number): void {
    a.storeImmediate(8, R10, word, 0).mov(R3, R0).aluImmediate('add', R3, offset)
    a.mov(R1, R10).aluImmediate('add', R1, word).movImmediate(R2, bytes)
    a.call(Helper.probe_read_kernel).load(8, R0, R10, word)
  }
}

interface Way {
  /** Offsets of pointers, each in what the one before points to. */
  readonly pointers: readonly number[]
  readonly offset: number
  readonly bytes: number
}

/** From a task to its executable's inode, and to its device. */
function executableWays(types: Types): readonly Way[] | undefined {
  const inode = ['task_struct.mm', 'mm_struct.exe_file', 'file.f_inode'].map(offsetOf)
  const [number, superBlock, device] = ['inode.i_ino', 'inode.i_sb', 'super_block.s_dev'].map(
    offsetOf,
  )
  if (!inode.every(isKnown) || !isKnown(number) || !isKnown(superBlock) || !isKnown(device)) {
    return undefined
  }
  return [
    { pointers: inode, offset: number, bytes: 8 },
    { pointers: [...inode, superBlock], offset: device, bytes: 4 },
  ]

  function offsetOf(path: string): number | undefined {
    const [struct = '', member = ''] = path.split('.')
    const type = types.find(`struct ${struct}`)
    const found = type === undefined ? undefined : types.member(type, member)
    return found === undefined ? undefined : found.offsetBits / 8
  }
}

function isKnown(offset: number | undefined): offset is number {
  return offset !== undefined
}
