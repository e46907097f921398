import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch, SourceIndex, Symbols } from '../kernel/facts.ts'
import { type IndexHeader, NO_SOURCES, sourceIndexOf } from '../kernel/source-index.ts'
import { readText, shippedText } from './facts-files.ts'

/** The shipped index of functions for this kernel; one without anything where none is shipped. */
export function openSourceIndex(
  directory: string | undefined,
  kernel: { readonly release: string; readonly arch: Arch; symbols(): Symbols },
): SourceIndex {
  const text = shippedText(directory, 'functions.json')
  if (directory === undefined || text === undefined) return NO_SOURCES
  // Our own build wrote it.
  const header = JSON.parse(text) as IndexHeader
  let dependencies: string | undefined
  return sourceIndexOf(
    { header, paths: () => unpack('files').toString('latin1'), area: unpack },
    { ...kernel, version: readText('/proc/version') ?? '', moduleDirectory },
  )

  function unpack(name: string): Buffer {
    return process
      .getBuiltinModule('node:zlib')
      .brotliDecompressSync(readFileSync(join(directory ?? '', `functions-${name}.br`)))
  }

  /** From the path of the module's file: `kernel/net/bridge/bridge.ko.xz: …` */
  function moduleDirectory(module: string): string | undefined {
    dependencies ??= readText(`/lib/modules/${kernel.release}/modules.dep`) ?? ''
    // Dashes in file names are underscores in module names.
    const name = module.replaceAll('_', '[-_]')
    const line = new RegExp(`^kernel/((?:[^:\\n]*/)?)${name}\\.ko[.\\w]*:`, 'm')
    return line.exec(dependencies)?.[1]
  }
}
