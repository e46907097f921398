import type { Arch, KernelSymbol, SourceIndex, SourcePlace, Symbols } from './facts.ts'
import { filePattern } from './glob.ts'
import { SourceArea } from './source-area.ts'
import { baseName } from './symbols.ts'

/** What `data/functions.json` says of the files beside it. */
export interface IndexHeader {
  readonly format: 1
  /** Oldest first. `release` is the very release that was read: `6.1.192`. */
  readonly series: readonly { readonly name: string; readonly release: string }[]
  /** In the order to look into them. */
  readonly areas: readonly {
    readonly name: string
    /** What was read for it, separated by spaces. */
    readonly directories: string
    /** How many of the paths are this area's. */
    readonly files: number
  }[]
}

/** What is beside the header, unpacked when asked for. */
export interface IndexFiles {
  readonly header: IndexHeader
  /** Paths of the source files of all areas in order, a line each. */
  paths(): string
  area(name: string): Uint8Array
}

/** The kernel that the index is asked about. */
export interface IndexedKernel {
  readonly arch: Arch
  /** `uname -r` */
  readonly release: string
  /** /proc/version, where distributions say which release theirs is made from. */
  readonly version: string
  symbols(): Symbols
  /** Where the sources of a module are: `net/bridge/`; undefined where not known. */
  moduleDirectory(module: string): string | undefined
}

/**
 * The shipped index of functions, for one kernel: of the series that it has, the nearest one
 * counts for lines, and those below and above for what functions there are.
 */
export function sourceIndexOf(files: IndexFiles, kernel: IndexedKernel): SourceIndex {
  return new ShippedIndex(files, kernel)
}

/** An index of nothing, for where none is shipped. */
export const NO_SOURCES: SourceIndex = {
  series: '',
  exact: false,
  place: () => undefined,
  functionsIn: () => [],
}

interface Area {
  readonly index: SourceArea
  readonly paths: readonly string[]
}

interface Candidate {
  readonly area: Area
  readonly number: number
  readonly file: string
}

class ShippedIndex implements SourceIndex {
  readonly series: string
  readonly exact: boolean
  readonly #files: IndexFiles
  readonly #kernel: IndexedKernel
  /** Index of the series that lines are taken from. */
  readonly #nearest: number
  /** Bits of the series whose functions this kernel may have. */
  readonly #likely: number
  readonly #areas = new Map<string, Area>()
  #paths: ReadonlyMap<string, readonly string[]> | undefined

  constructor(files: IndexFiles, kernel: IndexedKernel) {
    const { series } = files.header
    const { nearest, likely } = chooseSeries(
      series.map(s => s.name),
      kernel.release,
    )
    this.series = series[nearest]?.name ?? ''
    const release = series[nearest]?.release ?? ''
    this.exact = new RegExp(`(?<![\\d.])${release.replaceAll('.', '\\.')}(?![\\d.])`).test(
      kernel.version,
    )
    this.#files = files
    this.#kernel = kernel
    this.#nearest = nearest
    this.#likely = likely
  }

