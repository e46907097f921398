/**
 * strftime(3) for names of files, in the C locale and the local time. A conversion that is none
 * stays as it is.
 */
export function strftime(format: string, date: Date): string {
  return format.replace(/%[EO]?([a-zA-Z%+])/g, (whole, conversion: string) => {
    const convert = CONVERSIONS[conversion]
    return convert === undefined ? whole : convert(date)
  })
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const CONVERSIONS: Readonly<Record<string, (d: Date) => string>> = {
  a: d => day(d).slice(0, 3),
  A: day,
  b: d => month(d).slice(0, 3),
  B: month,
  c: d => strftime('%a %b %e %H:%M:%S %Y', d),
  C: d => two(Math.floor(d.getFullYear() / 100)),
  d: d => two(d.getDate()),
  D: d => strftime('%m/%d/%y', d),
  e: d => String(d.getDate()).padStart(2),
  F: d => strftime('%Y-%m-%d', d),
  g: d => two(isoWeek(d).year % 100),
  G: d => String(isoWeek(d).year),
  h: d => month(d).slice(0, 3),
  H: d => two(d.getHours()),
  I: d => two(hour12(d)),
  j: d => String(dayOfYear(d) + 1).padStart(3, '0'),
  k: d => String(d.getHours()).padStart(2),
  l: d => String(hour12(d)).padStart(2),
  m: d => two(d.getMonth() + 1),
  M: d => two(d.getMinutes()),
  n: () => '\n',
  p: d => (d.getHours() < 12 ? 'AM' : 'PM'),
  P: d => (d.getHours() < 12 ? 'am' : 'pm'),
  r: d => strftime('%I:%M:%S %p', d),
  R: d => strftime('%H:%M', d),
  s: d => String(Math.floor(d.getTime() / 1000)),
  S: d => two(d.getSeconds()),
  t: () => '\t',
  T: d => strftime('%H:%M:%S', d),
  u: d => String(d.getDay() || 7),
  U: d => two(weekFrom(d, 0)),
  V: d => two(isoWeek(d).week),
  w: d => String(d.getDay()),
  W: d => two(weekFrom(d, 1)),
  x: d => strftime('%m/%d/%y', d),
  X: d => strftime('%H:%M:%S', d),
  y: d => two(d.getFullYear() % 100),
  Y: d => String(d.getFullYear()),
  z: offset,
  Z: zoneName,
  '%': () => '%',
}

const MS_PER_DAY = 86_400_000

function two(n: number): string {
  return String(n).padStart(2, '0')
}

function day(d: Date): string {
  return DAYS[d.getDay()] ?? ''
}

function month(d: Date): string {
  return MONTHS[d.getMonth()] ?? ''
}

function hour12(d: Date): number {
  return d.getHours() % 12 || 12
}

/** From 0; counted in UTC, where every day has 24 hours. */
function dayOfYear(d: Date): number {
  const today = Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())
  return Math.round((today - Date.UTC(d.getFullYear(), 0, 1)) / MS_PER_DAY)
}

/** Weeks that began on this day of the week since the year did. */
function weekFrom(d: Date, firstDay: 0 | 1): number {
  return Math.floor((dayOfYear(d) + 7 - ((d.getDay() + 7 - firstDay) % 7)) / 7)
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function isoWeek(d: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(d.getFullYear(), d.getMonth(), d.getDate() + 4 - (d.getDay() || 7), 12)
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

/** `+0900` */
function offset(d: Date): string {
  const minutes = -d.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
}

/** As far as Node knows a short one: `UTC`, `CET`, `GMT+9`. */
function zoneName(d: Date): string {
  const time = d.toLocaleTimeString('en-US', { timeZoneName: 'short' })
  return time.slice(time.lastIndexOf(' ') + 1)
}
