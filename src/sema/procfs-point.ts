import type { ProbePoint } from '../syntax/ast.ts'
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
import { procfsPath, procfsSize } from './point-errors.ts'

/** `procfs("name").read`, `procfs.umask(0333).read.maxsize(1024)`, `procfs("a/b").write` */
export function resolveProcfs(p: ProbePoint): Resolution {
  const written = stringIn(p, 'procfs')
  const wrong = written && pathProblem(written.value)
  if (wrong !== undefined) return refused(procfsPath(placeOf(p, 'procfs'), wrong))
  const maxSize = numberIn(p, 'maxsize')
  if (maxSize !== undefined && maxSize < 1n) return refused(procfsSize(placeOf(p, 'maxsize')))
  const access = componentOf(p, 'write') === undefined ? 'read' : 'write'
  const text = pointText(p.components)
  const umask = numberIn(p, 'umask')
  const path = written?.value ?? UNNAMED
  return found([{ kind: 'procfs', path, access, maxSize, umask, text, span: p.span }])
}

/** The file of `procfs.read`, which names none. */
const UNNAMED = 'command'

function pathProblem(path: string): string | undefined {
  if (path.startsWith('/')) return "cannot start with a '/'"
  if (path === '' || path.endsWith('/')) return "cannot end with a '/'"
  const parts = path.split('/')
  if (parts.includes('')) return 'component cannot be empty'
  if (parts.some(part => part === '.' || part === '..')) {
    return "cannot be relative (and contain '.' or '..')"
  }
  return undefined
}
