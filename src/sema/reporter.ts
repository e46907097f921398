import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'

/** Tells whether what stands at a place is still there when constant tests are folded. */
export type IsKept = (span: Span) => boolean

interface Doubt {
  readonly diagnostic: Diagnostic
  readonly matters: (kept: IsKept) => boolean
}

/** Where the messages of a check are collected: one mistake, one message. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = []
  readonly #known = new Set<string>()
  #doubts: Doubt[] = []

  /** Nothing is said twice about one place: a body is looked at once for each kind of point. */
  report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    this.#add(`${code} ${span.source.name}:${span.start}:${span.end}`, diagnostic)
  }

  /** For what a script may use all over: said at its first use only. */
  reportOnce(diagnostic: Diagnostic): void {
    this.#add(`${diagnostic.code} ${diagnostic.text}`, diagnostic)
  }

  /** For mistakes that are none in what a constant test rules out, as after `if (0)`. */
  reportIf(matters: Doubt['matters'], diagnostic: Diagnostic): void {
    this.#doubts.push({ diagnostic, matters })
  }

  /** Something may be wrong, depending on what constant tests rule out. */
  get inDoubt(): boolean {
    return this.#doubts.length > 0
  }

  settle(kept: IsKept): void {
    for (const { diagnostic, matters } of this.#doubts) if (matters(kept)) this.report(diagnostic)
    this.#doubts = []
  }

  get failed(): boolean {
    return this.diagnostics.some(d => d.severity === 'error')
  }

  #add(key: string, diagnostic: Diagnostic): void {
    if (this.#known.has(key)) return
    this.#known.add(key)
    this.diagnostics.push(diagnostic)
  }
}
