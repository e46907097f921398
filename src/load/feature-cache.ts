import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Raised when a trial changes, so that what an older klew found is found anew. */
const VERSION = 1

interface Stored {
  readonly version: number
  readonly key: readonly string[]
  readonly found: Readonly<Record<string, string>>
}

/**
 * What trials found, in one small file; of use only under the same key. Whatever is wrong with the
 * file, or with writing it, costs only the trials.
 */
export class FeatureCache {
  readonly #directory: string
  readonly #key: readonly string[]
  #found: Map<string, string> | undefined

  constructor(directory: string, key: readonly string[]) {
    this.#directory = directory
    this.#key = key
  }

  get(name: string): string | undefined {
    return this.#entries().get(name)
  }

  set(name: string, value: string): void {
    this.#entries().set(name, value)
    const stored: Stored = {
      version: VERSION,
      key: this.#key,
      found: Object.fromEntries(this.#entries()),
    }
    const path = this.#path()
    try {
      // Not a home that is not there; nor by `recursive`, which has no end under /proc.
      for (const level of [dirname(this.#directory), this.#directory]) {
        if (!existsSync(level)) mkdirSync(level, { mode: 0o700 })
      }
      // Another klew may read it meanwhile: it sees the old file or the new one.
      writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(stored)}\n`)
      renameSync(`${path}.${process.pid}`, path)
    } catch {
      // A cache that cannot be kept is no failure.
    }
  }

  #entries(): Map<string, string> {
    this.#found ??= this.#read()
    return this.#found
  }

  #read(): Map<string, string> {
    try {
      const stored: unknown = JSON.parse(readFileSync(this.#path(), 'utf8'))
      if (!isStored(stored) || stored.version !== VERSION) return new Map()
      const same =
        stored.key.length === this.#key.length && stored.key.every((k, i) => k === this.#key[i])
      return same ? new Map(Object.entries(stored.found)) : new Map()
    } catch {
      return new Map()
    }
  }

  #path(): string {
    return join(this.#directory, 'features.json')
  }
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false
  if (!('version' in value && 'key' in value && 'found' in value)) return false
  const { key, found } = value
  return (
    Array.isArray(key) &&
    typeof found === 'object' &&
    found !== null &&
    Object.values(found).every(reason => typeof reason === 'string')
  )
}
