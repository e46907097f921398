import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Btf } from '../../src/kernel/btf.ts'
import { BtfTypes } from '../../src/kernel/btf-types.ts'
import type { Facts } from '../../src/kernel/facts.ts'
import { kconfigOf } from '../../src/kernel/kconfig.ts'
import { probeableBy } from '../../src/kernel/probeable.ts'
import { KallsymsText } from '../../src/kernel/symbols.ts'
import { tracepointsOf } from '../../src/kernel/tracepoint.ts'
import { openSourceIndex } from '../../src/load/facts-sources.ts'

/** A shell script that copies what a kernel says about itself into a folder. */
export function recordingScript(folder: string): string {
  return `
mkdir -p ${folder}/btf
cp /sys/kernel/btf/* ${folder}/btf
cat /proc/kallsyms >${folder}/kallsyms
cat /sys/kernel/tracing/available_events >${folder}/events
cat /sys/kernel/tracing/available_filter_functions >${folder}/traceable
cat /sys/kernel/debug/kprobes/blacklist >${folder}/blacklist
cat /boot/config-$(uname -r) >${folder}/config
uname -r >${folder}/release`
}

/**
 * The facts of a kernel as that script wrote them, for checking without that kernel. All files are
 * read here, so that the folder may go.
 */
export function recordedFacts(folder: string): Facts {
  const bytes = (name: string): Buffer => readFileSync(join(folder, name))
  const text = (name: string): string => bytes(name).toString('latin1')
  const release = text('release').trim()
  const btf = new Map(readdirSync(join(folder, 'btf')).map(name => [name, bytes(`btf/${name}`)]))
  const vmlinux = new Btf(bytes('btf/vmlinux'))
  const types = new BtfTypes(vmlinux, {
    open: module => {
      const found = btf.get(module.replaceAll('-', '_'))
      return found === undefined ? undefined : new Btf(found, vmlinux)
    },
    names: () => [...btf.keys()].filter(name => name !== 'vmlinux'),
  })
  const symbols = new KallsymsText(bytes('kallsyms'))
  const probeable = probeableBy(
    { traceable: text('traceable'), blacklist: text('blacklist') },
    name => symbols.functions(name),
    () => undefined,
  )
  const events = text('events')
  const tracepoints = tracepointsOf(types, { live: () => events, shipped: () => undefined })
  const sources = openSourceIndex('data', { release, arch: 'x64', symbols: () => symbols })
  const config = kconfigOf(text('config'))
  return {
    release,
    arch: 'x64',
    cpus: 1,
    types: () => types,
    symbols: () => symbols,
    tracepoints: () => tracepoints,
    sources: () => sources,
    probeable,
    config,
    has: () => true,
    whyNot: () => '',
  }
}
