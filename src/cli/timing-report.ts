import type { Image, Place } from '../image.ts'
import type { ProbeTime } from '../run/timing.ts'
import { Source } from '../text/source.ts'

/**
 * The table of -t, a probe a line. SystemTap's has processor cycles; here it is nanoseconds. The
 * kernel counts the runs of a program and adds up their time, so that only handlers outside it have
 * a least and a most.
 */
export function timingReport(image: Image, times: readonly ProbeTime[]): string {
  const lines = times.map((time, index) => {
    const { probe, more, place, hits, least, average, most, missed } = rowOf(image, time)
    const others = more === 0 ? '' : ` and ${more} more`
    const span = least === undefined ? `${average}avg` : `${least}min/${average}avg/${most}max`
    const left = missed === 0 ? '' : `, skipped: ${missed}`
    return `${probe}${others}, (${place}), hits: ${hits}, ns: ${span}${left}, index: ${index}\n`
  })
  return `----- probe hit report:\n${lines.join('')}`
}

/** The same for programs. */
export function timingJson(image: Image, time: ProbeTime): Readonly<Record<string, unknown>> {
  const { probe, more, place, hits, least, average, most, missed } = rowOf(image, time)
  return {
    type: 'timing',
    probe,
    ...(more > 0 && { more }),
    place,
    hits,
    missed,
    ns: { min: least, avg: average, max: most, total: Number(time.totalNs) },
  }
}

function rowOf(image: Image, { points, hits, totalNs, leastNs, mostNs, missed }: ProbeTime) {
  const point = image.points[points[0] ?? -1]
  return {
    probe: point?.text ?? '',
    /** Points that share its program, and so its numbers. */
    more: points.length - 1,
    place: placeText(image, image.places[point?.place ?? -1]),
    hits: Number(hits),
    least: leastNs === undefined ? undefined : Number(leastNs),
    average: hits === 0n ? 0 : Number(totalNs / hits),
    most: mostNs === undefined ? undefined : Number(mostNs),
    missed: Number(missed),
  }
}

function placeText(image: Image, place: Place | undefined): string {
  const file = image.sources[place?.source ?? -1]
  if (place === undefined || file === undefined) return ''
  const { line, column } = new Source(file.name, file.text).position(place.start)
  return `${file.name}:${line}:${column}`
}
