import type { ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { ProcessPoint, ProcessTarget } from './checked.ts'
import {
  componentOf,
  found,
  numberIn,
  placeOf,
  pointText,
  type Resolution,
  refused,
  stringIn,
} from './component.ts'
import { emptyPath, invalidPid } from './point-errors.ts'

/** `process("/bin/x").begin`, `process(42).syscall.return`, `process.thread.end` */
export function resolveProcess(p: ProbePoint): Resolution {
  const target = processOf(p)
  if ('code' in target) return refused(target)
  const event = eventOf(p)
  return found([{ kind: 'process', target, event, text: pointText(p.components), span: p.span }])
}

/** Whose life or code a point is about: `process("PATH")`, `process(PID)`, `process`. */
export function processOf(p: ProbePoint): ProcessTarget | Diagnostic {
  const path = stringIn(p, 'process')
  if (path !== undefined) {
    return path.value === '' ? emptyPath(path.span) : { kind: 'path', path: path.value }
  }
  const pid = numberIn(p, 'process')
  if (pid === undefined) return { kind: 'target' }
  return pid < 1n ? invalidPid(placeOf(p, 'process'), pid) : { kind: 'pid', pid }
}

function eventOf(p: ProbePoint): ProcessPoint['event'] {
  const ends = componentOf(p, 'end') !== undefined
  if (componentOf(p, 'thread') !== undefined) return ends ? 'thread.end' : 'thread.begin'
  if (componentOf(p, 'syscall') === undefined) return ends ? 'end' : 'begin'
  return componentOf(p, 'return') === undefined ? 'syscall' : 'syscall.return'
}
