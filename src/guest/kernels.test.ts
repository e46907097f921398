import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GuestError } from './error.ts'
import { fetchGuest, guestCache } from './fetch.ts'
import { findKernel } from './kernels.ts'

/** A cache folder with unpacked kernels, of which only the file names matter here. */
function cacheWith(t: TestContext, releases: readonly string[]): string {
  const cache = mkdtempSync(join(tmpdir(), 'klew-kernels-'))
  t.after(() => rmSync(cache, { recursive: true }))
  for (const release of releases) {
    const tree = join(cache, 'kernels', release)
    const modules = join(tree, 'lib/modules', release)
    mkdirSync(modules, { recursive: true })
    writeFileSync(join(modules, 'modules.dep'), '')
    const boot = release.startsWith('7.') ? modules : join(tree, 'boot')
    mkdirSync(boot, { recursive: true })
    writeFileSync(join(boot, release.startsWith('7.') ? 'vmlinuz' : `vmlinuz-${release}`), '')
  }
  return cache
}

test('a series is the newest kernel of it that was unpacked', t => {
  const cache = cacheWith(t, ['6.1.0-9-amd64', '6.1.0-56-amd64', '6.12.1+deb13-amd64'])
  assert.equal(findKernel('6.1', cache)?.release, '6.1.0-56-amd64')
  assert.equal(findKernel('6.1.0-9-amd64', cache)?.release, '6.1.0-9-amd64')
  assert.equal(findKernel('5.10', cache), undefined)
})

test('a kernel is found by the folder it was unpacked in, its image also among its modules', t => {
  const release = '7.2.13+deb14-amd64'
  const tree = join(cacheWith(t, [release]), 'kernels', release)
  const modules = join(tree, 'lib/modules', release)
  assert.deepEqual(findKernel(tree, '/none'), {
    release,
    image: join(modules, 'vmlinuz'),
    modules,
    tree,
  })
})

test('what is no kernel is refused by name', t => {
  const cache = cacheWith(t, [])
  assert.throws(() => findKernel('/no/such/vmlinuz', cache), /no such kernel: \/no\/such\/vmlinuz/)
  assert.throws(() => findKernel(`${cache}/`, cache), /no kernel package is unpacked in/)
})

test('the cache is where XDG_CACHE_HOME says, when that is an absolute path', () => {
  assert.equal(guestCache({ HOME: '/h' }), '/h/.cache/klew/guest')
  assert.equal(guestCache({ HOME: '/h', XDG_CACHE_HOME: '/x' }), '/x/klew/guest')
  assert.equal(guestCache({ HOME: '/h', XDG_CACHE_HOME: 'x' }), '/h/.cache/klew/guest')
})

test('without leave to get anything, what is missing is an error with the command for it', async t => {
  const cache = cacheWith(t, [])
  const fetched = fetchGuest({ kernel: '6.1', cache, allowFetch: false, say: () => {} })
  await assert.rejects(fetched, (error: unknown) => {
    assert.ok(error instanceof GuestError)
    // Which of the two is missing depends on the machine.
    assert.match(error.commands.join(), /^klew vm fetch( --kernel 6\.1)?$/)
    return true
  })
})
