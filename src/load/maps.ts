import type { Image, MapSpec } from '../image.ts'
import {
  mapCreate,
  mapDelete,
  mapEntries,
  mapFreeze,
  mapLookup,
  mapUpdate,
  tryMapUpdate,
} from '../sys/bpf-map.ts'
import { checked } from '../sys/error.ts'
import type { Scope } from '../sys/fd.ts'
import type { Kernel } from '../sys/kernel.ts'
import { executable } from './executable.ts'
import type { LoadedMap } from './loaded.ts'

/** Makes the maps of an image, in order; constants are filled and frozen. */
export function createMaps(kernel: Kernel, image: Image, scope: Scope): number[] {
  return image.maps.map(spec => {
    const { name, type, keySize, valueSize, maxEntries, flags, purpose } = spec
    const fd = scope.ownFd(
      kernel,
      mapCreate(kernel, { name, type, keySize, valueSize, maxEntries, flags }),
    )
    const fixed = fixedValue(purpose)
    if (fixed !== undefined) {
      mapUpdate(kernel, fd, new Uint8Array(4), fixed)
      mapFreeze(kernel, fd)
    }
    return fd
  })
}

function fixedValue(purpose: MapSpec['purpose']): Uint8Array | undefined {
  switch (purpose.kind) {
    case 'constant':
      return purpose.value
    case 'executable': {
      const { inode, device } = executable(purpose.path)
      return new Uint8Array(BigUint64Array.of(inode, device).buffer)
    }
    default:
      return undefined
  }
}

const PAGE_BYTES = 4096
const PROT_READ_WRITE = 3
const MAP_SHARED = 1

/** The value of an mmapable array map of one entry. */
export function mapValueView(kernel: Kernel, fd: number, spec: MapSpec): ArrayBuffer {
  const bytes = Math.ceil(spec.valueSize / PAGE_BYTES) * PAGE_BYTES
  const view = kernel.mmap(fd, bytes, PROT_READ_WRITE, MAP_SHARED, 0)
  if (typeof view !== 'number') return view
  // Always throws: a number is a negated errno.
  checked(`mmap(${spec.name})`, view)
  throw new Error('mmap gave a number that is no error')
}

export function loadedMap(kernel: Kernel, fd: number, spec: MapSpec): LoadedMap {
  const { keySize, cpus } = spec
  // Values of a per-CPU map come one behind the other, each padded to 8 bytes.
  const valueSize = cpus === undefined ? spec.valueSize : ((spec.valueSize + 7) & ~7) * cpus
  return {
    ...(cpus !== undefined && { cpus }),
    lookup: key => {
      const value = new Uint8Array(valueSize)
      return mapLookup(kernel, fd, key, value) ? value : undefined
    },
    update: (key, value, flags = 0) => tryMapUpdate(kernel, fd, key, value, flags),
    delete: key => mapDelete(kernel, fd, key),
    entries: () => all({ remove: false }),
    clear: () => {
      all({ remove: true })
    },
  }

  function all(how: { readonly remove: boolean }): { key: Uint8Array; value: Uint8Array }[] {
    const { count, keys, values } = mapEntries(kernel, fd, { keySize, valueSize }, how)
    return Array.from({ length: count }, (_, i) => ({
      key: keys.subarray(i * keySize, (i + 1) * keySize),
      value: values.subarray(i * valueSize, (i + 1) * valueSize),
    }))
  }
}
