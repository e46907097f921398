import { readFileSync } from 'node:fs'
import { UsageError } from './options.ts'

/** The bytes of a script file; it may be a pipe. */
export function readScriptFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT') throw new UsageError(`there is no script file ${path}`)
    if (code === 'EISDIR') throw new UsageError(`${path} is a folder, not a script file`)
    throw new UsageError(`script file ${path} cannot be read (${code})`)
  }
}

/** All of standard input. */
export function readInput(): Buffer {
  try {
    return readFileSync(0)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`standard input cannot be read (${code})`)
  }
}
