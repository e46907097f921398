import { iteration, type Store, type Value } from '../host/store.ts'
import type { Image } from '../image.ts'

/**
 * What SystemTap prints when a session ends: every global that the script writes and never reads.
 * Scalars `x=5` and `s="text"`; arrays an element a line, `a[1,"x"]=5`, largest value first.
 */
export function displayGlobals(image: Image, store: Store): string {
  let text = ''
  image.globals.forEach((layout, id) => {
    if (!layout.displayAtEnd) return
    const { name } = layout
    const global = { id, ...layout }
    if (layout.keys.length === 0) {
      text += `${name}=${shown(store.get(global))}\n`
      return
    }
    const elements = iteration(
      store.elements(global),
      undefined,
      { by: 'value', ascending: false },
      undefined,
    )
    for (const { keys, value } of elements) {
      text += `${name}[${keys.map(shown).join(',')}]=${shown(value)}\n`
    }
  })
  return text
}

function shown(value: Value): string {
  return typeof value === 'string' ? `"${value}"` : value.toString()
}
