import type { Diagnostic } from '../text/diagnostic.ts'

/** Where the messages of a check are collected: one mistake, one message. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = []
  readonly #known = new Set<string>()

  /** Nothing is said twice about one place: a body is looked at once for each kind of point. */
  report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    this.#add(`${code} ${span.source.name}:${span.start}:${span.end}`, diagnostic)
  }

  /** For what a script may use all over: said at its first use only. */
  reportOnce(diagnostic: Diagnostic): void {
    this.#add(`${diagnostic.code} ${diagnostic.text}`, diagnostic)
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
