import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import type { SourceIndex } from './facts.ts'
import { type IndexFiles, sourceIndexOf } from './source-index.ts'
import { baseName, KallsymsText } from './symbols.ts'

/** What ships in `data`. */
function shipped(): IndexFiles {
  const read = (name: string): Buffer =>
    readFileSync(new URL(`../../data/functions${name}`, import.meta.url))
  return {
    header: JSON.parse(read('.json').toString()),
    paths: () => brotliDecompressSync(read('-files.br')).toString('latin1'),
    area: name => brotliDecompressSync(read(`-${name}.br`)),
  }
}

const symbols = new KallsymsText(
  readFileSync(new URL('../../test/kernels/6.1/kallsyms.txt', import.meta.url)),
)

function indexFor(release: string, version = ''): SourceIndex {
  return sourceIndexOf(shipped(), {
    arch: 'x64',
    release,
    version,
    symbols: () => symbols,
    moduleDirectory: module => (module === 'bridge' ? 'net/bridge/' : undefined),
  })
}

const index = indexFor('6.1.0-56-amd64', 'Linux version 6.1.0-56-amd64 #1 SMP Debian 6.1.192-2')

/** Functions of a file that the kernel has, by what the source calls them. */
function live(file: string, module?: string): string[] {
  const defined = new Set(index.functionsIn(file).map(f => f.name))
  const here = symbols.functionsMatching(/^/, module).filter(s => defined.has(baseName(s.name)))
  return here.filter(s => index.place(s)?.file === file).map(s => baseName(s.name))
}

const series: [release: string, version: string, series: string, exact: boolean][] = [
  ['5.10.0-30-amd64', 'Debian 5.10.218-1', '5.10', false],
  ['5.4.0', '', '5.10', false],
  ['5.15.0', '', '5.10', false],
  ['6.1.0-56-amd64', 'Debian 6.1.192-2', '6.1', true],
  ['6.1.192', 'Linux version 6.1.192 (gcc)', '6.1', true],
  ['6.1.19', 'Linux version 6.1.19 (gcc)', '6.1', false],
  ['6.8.0-31-generic', '', '6.12', false],
  ['6.18.44', '', '7.2', false],
  ['8.0', '', '7.2', false],
]
for (const [release, version, name, exact] of series) {
  test(`sources: for ${release} ${version} the nearest series is ${name}`, () => {
    const chosen = indexFor(release, version)
    assert.deepEqual([chosen.series, chosen.exact], [name, exact])
  })
}

const places: [symbol: string, place: string][] = [
  ['ip_output', 'net/ipv4/ip_output.c:421'],
  ['arp_process', 'net/ipv4/arp.c:701'],
  ['packet_rcv', 'net/packet/af_packet.c:2194'],
  ['br_handle_frame', 'net/bridge/br_input.c:316'],
  ['tcp_v4_rcv', 'net/ipv4/tcp_ipv4.c:1954'],
  ['__x64_sys_socket', 'net/socket.c:1682'],
  ['__x64_sys_bind', 'net/socket.c:1820'],
  ['vfs_read', 'fs/read_write.c:450'],
  ['packet_lookup_frame.isra.0', 'net/packet/af_packet.c:518'],
]
for (const [name, place] of places) {
  test(`sources: ${name} of Linux 6.1 stands at ${place}`, () => {
    const [symbol] = symbols.functionsMatching(new RegExp(`^${name.replaceAll('.', '\\.')}$`))
    const found = symbol ?? symbols.functions(name)[0]
    assert.ok(found)
    const at = index.place(found)
    assert.equal(`${at?.file}:${at?.line}`, place)
  })
}

// Counted in the DWARF of Debian's 6.1 for the cloud: 53, 142, 32. The plain kernel inlines alike.
const counts: [file: string, module: string | undefined, least: number, most: number][] = [
  ['net/packet/af_packet.c', undefined, 53, 57],
  ['net/socket.c', undefined, 140, 160],
  ['net/ipv4/ip_output.c', undefined, 30, 36],
  ['net/ipv4/raw.c', undefined, 28, 34],
  ['net/bridge/br_input.c', 'bridge', 5, 12],
]
for (const [file, module, least, most] of counts) {
  test(`sources: Linux 6.1 has the functions of ${file}`, () => {
    const found = new Set(live(file, module))
    assert.ok(found.size >= least && found.size <= most, `${found.size}: ${[...found].join(' ')}`)
  })
}

test('sources: the functions of the bridge module are in the files of its directory', () => {
  const placed = symbols
    .functionsMatching(/^/, 'bridge')
    .filter(s => index.place(s)?.file.startsWith('net/bridge/'))
  const all = symbols.functionsMatching(/^/, 'bridge').length
  assert.ok(placed.length / all > 0.85, `${placed.length} of ${all}`)
})

test('sources: a pattern matches as SystemTap matches files', () => {
  const files = (pattern: string): string[] => [
    ...new Set(index.functionsIn(pattern).map(f => f.file)),
  ]
  assert.deepEqual(files('af_packet.c'), ['net/packet/af_packet.c'])
  assert.deepEqual(files('net/packet/af_packet.c'), ['net/packet/af_packet.c'])
  assert.ok(files('net/bridge/*.c').length > 30)
  assert.ok(files('net/bridge/*.c').includes('net/bridge/netfilter/ebtables.c'))
  assert.deepEqual(files('nosuch.c'), [])
})

test('sources: a system call stands for the functions that its macro makes', () => {
  const names = index.functionsIn('net/socket.c').map(f => f.name)
  for (const prefix of ['__x64', '__ia32', '__se', '__do']) {
    assert.ok(names.includes(`${prefix}_sys_socket`))
  }
})

test('sources: functions of one name are told apart by what stands around them', () => {
  const found = symbols
    .functions('tcp_v4_rcv')
    .concat(symbols.functions('sock_show_fdinfo'), symbols.functions('packet_ioctl'))
    .map(s => index.place(s)?.file)
  assert.deepEqual(found, ['net/ipv4/tcp_ipv4.c', 'net/socket.c', 'net/packet/af_packet.c'])
})

test('sources: what no source defines has no place', () => {
  const symbol = { name: 'nosuch_function', address: 0n, type: 't' }
  assert.equal(index.place(symbol), undefined)
})
