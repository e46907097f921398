// Writes the index of functions that ships with klew: which file and line of the kernel's sources
// defines each, for several series. Facts only: names, paths and lines.
//
//   npx tsx data/make-source-index.ts 5.10=TREE 6.1=TREE …
//
// Each TREE is an unpacked kernel source of that series (the Makefile at its top names the
// release), or as much of it as DIRECTORIES name. Reads into src/kernel/source-area.ts.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { previousSeries } from '../src/kernel/source-area.ts'
import type { IndexHeader } from '../src/kernel/source-index.ts'
import { type CFunction, cFunctions } from './c-functions.ts'

/** In the order in which the index is searched. */
const AREAS: readonly { readonly name: string; readonly directories: readonly string[] }[] = [
  { name: 'net', directories: ['net'] },
  {
    name: 'kernel',
    directories: ['kernel', 'mm', 'ipc', 'init', 'io_uring', 'block', 'security', 'lib'],
  },
  { name: 'fs', directories: ['fs'] },
  { name: 'x86', directories: ['arch/x86', 'virt'] },
  {
    name: 'drivers',
    directories: ['crypto', 'base', 'block', 'net', 'vhost', 'virtio'].map(d =>
      d === 'crypto' ? d : `drivers/${d}`,
    ),
  },
]

/** Not part of a kernel: programs that run while it is built, or before or beside it. */
const LEFT_OUT =
  /^(arch\/x86\/(boot|tools|um|purgatory|realmode)|drivers\/net\/(arcnet|can|dsa|ethernet|fddi|hamradio|ieee802154|wan|wireless|wwan|plip|slip|usb|phy|fjes|ipa)|.*\/(testdata|selftests))\//

interface Tree {
  readonly name: string
  readonly release: string
  readonly root: string
}

interface IndexedFile {
  readonly path: string
  readonly functions: readonly { readonly name: string; readonly lines: readonly number[] }[]
}

main(process.argv.slice(2))

function main(operands: readonly string[]): void {
  const trees = operands.map(readTree)
  const areas = AREAS.map(area => ({ ...area, indexed: indexArea(area.directories, trees) }))
  const owners = namesByArea(areas.map(a => a.indexed))
  const directory = import.meta.dirname
  areas.forEach((area, i) => {
    const elsewhere = (name: string): boolean => (owners.get(name) ?? 0) !== 1 << i
    write(join(directory, `functions-${area.name}.br`), pack(area.indexed, trees.length, elsewhere))
  })
  const paths = areas.flatMap(a => a.indexed.map(f => f.path)).join('\n')
  write(join(directory, 'functions-files.br'), Buffer.from(paths, 'latin1'))
  const header: IndexHeader = {
    format: 1,
    series: trees.map(({ name, release }) => ({ name, release })),
    areas: areas.map(({ name, directories, indexed }) => ({
      name,
      directories: directories.join(' '),
      files: indexed.length,
    })),
  }
  writeFileSync(join(directory, 'functions.json'), `${JSON.stringify(header, undefined, 2)}\n`)
}

function readTree(operand: string): Tree {
  const [name = '', root = ''] = operand.split('=')
  const makefile = readFileSync(join(root, 'Makefile'), 'latin1')
  const [version, patch, sub] = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(
    key => new RegExp(`^${key} = (\\d+)$`, 'm').exec(makefile)?.[1],
  )
  if (`${version}.${patch}` !== name) throw new Error(`${root} is not Linux ${name}`)
  return { name, release: `${name}.${sub}`, root }
}

function indexArea(directories: readonly string[], trees: readonly Tree[]): IndexedFile[] {
  const files = new Map<string, (readonly CFunction[])[]>()
  trees.forEach((tree, series) => {
    for (const path of directories.flatMap(d => sourceFiles(tree.root, d))) {
      const known = files.get(path) ?? trees.map(() => [])
      known[series] = cFunctions(readFileSync(join(tree.root, path)))
      files.set(path, known)
    }
  })
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bySeries]) => ({ path, functions: union(bySeries) }))
    .filter(file => file.functions.length > 0)
}

function sourceFiles(root: string, directory: string): string[] {
  const found: string[] = []
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`
    if (LEFT_OUT.test(`${path}/`)) continue
    if (entry.isDirectory()) found.push(...sourceFiles(root, path))
    else if (entry.name.endsWith('.c')) found.push(path)
  }
  return found
}

/** The functions of a file in all series, each behind the one it follows where it was first met. */
function union(
  bySeries: readonly (readonly CFunction[])[],
): { name: string; lines: readonly number[] }[] {
  const order: string[] = []
  const lines = new Map<string, number[]>()
  bySeries.forEach((functions, series) => {
    let behind = -1
    for (const { name, line } of functions) {
      const known = lines.get(name)
      if (known === undefined) order.splice(++behind, 0, name)
      else behind = order.indexOf(name)
      const own = known ?? bySeries.map(() => 0)
      own[series] = line
      lines.set(name, own)
    }
  })
  return order.map(name => ({ name, lines: lines.get(name) ?? [] }))
}

/** For each name, a bit for each area that has it. */
function namesByArea(areas: readonly (readonly IndexedFile[])[]): Map<string, number> {
  const owners = new Map<string, number>()
  areas.forEach((files, i) => {
    for (const { name } of files.flatMap(f => f.functions)) {
      owners.set(name, (owners.get(name) ?? 0) | (1 << i))
    }
  })
  return owners
}

/** The columns that source-area.ts describes. */
function pack(
  files: readonly IndexedFile[],
  seriesCount: number,
  elsewhere: (name: string) => boolean,
): Buffer {
  const functions = files.flatMap(f => f.functions)
  const masks = functions.map(f => maskOf(f.lines) | (elsewhere(f.name) ? 0x80 : 0))
  const names = Buffer.from(`\n${functions.map(f => `${f.name}\n`).join('')}`, 'latin1')
  const lines = files.map(file =>
    Buffer.from(Array.from({ length: seriesCount }, (_, series) => packLines(file, series)).flat()),
  )
  const counts = Buffer.from(
    files.flatMap((f, i) => [...varint(f.functions.length), ...varint(lines[i]?.length ?? 0)]),
  )
  const header = Buffer.alloc(16)
  header.writeUInt32LE(files.length, 0)
  header.writeUInt32LE(functions.length, 4)
  header.writeUInt32LE(names.length, 8)
  header.writeUInt32LE(counts.length, 12)
  return Buffer.concat([header, Buffer.from(masks), names, counts, ...lines])
}

function maskOf(lines: readonly number[]): number {
  return lines.reduce((mask, line, series) => (line > 0 ? mask | (1 << series) : mask), 0)
}

function packLines(file: IndexedFile, series: number): number[] {
  let above = 0
  let moved = 0
  return file.functions.flatMap(({ lines }) => {
    const line = lines[series] ?? 0
    if (line === 0) return []
    const before = previousSeries(maskOf(lines), series)
    const drift = before === undefined ? 0 : line - (lines[before] ?? 0)
    const value = before === undefined ? line - above : drift - moved
    if (before !== undefined) moved = drift
    above = line
    return varint(value >= 0 ? value * 2 : -value * 2 - 1)
  })
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

function write(path: string, bytes: Buffer): void {
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
  writeFileSync(path, packed)
  console.log(`${path}: ${bytes.length} bytes, ${packed.length} packed`)
}
