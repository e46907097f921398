import { closeSync, fstatSync, openSync } from 'node:fs'
import { Btf, BtfError } from '../kernel/btf.ts'
import { BtfTypes } from '../kernel/btf-types.ts'
import type { Facts } from '../kernel/facts.ts'
import { kconfigOf } from '../kernel/kconfig.ts'
import { probeableBy } from '../kernel/probeable.ts'
import { KallsymsText } from '../kernel/symbols.ts'
import { tracepointsOf } from '../kernel/tracepoint.ts'
import { btfBytes, openKernelBtf } from '../sys/bpf-btf.ts'
import { SyscallError, UnsupportedError } from '../sys/error.ts'
import type { Kernel } from '../sys/kernel.ts'
import {
  countCpus,
  debugfsFile,
  defaultCacheDirectory,
  defaultDataDirectory,
  listNames,
  readBytes,
  readText,
  shippedText,
  tracefsFile,
} from './facts-files.ts'
import { openSourceIndex } from './facts-sources.ts'
import { openFeatures } from './features.ts'

export interface FactsOptions {
  /** Where the shipped source index is; the package's `data` by default. */
  readonly dataDirectory?: string
  /** Where what was found out is kept: `~/.cache/klew` by default. */
  readonly cacheDirectory?: string
}

/**
 * What the running system says about itself. Nothing is read before it is asked for, and nothing
 * twice.
 */
export function readFacts(kernel: Kernel, options: FactsOptions = {}): Facts {
  const { release } = kernel.uname()
  const dataDirectory = once(() => options.dataDirectory ?? defaultDataDirectory())
  const types = once(() => openTypes(kernel, release))
  const symbols = once(() => new KallsymsText(readBytes('/proc/kallsyms') ?? new Uint8Array()))
  const config = once(() => kconfigOf(readConfig(release) ?? ''))
  const cpus = once(() => countCpus(readText('/sys/devices/system/cpu/possible') ?? '0'))
  const tracepoints = once(() =>
    tracepointsOf(types(), {
      live: () => tracefsFile('available_events'),
      shipped: () => shippedText(dataDirectory(), 'tracepoints.txt'),
    }),
  )
  const probeable = once(() =>
    probeableBy(
      {
        traceable: tracefsFile('available_filter_functions'),
        blacklist: debugfsFile('kprobes/blacklist'),
      },
      name => symbols().functions(name),
      once(initText),
    ),
  )
  const sources = once(() =>
    openSourceIndex(dataDirectory(), {
      release,
      arch: kernel.arch,
      symbols,
    }),
  )
  const features = once(() =>
    openFeatures(kernel, types, options.cacheDirectory ?? defaultCacheDirectory()),
  )
  return {
    release,
    arch: kernel.arch,
    get cpus() {
      return cpus()
    },
    types,
    symbols,
    tracepoints,
    sources,
    probeable: (symbol, module) => probeable()(symbol, module),
    config: name => config()(name),
    has: feature => features().reason(feature) === undefined,
    whyNot: feature => features().reason(feature) ?? '',
  }

  /** Where functions stand that are given back when the kernel is up. */
  function initText(): readonly [bigint, bigint] | undefined {
    const start = symbols().functions('_sinittext')[0]?.address
    const end = symbols().functions('_einittext')[0]?.address
    return start === undefined || end === undefined ? undefined : [start, end]
  }
}

const BTF_DIRECTORY = '/sys/kernel/btf'

function openTypes(kernel: Kernel, release: string): BtfTypes {
  const bytes = mapBtf(kernel) ?? askForBtf(kernel) ?? readBytes(`${BTF_DIRECTORY}/vmlinux`)
  if (bytes === undefined) throw noBtf(release)
  try {
    const vmlinux = new Btf(bytes)
    return new BtfTypes(vmlinux, {
      open: module => openModule(module, vmlinux),
      names: () => listNames(BTF_DIRECTORY).filter(name => name !== 'vmlinux'),
    })
  } catch (error) {
    if (error instanceof BtfError) throw new UnsupportedError('kernel types', error.message)
    throw error
  }
}

function noBtf(release: string): UnsupportedError {
  const config = readConfig(release)
  const built = config !== undefined && kconfigOf(config)('CONFIG_DEBUG_INFO_BTF') === 'y'
  return new UnsupportedError(
    'kernel types',
    built
      ? `${BTF_DIRECTORY}/vmlinux cannot be read; is sysfs mounted?`
      : `this kernel has no ${BTF_DIRECTORY}/vmlinux: it must be built with CONFIG_DEBUG_INFO_BTF=y`,
  )
}

function openModule(module: string, vmlinux: Btf): Btf | undefined {
  // Names of modules are part of paths: nothing but a name may be.
  const bytes = /^[\w-]+$/.test(module)
    ? readBytes(`${BTF_DIRECTORY}/${module.replaceAll('-', '_')}`)
    : undefined
  return bytes === undefined ? undefined : new Btf(bytes, vmlinux)
}

const PROT_READ = 1
const MAP_PRIVATE = 2
const MAP_POPULATE = 0x8000

/** The BTF without a copy, which kernels since 6.17 allow. */
function mapBtf(kernel: Kernel): Uint8Array | undefined {
  let fd: number
  try {
    fd = openSync(`${BTF_DIRECTORY}/vmlinux`, 'r')
  } catch {
    return undefined
  }
  try {
    const { size } = fstatSync(fd)
    const view = kernel.mmap(fd, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, 0)
    return typeof view === 'number' ? undefined : new Uint8Array(view)
  } finally {
    closeSync(fd)
  }
}

/** The BTF in one call, half the time of reading the file in pages. Needs privilege. */
function askForBtf(kernel: Kernel): Uint8Array | undefined {
  try {
    const fd = openKernelBtf(kernel, 'vmlinux')
    if (fd === undefined) return undefined
    try {
      return btfBytes(kernel, fd)
    } finally {
      kernel.close(fd)
    }
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}

function readConfig(release: string): string | undefined {
  const packed = readBytes('/proc/config.gz')
  if (packed !== undefined)
    return process.getBuiltinModule('node:zlib').gunzipSync(packed).toString('latin1')
  return readText(`/boot/config-${release}`) ?? readText(`/lib/modules/${release}/config`)
}

/** A function that computes once; a throw is not remembered. */
function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}
