import type { Kernel } from './kernel.ts'

/** Something that is to be closed once. */
export interface Closable {
  close(): void
}

/** A descriptor with one owner. Closing it a second time does nothing. */
export class Fd implements Closable {
  readonly #kernel: Kernel
  readonly #number: number
  #open = true

  constructor(kernel: Kernel, number: number) {
    this.#kernel = kernel
    this.#number = number
  }

  /** For a system call. A closed number may be another file's by now, so it is not given. */
  get number(): number {
    if (!this.#open) throw new Error(`descriptor ${this.#number} is used after it was closed`)
    return this.#number
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#kernel.close(this.#number)
  }
}

/**
 * Owns what was made, and closes it in reverse order: what came later may stand on what came
 * before. Whoever builds something step by step puts each step's result here, and closes the scope
 * when a step fails.
 */
export class Scope implements Closable {
  #owned: Closable[] = []

  /** Takes it over, and gives it back for use. */
  own<T extends Closable>(thing: T): T {
    this.#owned.push(thing)
    return thing
  }

  /** Takes over a descriptor number, and gives it back for use. */
  ownFd(kernel: Kernel, number: number): number {
    return this.own(new Fd(kernel, number)).number
  }

  /** Closes everything, even where one step fails; then throws the first failure. */
  close(): void {
    const owned = this.#owned
    this.#owned = []
    const failures: unknown[] = []
    for (const thing of owned.reverse()) {
      try {
        thing.close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

/** Runs a builder; when it throws, what it put in the scope is closed before the error goes on. */
export function orUndo<T>(scope: Scope, build: (scope: Scope) => T): T {
  try {
    return build(scope)
  } catch (error) {
    scope.close()
    throw error
  }
}
