import type { TypeId, Types } from '../kernel/types.ts'
import type { Location } from './location.ts'

/** What a script's value is in C, where that is known: what `->` and autocasts go by. */
export type Shape =
  | { readonly kind: 'pointer'; readonly target: TypeId }
  | { readonly kind: 'scalar'; readonly type: TypeId }

/** The shape of what is read at a place, or of its address. */
export function shapeAt(types: Types, at: Location, { address }: { address: boolean }): Shape {
  if (address) return { kind: 'pointer', target: at.type }
  const type = types.resolve(at.type)
  if (type.kind === 'pointer') return { kind: 'pointer', target: type.target }
  if (type.kind === 'array') return { kind: 'pointer', target: type.element }
  return { kind: 'scalar', type: at.type }
}

/** Whether two shapes are one C type, but for typedefs and modifiers. */
export function sameShape(types: Types, a: Shape, b: Shape): boolean {
  if (a.kind === 'scalar' || b.kind === 'scalar') {
    return a.kind === 'scalar' && b.kind === 'scalar' && alike(types, a.type, b.type)
  }
  return alike(types, a.target, b.target)
}

function alike(types: Types, a: TypeId, b: TypeId): boolean {
  if (a === b || plain(types.spell(a)) === plain(types.spell(b))) return true
  const [first, second] = [types.resolve(a), types.resolve(b)]
  if (first.kind === 'struct' || first.kind === 'union') {
    return first.kind === second.kind && first.name !== '' && first.name === second.name
  }
  return first.kind === 'integer' && second.kind === 'integer' && first.size === second.size
}

function plain(spelled: string): string {
  return spelled.replace(/ (?:const|volatile|restrict)\b/g, '')
}
