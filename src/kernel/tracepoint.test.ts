import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BtfMaker } from '../../test/support/btf.ts'
import { Btf } from './btf.ts'
import { BtfTypes } from './btf-types.ts'
import { type EventLists, tracepointsOf } from './tracepoint.ts'
import { parseTracepointFormat } from './tracepoint-format.ts'

const made = new BtfMaker()
const int = made.int('int', 4, 1)
const data = made.pointer(0)
const skb = made.pointer(made.struct('sk_buff', 8, []))
const ids = {
  xmit: define(made, 'net_dev_xmit', [
    ['skb', skb],
    ['rc', int],
  ]),
  queue: define(made, 'net_dev_queue', [['skb', skb]]),
  // As kernels before 5.10 have it: no iterator, so no names.
  kfree: made.typedef(
    'btf_trace_kfree_skb',
    pointerTo(made, [
      ['', skb],
      ['', data],
    ]),
  ),
}
made.typedef('btf_tracer', int)
const module = new BtfMaker(made)
const own = define(module, 'fdb_delete', [['skb', skb]])
const kernel = new Btf(made.bytes())
const types = new BtfTypes(kernel, {
  open: name => (name === 'bridge' ? new Btf(module.bytes(), kernel) : undefined),
  names: () => ['bridge'],
})

/** Adds what the kernel has for a tracepoint; gives the typedef's id. */
function define(
  to: BtfMaker,
  name: string,
  parameters: readonly (readonly [name: string, type: number])[],
): number {
  const id = to.typedef(
    `btf_trace_${name}`,
    pointerTo(
      to,
      parameters.map(([, type]) => ['', type]),
    ),
  )
  to.func(`__traceiter_${name}`, to.prototype(int, [['__data', data], ...parameters]))
  return id
}

function pointerTo(
  to: BtfMaker,
  parameters: readonly (readonly [name: string, type: number])[],
): number {
  return to.pointer(to.prototype(0, [['', data], ...parameters]))
}

const LIVE: EventLists = {
  live: () => 'net:net_dev_xmit\nnet:net_dev_queue\nskb:kfree_skb\nbridge:fdb_delete\n',
  shipped: () => undefined,
}
const SHIPPED: EventLists = { live: () => undefined, shipped: () => 'net:net_dev_xmit\n' }
const NONE: EventLists = { live: () => undefined, shipped: () => undefined }

const cases: [lists: EventLists, name: string, system: string | undefined, found: string[]][] = [
  [LIVE, 'net_dev_xmit', undefined, ['net:net_dev_xmit']],
  [LIVE, 'net_dev_xmit', 'net', ['net:net_dev_xmit']],
  [LIVE, 'net_dev_xmit', 'n*', ['net:net_dev_xmit']],
  [LIVE, 'net_dev_xmit', 'skb', []],
  [LIVE, 'net_*', undefined, ['net:net_dev_queue', 'net:net_dev_xmit']],
  [LIVE, '*', 'net', ['net:net_dev_queue', 'net:net_dev_xmit']],
  [LIVE, '*', 'bridge', ['bridge:fdb_delete']],
  [LIVE, 'fdb_delete', 'bridge', ['bridge:fdb_delete']],
  [LIVE, 'nosuch', undefined, []],
  [SHIPPED, '*', 'net', ['net:net_dev_xmit']],
  [SHIPPED, 'fdb_delete', 'bridge', ['undefined:fdb_delete']],
  [SHIPPED, 'net_dev_xmit', 'skb', []],
  [NONE, 'kfree_skb', 'anything', ['undefined:kfree_skb']],
  [NONE, '*', 'anything', []],
]
for (const [lists, name, system, found] of cases) {
  const known = lists === LIVE ? 'tracefs' : lists === SHIPPED ? 'the shipped list' : 'nothing'
  test(`tracepoints: ${system ?? 'any'}:${name}, by ${known}`, () => {
    const matching = tracepointsOf(types, lists).matching(name, system)
    assert.deepEqual(
      matching.map(t => `${t.system}:${t.name}`),
      found,
    )
  })
}

test('tracepoints: parameters have their names, and what attaches is the typedef', () => {
  const [xmit] = tracepointsOf(types, NONE).matching('net_dev_xmit')
  assert.deepEqual(xmit?.prototype, {
    name: 'net_dev_xmit',
    btfId: ids.xmit,
    parameters: [
      { name: 'skb', type: skb },
      { name: 'rc', type: int },
    ],
    variadic: false,
    result: int,
  })
  const [found] = tracepointsOf(types, NONE).matching('fdb_delete')
  assert.deepEqual([found?.prototype.btfId, found?.prototype.module], [own, 'bridge'])
})

test('tracepoints: where the kernel has no names, parameters are counted', () => {
  const [kfree] = tracepointsOf(types, NONE).matching('kfree_skb')
  assert.equal(kfree?.prototype.btfId, ids.kfree)
  assert.deepEqual(
    kfree?.prototype.parameters.map(p => p.name),
    ['arg1', 'arg2'],
  )
})

test('tracepoints: near names', () => {
  assert.deepEqual(tracepointsOf(types, NONE).near('net_dev_xmti', 1), ['net_dev_xmit'])
})

const FORMAT = `\
name: net_dev_xmit
ID: 1315
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
\tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:1;
\tfield:char comm[16];\toffset:28;\tsize:16;\tsigned:1;

print fmt: "dev=%s skbaddr=%p", __get_str(name), REC->skbaddr
`

test('tracepoints: a format file tells fields by offset and size', () => {
  const format = parseTracepointFormat(FORMAT)
  assert.deepEqual([format?.name, format?.id], ['net_dev_xmit', 1315])
  assert.deepEqual(
    format?.fields.map(f => [f.name, f.type, f.offsetBytes, f.sizeBytes, f.signed]),
    [
      ['common_type', 'unsigned short', 0, 2, false],
      ['common_pid', 'int', 4, 4, true],
      ['skbaddr', 'void *', 8, 8, false],
      ['name', '__data_loc char[]', 24, 4, true],
      ['comm', 'char[16]', 28, 16, true],
    ],
  )
  assert.equal(parseTracepointFormat('no such event\n'), undefined)
})
