import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadOrder, moduleName } from './modules.ts'

const MODULES_DEP = `kernel/fs/fscache/fscache.ko: kernel/fs/netfs/netfs.ko
kernel/fs/netfs/netfs.ko:
kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/fscache/fscache.ko kernel/fs/netfs/netfs.ko
kernel/net/9p/9pnet.ko:
kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko
`

test('modules are loaded after what they need, each once', () => {
  assert.deepEqual(loadOrder(MODULES_DEP, ['9p', '9pnet_virtio']).map(moduleName), [
    'netfs',
    'fscache',
    '9pnet',
    '9p',
    '9pnet_virtio',
  ])
})

test('a module that is not listed is left out', () => {
  assert.deepEqual(loadOrder(MODULES_DEP, ['virtio_console']), [])
})

test('the name of a module is that of its file, with _ for -', () => {
  assert.equal(moduleName('kernel/drivers/char/virtio-console.ko.zst'), 'virtio_console')
})
