import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file's bytes, or undefined where it is not there or not for us to read. */
export function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

export function readText(path: string): string | undefined {
  return readBytes(path)?.toString('latin1')
}

/** Names in a directory; none where it cannot be read. */
export function listNames(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** A file of tracefs, wherever that is mounted. */
export function tracefsFile(name: string): string | undefined {
  return readText(`/sys/kernel/tracing/${name}`) ?? readText(`/sys/kernel/debug/tracing/${name}`)
}

export function debugfsFile(name: string): string | undefined {
  return readText(`/sys/kernel/debug/${name}`)
}

/** How many CPUs a list like `0-3,8` names. */
export function countCpus(list: string): number {
  return cpuNumbers(list).length
}

/** The CPUs that a list like `0-3,8` names. */
export function cpuNumbers(list: string): readonly number[] {
  return list
    .trim()
    .split(',')
    .flatMap(range => {
      const [first = '0', last = first] = range.split('-')
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => Number(first) + n)
    })
}

/** The `data` of the package that this file is in, be it source or bundle. */
export function defaultDataDirectory(): string | undefined {
  // A bundle in CommonJS has no import.meta.
  const here = import.meta.url ? fileURLToPath(import.meta.url) : __filename
  for (let at = dirname(here); ; at = dirname(at)) {
    const data = join(at, 'data')
    if (existsSync(join(data, 'functions.json'))) return data
    if (at === dirname(at)) return undefined
  }
}

/** A text of the package's `data`; undefined where the package has none. */
export function shippedText(directory: string | undefined, name: string): string | undefined {
  return directory === undefined ? undefined : readText(join(directory, name))
}

export function defaultCacheDirectory(): string {
  return join(homedir(), '.cache', 'klew')
}