  place(symbol: KernelSymbol): SourcePlace | undefined {
    const candidates = this.#candidates(baseName(symbol.name))
    const chosen = this.#choose(candidates, symbol)
    return chosen && { file: chosen.file, line: this.#line(chosen) }
  }

  functionsIn(pattern: string): readonly { name: string; file: string; line: number }[] {
    const matching = filePattern(pattern)
    const found: { name: string; file: string; line: number }[] = []
    for (const { name: areaName } of this.#files.header.areas) {
      const paths = this.#pathsOf(areaName)
      paths.forEach((file, fileNumber) => {
        if (!matching.test(file)) return
        const area = this.#area(areaName)
        const [first, end] = area.index.functionsOf(fileNumber)
        for (let number = first; number < end; number++) {
          if ((area.index.seriesOf(number) & this.#likely) === 0) continue
          const line = this.#line({ area, number })
          const names = symbolNames(area.index.name(number), this.#kernel.arch)
          found.push(...names.map(name => ({ name, file, line })))
        }
      })
    }
    return found
  }

  #candidates(symbol: string): Candidate[] {
    const names = indexNames(symbol)
    const found: Candidate[] = []
    for (const { name: areaName } of this.#files.header.areas) {
      const area = this.#area(areaName)
      const here = names.flatMap(name => area.index.named(name))
      for (const number of here) {
        found.push({ area, number, file: area.paths[area.index.fileOf(number)] ?? '' })
      }
      if (here.length > 0 && !here.some(number => area.index.isElsewhere(number))) break
    }
    const likely = found.filter(c => (c.area.index.seriesOf(c.number) & this.#likely) !== 0)
    return likely.length > 0 ? likely : found
  }

  /** Of several files, the one that the module's directory or the symbols around it tell. */
  #choose(candidates: readonly Candidate[], symbol: KernelSymbol): Candidate | undefined {
    const directory =
      symbol.module === undefined ? undefined : this.#kernel.moduleDirectory(symbol.module)
    const inDirectory = candidates.filter(
      c => directory !== undefined && c.file.startsWith(directory),
    )
    const left = inDirectory.length > 0 ? inDirectory : candidates
    const first = left[0]
    if (first === undefined || left.every(c => c.file === first.file)) return first
    return this.#byNeighbours(left, symbol)
  }

  /**
   * Functions of one source file stand beside each other in memory: the file of the nearest symbol
   * that only one file defines is the one, or failing that its directory.
   */
  #byNeighbours(candidates: readonly Candidate[], symbol: KernelSymbol): Candidate | undefined {
    const files = [...this.#filesAround(symbol)]
    for (const file of files) {
      const same = candidates.find(c => c.file === file)
      if (same !== undefined) return same
    }
    for (const file of files) {
      const directory = file.slice(0, file.lastIndexOf('/') + 1)
      const near = candidates.filter(c => c.file.startsWith(directory))
      if (near.length > 0 && near.every(c => c.file === near[0]?.file)) return near[0]
    }
    return undefined
  }

  /** Files of symbols that one file alone defines, nearest first, on both sides in turn. */
  *#filesAround(symbol: KernelSymbol): Iterable<string> {
    if (symbol.address === 0n) return
    const symbols = this.#kernel.symbols()
    const here = symbols.find(symbol.address)
    let above = here && symbols.find(symbol.address - 1n)
    let below = here && symbols.find(symbol.address + here.size)
    for (let i = 0; i < NEIGHBOURS; i++) {
      for (const neighbour of [above, below]) {
        const file = neighbour && this.#onlyFile(neighbour.symbol)
        if (file !== undefined) yield file
      }
      above = above && symbols.find(above.symbol.address - 1n)
      below = below && symbols.find(below.symbol.address + below.size)
    }
  }

  #onlyFile(symbol: KernelSymbol): string | undefined {
    const candidates = this.#candidates(baseName(symbol.name))
    const file = candidates[0]?.file
    return candidates.every(c => c.file === file) ? file : undefined
  }

  /** The line in the nearest series that has the function. */
  #line({ area, number }: { readonly area: Area; readonly number: number }): number {
    const mask = area.index.seriesOf(number)
    const distance = (series: number): number => Math.abs(series - this.#nearest)
    const [series = 0] = this.#files.header.series
      .map((_, i) => i)
      .filter(i => ((mask >> i) & 1) === 1)
      .sort((a, b) => distance(a) - distance(b) || b - a)
    return area.index.line(number, series)
  }

  #area(name: string): Area {
    let area = this.#areas.get(name)
    if (area === undefined) {
      const index = new SourceArea(this.#files.area(name), this.#files.header.series.length)
      area = { index, paths: this.#pathsOf(name) }
      this.#areas.set(name, area)
    }
    return area
  }

  #pathsOf(area: string): readonly string[] {
    if (this.#paths === undefined) {
      const all = this.#files.paths().split('\n')
      let start = 0
      const paths = new Map<string, readonly string[]>()
      for (const { name, files } of this.#files.header.areas) {
        paths.set(name, all.slice(start, start + files))
        start += files
      }
      this.#paths = paths
    }
    return this.#paths.get(area) ?? []
  }
}

/** How many symbols are asked on either side before the directory must do. */
const NEIGHBOURS = 40

/** A macro that defines functions marks, in the index, the name it is given. */
const NATIVE_SYSCALL = '%'
const COMPAT_SYSCALL = '&'
const BPF_HELPER = '='

/** Names that the index may have for a symbol. */
function indexNames(symbol: string): string[] {
  const [, compat, call] = /^__(?:x64|ia32|arm64|se|do)_(compat_)?sys_(.+)$/.exec(symbol) ?? []
  if (call !== undefined) {
    return [symbol, (compat === undefined ? NATIVE_SYSCALL : COMPAT_SYSCALL) + call]
  }
  return [symbol, BPF_HELPER + (symbol.startsWith('____') ? symbol.slice(4) : symbol)]
}

/** Symbols that an entry of the index stands for (include/linux/syscalls.h, filter.h). */
function symbolNames(entry: string, arch: Arch): string[] {
  const name = entry.slice(1)
  const entries = arch === 'x64' ? ['__x64', '__ia32'] : ['__arm64']
  switch (entry[0]) {
    case NATIVE_SYSCALL:
      return [...entries, '__se', '__do'].map(prefix => `${prefix}_sys_${name}`)
    case COMPAT_SYSCALL:
      return [...entries, '__se', '__do'].map(prefix => `${prefix}_compat_sys_${name}`)
    case BPF_HELPER:
      return [name, `____${name}`]
    default:
      return [entry]
  }
}

/**
 * The series nearest to a kernel, and the bits of those around it. Series are as far apart as the
 * releases between them: 5.19 was followed by 6.0, 6.19 by 7.0.
 */
function chooseSeries(
  names: readonly string[],
  release: string,
): { nearest: number; likely: number } {
  const here = ordinal(release)
  let nearest = 0
  let below: number | undefined
  let above: number | undefined
  names.forEach((name, i) => {
    const at = ordinal(name)
    if (Math.abs(at - here) < Math.abs(ordinal(names[nearest] ?? '') - here)) nearest = i
    if (at <= here) below = i
    if (at >= here) above ??= i
  })
  const likely = (1 << (below ?? nearest)) | (1 << (above ?? nearest))
  return { nearest, likely }
}

function ordinal(release: string): number {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(major) * 20 + Number(minor)
}
