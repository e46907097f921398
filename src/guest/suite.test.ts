import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DEFAULT_MIRRORS,
  findMirrors,
  isOf,
  kernelReleases,
  packagesOf,
  sourceList,
  suiteOf,
} from './suite.ts'

const suites: [version: string, suite: string][] = [
  ['5.10', 'bullseye'],
  ['6.1', 'bookworm'],
  ['6.1.0-56-amd64', 'bookworm'],
  ['6.12', 'trixie'],
  ['7.2', 'sid'],
]
for (const [version, suite] of suites) {
  test(`the kernel ${version} is in ${suite}`, () => assert.equal(suiteOf(version), suite))
}

test('the mirrors are those of the long form of the source lists', () => {
  const list = `Types: deb deb-src
# URIs: http://old.example.org/debian
URIs: http://mirror.example.org/debian
Suites: trixie trixie-updates
Components: main
 contrib

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: trixie-security
Components: main
`
  assert.deepEqual(findMirrors([list]), {
    main: 'http://mirror.example.org/debian',
    security: 'http://mirror.example.org/debian-security',
  })
})

test('the mirrors are those of the one-line form of the source lists', () => {
  const list = `# deb http://old.example.org/debian bookworm main
deb-src http://source.example.org/debian bookworm main
deb [signed-by=/k.gpg arch=amd64] http://mirror.example.org/debian bookworm main contrib
`
  assert.deepEqual(findMirrors([list]), { main: 'http://mirror.example.org/debian' })
})

test('archives of other software, and entries switched off, are no mirrors', () => {
  const other = `deb https://download.example.com/linux/debian bookworm stable
deb https://packages.example.com/apt some-bookworm main
`
  const off = `Enabled: no
Types: deb
URIs: http://off.example.org/debian
Suites: sid
Components: main
`
  assert.deepEqual(findMirrors([other, off]), DEFAULT_MIRRORS)
})

test('a source list names the suite and its security updates, which sid has not', () => {
  assert.equal(
    sourceList('trixie', DEFAULT_MIRRORS, '/k.gpg'),
    'deb [arch=amd64 signed-by=/k.gpg] http://deb.debian.org/debian trixie main\n' +
      'deb [arch=amd64 signed-by=/k.gpg] http://deb.debian.org/debian-security trixie-security main\n',
  )
  assert.equal(
    sourceList('sid', DEFAULT_MIRRORS, undefined),
    'deb [arch=amd64] http://deb.debian.org/debian sid main\n',
  )
})

const PACKAGES = [
  'linux-image-6.1.0-9-amd64',
  'linux-image-6.1.0-56-amd64',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.1.0-56-rt-amd64',
  'linux-image-6.1.0-56-amd64-unsigned',
  'linux-image-6.1.0-56-amd64-dbg',
  'linux-image-6.12.107+deb13-amd64',
  'linux-image-7.2.13+deb14-amd64',
  'linux-binary-7.2.13+deb14-amd64',
  'linux-modules-7.2.13+deb14-amd64',
  'linux-image-amd64',
]

test('the plain kernels among packages are found, the newest first', () => {
  assert.deepEqual(kernelReleases(PACKAGES), [
    '7.2.13+deb14-amd64',
    '6.12.107+deb13-amd64',
    '6.1.0-56-amd64',
    '6.1.0-9-amd64',
  ])
})

test('a version ends where a number ends', () => {
  assert.ok(isOf('6.1.0-56-amd64', '6.1'))
  assert.ok(isOf('6.12.107+deb13-amd64', '6.12.107'))
  assert.ok(!isOf('6.12.107+deb13-amd64', '6.1'))
  assert.ok(!isOf('6.1.0-56-amd64', '6.1.0-5'))
})

test('since Linux 7 a kernel is two packages', () => {
  assert.deepEqual(packagesOf('6.1.0-56-amd64', PACKAGES), ['linux-image-6.1.0-56-amd64'])
  assert.deepEqual(packagesOf('7.2.13+deb14-amd64', PACKAGES), [
    'linux-binary-7.2.13+deb14-amd64',
    'linux-modules-7.2.13+deb14-amd64',
  ])
})
