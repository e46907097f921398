import type { ProbePoint } from '../syntax/ast.ts'
import { pointText, type Resolution, refused } from './component.ts'
import { refusedPoint } from './point-errors.ts'

interface Refusal {
  readonly why: string
  readonly hint?: string
}

/** Points that SystemTap has or had, and klew has not: says why. */
export function resolveRefused(p: ProbePoint): Resolution {
  const names = p.components.map(c => c.name)
  const refusal = refusalOf(names)
  const place = p.components[names[0] === 'kernel' || names[0] === 'module' ? 1 : 0]
  return refused(refusedPoint(place?.span ?? p.span, pointText(p.components), refusal))
}

function refusalOf([first = '', second = '']: readonly string[]): Refusal {
  switch (first) {
    case 'java':
      return {
        why: 'it needs Byteman in the Java machine',
        hint: 'process("java").function("…") has what its symbols name',
      }
    case 'python2':
    case 'python3':
      return {
        why: 'it needs a module in the Python program',
        hint: 'process("python3").mark("function__entry") has them, where it is built with marks',
      }
    case 'debuginfod':
      return { why: 'klew asks no debuginfod server' }
    case 'process':
      return second === 'data'
        ? {
            why: 'watchpoints are for data of the kernel only',
            hint: 'kernel.data("NAME").write is there',
          }
        : { why: 'Linux has no probe at every instruction (it needed CONFIG_UTRACE)' }
    default:
      return inKernel(second)
  }
}

function inKernel(name: string): Refusal {
  switch (name) {
    case 'mark':
      return {
        why: 'Linux has no markers since 2.6.32',
        hint: 'kernel.trace("NAME") probes tracepoints',
      }
    case 'lsm':
      return {
        why: 'security hooks are not probed',
        hint: 'kernel.function("security_…") is where they are called',
      }
    default:
      return {
        why: 'klew knows the parameters of tracepoints by their names',
        hint: 'write kernel.trace("NAME")',
      }
  }
}
