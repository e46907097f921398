import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { unpack } from './bzimage.ts'
import type { CpioEntry } from './cpio.ts'
import { PLAIN_FILE } from './cpio.ts'

/** The modules without which the guest cannot reach the host's files. */
export const BOOT_MODULES: readonly string[] = [
  '9p',
  '9pnet_virtio',
  'overlay',
  'virtio_pci',
  'virtio_console',
]

/**
 * The files to load, in order, for the modules named: each after what it needs. Reads the text of
 * modules.dep (`FILE: NEEDED NEEDED…`, the nearest first). A module that is not there is left
 * out: it may be built into the kernel.
 */
export function loadOrder(modulesDep: string, names: readonly string[]): string[] {
  const lines = new Map<string, { file: string; needs: string[] }>()
  for (const line of modulesDep.split('\n')) {
    const [file, needs] = line.split(':')
    if (file === undefined || needs === undefined) continue
    lines.set(moduleName(file), { file, needs: needs.split(' ').filter(n => n !== '') })
  }
  const order = new Set<string>()
  for (const name of names) {
    const line = lines.get(name)
    if (line === undefined) continue
    for (const file of line.needs.toReversed()) order.add(file)
    order.add(line.file)
  }
  return [...order]
}

/** `kernel/fs/9p/9p.ko.xz` → `9p`; file names may have dashes where module names have not. */
export function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_')
}

/** The boot modules of a kernel as initramfs entries, unpacked, with the list to load them by. */
export function moduleEntries(modulesDir: string): { entries: CpioEntry[]; has9p: boolean } {
  const dep = readFileSync(join(modulesDir, 'modules.dep'), 'utf8')
  // Debian's packages since Linux 7 have no such list; their 9p is a module.
  const list = join(modulesDir, 'modules.builtin')
  const builtIn = existsSync(list) ? readFileSync(list, 'utf8') : ''
  const files = loadOrder(dep, BOOT_MODULES)
  const names = files.map(moduleName)
  const entries = files.map(file => ({
    path: `modules/${moduleName(file)}.ko`,
    mode: PLAIN_FILE,
    data: readModule(join(modulesDir, file)),
  }))
  const order = Buffer.from(names.map(name => `${name}.ko\n`).join(''))
  const has9p = names.includes('9p') || builtIn.split('\n').some(f => moduleName(f) === '9p')
  return { entries: [...entries, { path: 'modules/order', mode: PLAIN_FILE, data: order }], has9p }
}

function readModule(path: string): Buffer {
  const bytes = readFileSync(path)
  if (path.endsWith('.xz')) return unpack('xz', bytes)
  if (path.endsWith('.zst')) return unpack('zstd', bytes)
  if (path.endsWith('.gz')) return unpack('gzip', bytes)
  return bytes
}
