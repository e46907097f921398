import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it. Not by mkdirSync's `recursive`, which in Node 20 never comes
 * back from places such as /proc, where nothing can be made.
 */
export function makeFolders(path: string): void {
  const folder = resolve(path)
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another klew may have been quicker.
    if (!existsSync(folder)) throw error
  }
}
