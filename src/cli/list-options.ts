import { type ParsedLine, UsageError } from './options.ts'

/** What asks for a list in place of a run. */
const LISTS = ['l', 'L', 'dump-functions', 'dump-probe-aliases', 'dump-probe-types'] as const

export type ListOption = (typeof LISTS)[number]

/** The list that is asked for, if any. */
export function listAsked(options: ParsedLine['options']): ListOption | undefined {
  return LISTS.find(name => options.has(name))
}

/** One list, and nothing that belongs to a run. */
export function onlyOneList(options: ParsedLine['options']): void {
  const asked = LISTS.flatMap(name => options.get(name)?.map(() => name) ?? [])
  if (asked.length > 1) {
    throw new UsageError('only one of the -l/-L/--dump-* switches may be specified')
  }
  if (options.has('e')) {
    throw new UsageError('cannot specify a script with -l/-L/--dump-* switches')
  }
  const pass = options.get('p')?.at(-1)
  if (pass !== undefined && pass !== '5') {
    throw new UsageError('cannot specify -p with -l/-L/--dump-* switches')
  }
}
