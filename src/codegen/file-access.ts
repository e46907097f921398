import type { FileAccess } from '../image.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { ResolvedPoint } from '../sema/checked.ts'

const ALL = { read: 0o444, write: 0o222 } as const
/** Without `.umask(N)` only the owner may. */
const UMASK = 0o077n

/** `procfs("name").umask(0022).read.maxsize(4096)`: the size counts the NUL of a C string. */
export function fileAccess(point: Extract<ResolvedPoint, { kind: 'procfs' }>): FileAccess {
  const { path, access, maxSize = BigInt(MAXSTRINGLEN), umask = UMASK } = point
  const mode = ALL[access] & ~Number(BigInt.asUintN(9, umask))
  return { kind: 'file', path, access, mode, limit: Number(maxSize) - 1 }
}
