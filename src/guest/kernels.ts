import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { GuestError } from './error.ts'
import { compareReleases, isOf } from './suite.ts'

/** The series that is taken when none is asked for. */
export const DEFAULT_KERNEL = '6.1'

/** A kernel that can be booted. */
export interface GuestKernel {
  /** As uname -r gives it: `6.1.0-56-amd64`. */
  readonly release: string
  /** Path of the bzImage. */
  readonly image: string
  /** The folder that has modules.dep. */
  readonly modules: string
  /** The unpacked package with lib/modules and boot; absent for a kernel installed on this machine. */
  readonly tree?: string
}

/** Where unpacked kernel packages are kept, one folder a release. */
export function kernelsFolder(cache: string): string {
  return join(cache, 'kernels')
}

/**
 * The kernel asked for, if it is there: `6.1` is the newest unpacked one of that series,
 * a full release may also be installed, and what has a slash is a bzImage or a folder.
 */
export function findKernel(version: string, cache: string): GuestKernel | undefined {
  if (version.includes('/')) return kernelAt(resolve(version))
  const folder = kernelsFolder(cache)
  const releases = existsSync(folder) ? readdirSync(folder) : []
  const release = releases
    .filter(r => isOf(r, version))
    .sort(compareReleases)
    .at(-1)
  if (release !== undefined) return kernelInTree(join(folder, release))
  return existsSync(`/boot/vmlinuz-${version}`) ? kernelAt(`/boot/vmlinuz-${version}`) : undefined
}

function kernelAt(path: string): GuestKernel {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new GuestError(`no such kernel: ${path}`)
  if (stat.isDirectory()) return kernelInTree(path)
  const name = basename(path)
  const release = name === 'vmlinuz' ? basename(dirname(path)) : name.replace(/^vmlinuz-/, '')
  const modules = join('/lib/modules', release)
  if (!existsSync(join(modules, 'modules.dep'))) {
    throw new GuestError(`the modules of ${path} are not in ${modules}`)
  }
  return { release, image: path, modules }
}

/** A folder into which a kernel package was unpacked, and where depmod was run. */
export function kernelInTree(tree: string): GuestKernel {
  const folder = join(tree, 'lib/modules')
  const release = existsSync(folder) ? readdirSync(folder)[0] : undefined
  if (release === undefined) throw new GuestError(`no kernel package is unpacked in ${tree}`)
  const modules = join(folder, release)
  // Since Linux 7, Debian's image stands among its modules.
  const image = [join(tree, 'boot', `vmlinuz-${release}`), join(modules, 'vmlinuz')].find(
    existsSync,
  )
  if (image === undefined) throw new GuestError(`there is no vmlinuz of ${release} in ${tree}`)
  if (!existsSync(join(modules, 'modules.dep'))) {
    throw new GuestError(`${modules} has no modules.dep`, [`depmod -b ${tree} ${release}`])
  }
  return { release, image, modules, tree }
}
