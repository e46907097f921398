import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))

/** A package with the real launcher and a bundle that tells what it was given. */
interface Package {
  readonly root: string
  readonly code: string
  run(
    args: readonly string[],
    env?: Record<string, string>,
  ): { status: number | null; stdout: string; stderr: string }
}

const BUNDLE = `'use strict'
exports.main = async (argv, context) => {
  context.out([argv.join(' '), context.root, __filename, typeof require('node:fs')].join('|'))
  context.err(context.self[1])
  return argv.length
}`

function makePackage(t: TestContext): Package {
  const root = mkdtempSync(join(tmpdir(), 'klew-launcher-'))
  t.after(() => rmSync(root, { recursive: true }))
  cpSync(BIN, join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'dist'))
  writeFileSync(join(root, 'dist/klew.cjs'), BUNDLE)
  const cache = join(root, 'cache')
  return {
    root,
    code: join(cache, 'klew/code'),
    run: (args, env = {}) =>
      spawnSync(process.execPath, [join(root, 'bin/klew'), ...args], {
        encoding: 'utf8',
        env: { XDG_CACHE_HOME: cache, ...env },
      }),
  }
}

test('the launcher gives the bundle its arguments and ends with its status', t => {
  const { root, run } = makePackage(t)
  const { status, stdout, stderr } = run(['a', 'b'])
  assert.equal(status, 2)
  assert.equal(stdout, `a b|${root}|${root}/dist/klew.cjs|object`)
  assert.equal(stderr, `${root}/bin/klew`)
})

test('the launcher works by a link from elsewhere', t => {
  const { root } = makePackage(t)
  symlinkSync('bin/klew', join(root, 'link'))
  const { stdout } = spawnSync(join(root, 'link'), [], { encoding: 'utf8' })
  assert.match(stdout, new RegExp(`^\\|${root}\\|`))
})

test('compiled code is kept by the first run, and not written anew by the second', t => {
  const { code, run } = makePackage(t)
  run([])
  const [file = ''] = readdirSync(code)
  const first = readFileSync(join(code, file))
  assert.equal(run([]).status, 0)
  assert.deepEqual(readdirSync(code), [file])
  assert.deepEqual(readFileSync(join(code, file)), first)
})

test('compiled code that V8 refuses is replaced', t => {
  const { code, run } = makePackage(t)
  run([])
  const [file = ''] = readdirSync(code)
  const good = readFileSync(join(code, file))
  writeFileSync(join(code, file), Buffer.alloc(1000))
  assert.equal(run([]).status, 0)
  assert.equal(readFileSync(join(code, file)).length, good.length)
  writeFileSync(join(code, file), '')
  assert.equal(run([]).status, 0)
})

const noCaches: [name: string, env: Record<string, string>][] = [
  ['no home', { XDG_CACHE_HOME: '' }],
  ['a home that is not there', { XDG_CACHE_HOME: '', HOME: '/nonexistent' }],
  ['a folder where nothing can be written', { XDG_CACHE_HOME: '/proc/self' }],
  ['a relative cache folder', { XDG_CACHE_HOME: 'cache' }],
]
for (const [name, env] of noCaches) {
  test(`the launcher does without a cache: ${name}`, t => {
    const { status, stdout } = makePackage(t).run([], env)
    assert.equal(status, 0)
    assert.notEqual(stdout, '')
  })
}

test('without its bundle the launcher says how to build it', t => {
  const { root, run } = makePackage(t)
  rmSync(join(root, 'dist'), { recursive: true })
  const { status, stderr } = run([])
  assert.equal(status, 70)
  assert.match(stderr, /^klew: .*dist\/klew.cjs is missing; build it: npm ci && npm run build\n$/)
})

test('output that nobody reads any more is no failure', t => {
  const { root } = makePackage(t)
  const many = `exports.main = async (argv, context) => {
    for (let i = 0; i < 1e5; i++) context.out('a line that nobody reads\\n')
    await new Promise(resolve => setTimeout(resolve, 10_000))
    return 1
  }`
  writeFileSync(join(root, 'dist/klew.cjs'), many)
  const script = `"${process.execPath}" "${root}/bin/klew" | head -1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(stdout, 'a line that nobody reads\n0\n')
})
