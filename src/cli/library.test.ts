import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Library } from '../sema/library.ts'
import { openLibrary } from './library.ts'
import { UsageError } from './options.ts'
import { foldersFor } from './tapset-folders.ts'

const facts = { release: '6.1.0-56-cloud-amd64', arch: 'x64' }

/** Opens a library over files that are made for it; each path is `FOLDER/FILE`. */
function over(
  files: Readonly<Record<string, string>>,
  folders: readonly string[],
  look: (
    library: Library,
    names: (found: readonly { source: { name: string } }[]) => string[],
  ) => void,
  env: Readonly<Record<string, string>> = {},
): void {
  const root = mkdtempSync(join(tmpdir(), 'klew-library-'))
  try {
    mkdirSync(join(root, 'dist'))
    writeFileSync(
      join(root, 'dist/tapset-index.json'),
      '{"files":["shipped.stp","linux/6.2/other.stp"],"functions":{"own":[0],"later":[1]},"globals":{},"aliases":{},"macros":{}}',
    )
    for (const [file, text] of Object.entries({ 'tapset/shipped.stp': '', ...files })) {
      mkdirSync(join(root, dirname(file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    const named = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, join(root, value)]),
    )
    const library = openLibrary({ context: { env: named, cwd: root, root }, folders, facts })
    look(library, found => found.map(f => f.source.name.slice(root.length + 1)))
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('library: folders of a kernel are those of its release, its versions and its architecture', () => {
  assert.deepEqual(foldersFor({ release: '6.1.0-56-cloud', arch: 'x86_64' }), [
    'linux/6.1.0-56-cloud/x86_64',
    'linux/6.1.0-56-cloud',
    'linux/6.1.0/x86_64',
    'linux/6.1.0',
    'linux/6.1/x86_64',
    'linux/6.1',
    'linux/x86_64',
    'linux',
    '6.1.0-56-cloud/x86_64',
    '6.1.0-56-cloud',
    '6.1.0/x86_64',
    '6.1.0',
    '6.1/x86_64',
    '6.1',
    'x86_64',
    '.',
  ])
})

test('library: files are found in the order of the search, and those of other kernels are not', () => {
  const f = 'function f() {}'
  const files = {
    'd/a.stp': f,
    'd/6.1/a.stp': f,
    'd/linux/x86_64/a.stp': f,
    'd/6.2/a.stp': f,
    'd/arm64/a.stp': f,
    'd/deep/a.stp': f,
  }
  over(files, ['d'], (library, names) => {
    assert.deepEqual(names(library.functionSources('f')), [
      'd/linux/x86_64/a.stp',
      'd/6.1/a.stp',
      'd/a.stp',
    ])
    assert.deepEqual(library.functionNames(), ['own', 'later', 'f'])
  })
})

test('library: of files with the same name in two folders the first counts', () => {
  const files = {
    'd/a.stp': 'function f() {}',
    'e/a.stp': 'function g() {}',
    'e/b.stp': 'function f() {}',
  }
  over(files, ['d', 'e'], (library, names) => {
    assert.deepEqual(names(library.functionSources('f')), ['d/a.stp', 'e/b.stp'])
    assert.deepEqual(library.functionSources('g'), [])
  })
})

test('library: globals, macros, and aliases by name or by pattern', () => {
  const files = {
    'd/a.stp': 'global g probe tcp.x = begin {} probe tcpmib.y = begin {}',
    'd/b.stp': 'probe tcp.z = begin {} @define no %( 1 %)',
    'd/m.stpm': '@define yes %( 1 %)',
  }
  over(files, ['d'], (library, names) => {
    assert.deepEqual(names(library.globalSources('g')), ['d/a.stp'])
    assert.deepEqual(names(library.aliasSources('tcp')), ['d/a.stp', 'd/b.stp'])
    assert.deepEqual(names(library.aliasSources('tcp*')), ['d/a.stp', 'd/b.stp'])
    assert.deepEqual(names(library.aliasSources('t?p')), ['d/a.stp', 'd/b.stp'])
    assert.deepEqual(names(library.aliasSources('x*')), [])
    assert.deepEqual(library.aliasNames(), ['tcp', 'tcpmib'])
    assert.equal(library.macroSource('@yes')?.text, '@define yes %( 1 %)')
    assert.equal(library.macroSource('no'), undefined)
  })
})

test('library: a file below PATH is about the program at that path', () => {
  const files = { 'd/PATH/usr/bin/ls.stp': 'probe ls.main = process.function("main") {}' }
  over(files, ['d'], library => {
    assert.equal(library.aliasSources('ls')[0]?.process, '/usr/bin/ls')
  })
})

test('library: names that every object has are names of nothing', () => {
  over({ 'd/a.stp': '' }, ['d'], library => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      assert.deepEqual(library.functionSources(name), [], name)
      assert.deepEqual(library.aliasSources(name), [], name)
    }
  })
})

test('library: the shipped tapset has the files of this kernel only', () => {
  over({}, [], (library, names) => {
    assert.deepEqual(names(library.functionSources('own')), ['tapset/shipped.stp'])
    assert.deepEqual(names(library.functionSources('later')), [])
  })
})

test('library: SYSTEMTAP_TAPSET stands for the shipped one, XDG_DATA_DIRS adds', () => {
  const files = { 't/a.stp': 'function f() {}', 'x/systemtap/tapset/b.stp': 'function g() {}' }
  const env = { SYSTEMTAP_TAPSET: 't', XDG_DATA_DIRS: 'x' }
  over(files, [], library => assert.deepEqual(library.functionNames(), ['f', 'g']), env)
})

test('library: a folder of -I that is not there is a mistake in the command', () => {
  assert.throws(() => over({}, ['nosuch'], () => {}), UsageError)
})
