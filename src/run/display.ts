import { emptyStatistic, extract, type Statistic } from '../host/statistic.ts'
import { type GlobalInfo, iteration, type Store, type Value } from '../host/store.ts'
import type { Image } from '../image.ts'
import { NO_USE } from '../ir/statistic.ts'
import { histogramText } from '../text/histogram.ts'

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
    if (layout.type === 'statistic') {
      text += displayStatistic(global, store)
      return
    }
    if (layout.keys.length === 0) {
      text += `${name}=${shown(store.get(global))}\n`
      return
    }
    const elements = iteration(
      global,
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

/** `s @count=2 @min=1 @max=4 @sum=5 @avg=2` and the histogram, if it has one. */
function displayStatistic(global: GlobalInfo, store: Store): string {
  const { name, keys, statistic: use = NO_USE } = global
  const line = (title: string, s: Statistic): string => {
    if (s.count === 0n) return `${title} @count=0x0\n`
    const values = SHOWN.map(extractor => ` @${extractor}=${extract(s, use, extractor)}`)
    const histogram = use.histogram === undefined ? '' : histogramText(use.histogram, s.buckets)
    return `${title}${values.join('')}\n${histogram}`
  }
  if (keys.length === 0) return line(name, store.statistic(global, []))
  const order = { by: 'value', ascending: false } as const
  const elements = iteration(global, store.elements(global), undefined, order, undefined)
  return elements
    .map(e => line(`${name}[${e.keys.map(shown).join(',')}]`, e.statistic ?? emptyStatistic(use)))
    .join('')
}

const SHOWN = ['count', 'min', 'max', 'sum', 'avg'] as const

function shown(value: Value): string {
  return typeof value === 'string' ? `"${value}"` : value.toString()
}
