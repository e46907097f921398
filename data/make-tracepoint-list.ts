// Writes data/tracepoints.txt: which system the kernel's tracepoints are of, `SYSTEM:NAME` a line,
// for where tracefs, which would tell, is not mounted.
//
//   npx tsx data/make-tracepoint-list.ts TREE …
//
// Each TREE is an unpacked kernel source, or as much of it as there is. Later trees win.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SYSTEM = /^\s*#\s*define\s+TRACE_SYSTEM\s+(\w+)/m
/** The macros of include/linux/tracepoint.h whose first argument is a name, or the second is. */
const EVENT =
  /\b(?:TRACE_EVENT\w*\(\s*(\w+)|DEFINE_EVENT\w*\(\s*\w+\s*,\s*(\w+)|DECLARE_TRACE\w*\(\s*\w+)/g

main(process.argv.slice(2))

function main(trees: readonly string[]): void {
  const systems = new Map<string, string>()
  for (const path of trees.flatMap(headers)) {
    // Class macros of some subsystems are defined in the same way: their bodies are not events.
    const text = readFileSync(path, 'latin1').replace(
      /^\s*#\s*define(?!\s+TRACE_SYSTEM).*(\\\n.*)*/gm,
      '',
    )
    const system = SYSTEM.exec(text)?.[1]
    if (system === undefined) continue
    for (const [, first, second] of text.matchAll(EVENT)) {
      const name = first ?? second
      if (name !== undefined) systems.set(name, system)
    }
  }
  const lines = [...systems].map(([name, system]) => `${system}:${name}\n`)
  writeFileSync(join(import.meta.dirname, 'tracepoints.txt'), lines.sort().join(''))
  console.log(`${lines.length} tracepoints`)
}

function headers(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return headers(path)
    return entry.name.endsWith('.h') ? [path] : []
  })
}
