import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { PLAIN_START, type Start, startOf } from './meta-line.ts'

/** Where Debian's package systemtap-doc puts SystemTap's own example scripts. */
export const EXAMPLES = '/usr/share/systemtap/examples'

export interface Example extends Start {
  /** Below EXAMPLES. */
  readonly name: string
  readonly path: string
}

/** All example scripts with the way each is started, by name; none where they are not installed. */
export function examples(): readonly Example[] {
  if (!existsSync(EXAMPLES)) return []
  const names = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  const scripts = names.filter(name => name.endsWith('.stp')).sort()
  const meta = names.filter(name => name.endsWith('.meta')).map(readMeta)
  return scripts.map(name => {
    const path = join(EXAMPLES, name)
    const start = startOfExample(path, meta)
    const folders = start.folders.map(folder => join(dirname(path), folder))
    return { name, path, ...start, folders: name.includes('/tapset/') ? [dirname(path)] : folders }
  })
}

interface Meta {
  readonly folder: string
  readonly lines: readonly string[]
}

function readMeta(name: string): Meta {
  const path = join(EXAMPLES, name)
  const text = readFileSync(path, 'latin1')
  const lines = [...text.matchAll(/^test_(?:check|installcheck): *(.*)$/gm)].map(m => m[1] ?? '')
  return { folder: dirname(path), lines }
}

/** Of scripts whose files do not say it, or that a shell has to complete. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'memory/hw_watch_addr.stp': ['0xffffffff81000000'],
  'profiling/graphcall.stp': ['/bin/sh', 'main'],
}

function startOfExample(path: string, meta: readonly Meta[]): Start {
  const name = basename(path)
  const lines = meta.filter(m => m.folder === dirname(path)).flatMap(m => m.lines)
  const said = lines.flatMap(line => startOf(line, name) ?? [])[0] ?? PLAIN_START
  const inScript = /^#!.*\bstap\b.* -g\b/.test(readFileSync(path, 'latin1').split('\n')[0] ?? '')
  // Library files are trusted.
  const guru = said.guru || inScript || path.includes('/tapset/')
  const given = ARGUMENTS[relative(EXAMPLES, path)] ?? said.arguments
  return { ...said, guru, arguments: given }
}
