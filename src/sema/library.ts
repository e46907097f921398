import type { Source } from '../text/source.ts'

/**
 * The tapset, as the checker sees it: sources by the name that a script uses. Which file defines
 * what was indexed when klew was built, so only files that a script needs are read and parsed.
 */
export interface Library {
  /** The file that defines a function of this name, or undefined. */
  functionSource(name: string): Source | undefined
  /** Files with aliases whose first component is this one. */
  aliasSources(firstComponent: string): readonly Source[]
  /** All function names, for near-name messages. */
  functionNames(): readonly string[]
}
