import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What decides which folders of a tapset are for a kernel. */
export interface TapsetKernel {
  readonly release: string
  /** As the kernel's sources call it: `x86_64`, `arm64`. */
  readonly arch: string
}

/** Files for one program stand below it, at the path of the program. */
export const PROGRAM_FOLDER = 'PATH'

/**
 * The folders of a tapset that count for a kernel, those that go first first: `linux` before the
 * plain ones; in each the whole release, its number, shorter ones, and none; in each of these the
 * architecture before the rest.
 */
export function foldersFor({ release, arch }: TapsetKernel): string[] {
  const versions = [...versionsOf(release), '']
  return ['linux', ''].flatMap(runtime =>
    versions.flatMap(version => [join(runtime, version, arch), join(runtime, version)]),
  )
}

/** `6.1.0-56-cloud-amd64`, `6.1.0`, `6.1` */
function versionsOf(release: string): string[] {
  const [number = ''] = /^[0-9.]+/.exec(release) ?? []
  const versions = [release]
  for (let v = number; v.includes('.'); v = v.slice(0, v.lastIndexOf('.'))) {
    if (v !== release && !v.endsWith('.')) versions.push(v)
  }
  return versions
}

/**
 * The .stpm and .stp files of a tapset for a kernel, relative to it: macros first, then in the
 * order of `foldersFor`, and those for single programs last.
 */
export function listTapset(directory: string, kernel: TapsetKernel): string[] {
  const files = foldersFor(kernel).flatMap(folder => inFolder(directory, folder))
  const programs = below(directory, PROGRAM_FOLDER, 0)
  const all = [...files, ...programs]
  return [...all.filter(f => f.endsWith('.stpm')), ...all.filter(f => f.endsWith('.stp'))]
}

/** The files of one folder, by name; none where there is no such folder. */
function inFolder(directory: string, folder: string): string[] {
  return entries(join(directory, folder))
    .filter(e => !e.isDirectory() && isTapsetFile(e.name))
    .map(e => (folder === '' || folder === '.' ? e.name : join(folder, e.name)))
}

/** A path of a program is not deeper, and a link may go in a circle. */
const MAX_DEPTH = 16

function below(directory: string, folder: string, depth: number): string[] {
  const deeper = depth >= MAX_DEPTH ? [] : entries(join(directory, folder))
  return [
    ...inFolder(directory, folder),
    ...deeper
      .filter(e => e.isDirectory())
      .flatMap(e => below(directory, join(folder, e.name), depth + 1)),
  ]
}

export function isTapsetFile(name: string): boolean {
  return (name.endsWith('.stp') || name.endsWith('.stpm')) && !name.startsWith('.')
}

function entries(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}
