import type { TypeId, Types } from '../kernel/types.ts'
import type { CastExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { ResolvedPoint } from './checked.ts'
import { programTypes, unknownModuleTypes, unknownType } from './target-errors.ts'

/**
 * The type that a cast names. Names are those of debugging information, exactly: with or without
 * `struct`, without `*`; base types in the compiler's spelling.
 */
export function castType(
  types: Types,
  point: ResolvedPoint | undefined,
  e: CastExpression,
): TypeId | Diagnostic {
  let missing: string | undefined
  for (const place of placesOf(point, e.module)) {
    if (place === 'program') return programTypes(e.span)
    const { module } = place
    if (module !== undefined && !types.hasModule(module)) {
      missing ??= module
      continue
    }
    const found = exactly(types, e.type, module)
    if (found !== undefined) return found
  }
  if (missing !== undefined) return unknownModuleTypes(e.span, missing)
  const where = e.module ?? 'kernel'
  return unknownType(e.span, e.type, { where, near: meant(types, e.type) })
}

type Place = { readonly module: string | undefined } | 'program'

/** `"kernel"`, `"kernel<linux/skbuff.h>"`, `"<linux/ip.h>"`, `"kernel:nf_conntrack"` */
function placesOf(point: ResolvedPoint | undefined, written: string | undefined): readonly Place[] {
  if (written !== undefined && written !== '') return written.split(':').map(moduleName)
  if (point?.kind === 'user' || point?.kind === 'process') return ['program']
  return [{ module: point?.kind === 'function' ? point.module : undefined }]
}

/** One name of such a list. Headers are not read: the kernel's own types stand for theirs. */
export function moduleName(text: string): Place {
  const name = text.replace(/<.*$/, '').trim()
  if (name === '' || name === 'kernel' || name === 'vmlinux') return { module: undefined }
  if (name.includes('/') || name === 'process') return 'program'
  return { module: name.replaceAll('-', '_') }
}

function exactly(types: Types, name: string, module: string | undefined): TypeId | undefined {
  const found = types.find(name, module)
  if (found === undefined) return undefined
  const spelled = types.spell(found)
  const names = [spelled, spelled.replace(/^(?:struct|union|enum) /, '')]
  return names.includes(name) ? found : undefined
}

/** What a name that is not exact may have meant. */
function meant(types: Types, name: string): readonly string[] {
  const bare = name
    .replace(/\b(?:const|volatile|restrict)\b/g, ' ')
    .replace(/[*\s]+/g, ' ')
    .trim()
  const plain = bare.replace(/^(?:struct|union|enum) /, '')
  const found = types.find(bare) ?? types.find(plain)
  return found === undefined ? [] : [types.spell(found)]
}
