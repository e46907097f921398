import { R0, R1, R6 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Instruction } from '../ir/ir.ts'
import type { Arch } from '../kernel/facts.ts'
import type { Code } from './code.ts'
import { noRegisters } from './errors.ts'

/**
 * Offsets in struct pt_regs by DWARF number: the psABI of x86-64 with
 * arch/x86/include/asm/ptrace.h; AAPCS64 with arch/arm64/include/uapi/asm/ptrace.h.
 */
const OFFSETS: Readonly<Record<Arch, readonly number[]>> = {
  x64: [80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128],
  arm64: Array.from({ length: 33 }, (_, n) => 8 * n),
}

/** The registers that the probe's context holds, or those that a system call has saved. */
export function selectRegister(code: Code, i: Extract<Instruction, { op: 'register' }>): void {
  const { a, tables, access } = code
  const offset = OFFSETS[tables.facts.arch][i.number]
  const why = offset === undefined ? `there is no register ${i.number}` : whyNot(code, i.user)
  if (why !== undefined) {
    tables.report(noRegisters(i.span, why))
    return
  }
  if (!i.user) {
    a.load(8, R0, R6, offset ?? 0)
  } else {
    a.call(Helper.get_current_task_btf).mov(R1, R0).call(Helper.task_pt_regs)
    a.load(8, R0, R0, offset ?? 0)
  }
  code.put(i.to, R0)

  function whyNot({ tables: { facts } }: Code, user: boolean): string | undefined {
    if (!user) return access.registers ? undefined : 'this kind of probe point does not give them'
    // bpf_task_pt_regs came with the cookie, in Linux 5.15.
    return facts.has('cookie') ? undefined : facts.whyNot('cookie')
  }
}
