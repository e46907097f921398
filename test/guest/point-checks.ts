import assert from 'node:assert/strict'
import { datagram, type GuestCheck, klewLine } from '../support/guest-checks.ts'
import { namesAt, PRINT_TEXT_SYMBOLS, textSymbols } from '../support/kallsyms.ts'

const WHERE = `
probe kernel.function("inet_sendmsg@net/ipv4/af_inet.c") {
  if (execname() == "sender") {
    printf("time=%s seconds=%d\\n", tz_ctime(gettimeofday_s()), gettimeofday_s())
    printf("pp=%s\\nppfunc=%s\\nprobefunc=%s\\n", pp(), ppfunc(), probefunc())
    printf("caller=%s\\ncpu=%d\\n", caller(), cpu())
    print_backtrace()
  }
  if (execname() != "sender") printf("other=%s\\n", execname())
}
probe kernel.function("inet_sendmsg@net/ipv4/af_inet.c").return {
  if (execname() == "sender") {
    printf("return pp=%s\\nreturn ppfunc=%s\\n", pp(), ppfunc())
    print_backtrace()
  }
}`

/** ` 0xffffffff81b04e30 : ip_output+0x0/0x110 [kernel]` */
const FRAME = /^ 0x([0-9a-f]{16}) : ([\w.]+)\+0x([0-9a-f]+)\/0x([0-9a-f]+) \[(\w+)\]$/
const CALLERS = ['sock_sendmsg', '__sock_sendmsg', 'sock_sendmsg_nosec', 'sock_write_iter']

/** What a handler may ask about where it is. */
export const pointCheck: GuestCheck = {
  name: 'a probe knows its time, point, caller, thread, processor and stack',
  scripts: {
    symbols: PRINT_TEXT_SYMBOLS,
    where: [
      'ln -sf "$(command -v bash)" /tmp/sender',
      `TZ=Asia/Tokyo ${klewLine(WHERE, `${datagram()}; ${datagram(2, '/tmp/sender')}`)}`,
    ].join('\n'),
  },
  verify(results) {
    const { status, stdout, stderr } = results('where')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    const value = (name: string): string =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? assert.fail(`${name}:\n${stdout}`)
    assert.deepEqual(stdout.match(/^other=.*$/gm), ['other=bash'])

    checkTime(value('time'))
    assert.match(value('pp'), /^kernel\.function\("inet_sendmsg@net\/ipv4\/af_inet\.c:\d+"\)$/)
    assert.equal(value('return pp'), `${value('pp')}.return`)
    assert.equal(value('ppfunc'), 'inet_sendmsg')
    assert.equal(value('return ppfunc'), 'inet_sendmsg')
    assert.equal(value('probefunc'), 'inet_sendmsg')
    assert.match(value('cpu'), /^[01]$/)

    const symbols = textSymbols(results('symbols').stdout)
    const [, name = '', address = ''] = /^(\S+) (0x[0-9a-f]{16})$/.exec(value('caller')) ?? []
    assert.ok(CALLERS.includes(name), value('caller'))
    assert.ok(namesAt(symbols, BigInt(address)).includes(name), `${address} is in ${name}`)

    const [atEntry = [], atReturn = []] = stacks(stdout)
    const [self, first] = atEntry
    assert.deepEqual([self?.name, self?.offset], ['inet_sendmsg', 0])
    assert.deepEqual([first?.name, `0x${first?.address}`], [name, address])
    for (const frame of atEntry) {
      assert.ok(namesAt(symbols, BigInt(`0x${frame.address}`)).includes(frame.name), frame.name)
      assert.ok(frame.offset < frame.size)
      assert.equal(frame.module, 'kernel')
    }
    assert.ok(atEntry.some(frame => frame.name === 'vfs_write'))
    checkReturn(stdout, name)
    assert.ok(atReturn.some(frame => frame.name === 'vfs_write'))
  },
}

/** `Sat Nov 21 08:14:09 2026 JST seconds=1795216449` */
function checkTime(value: string): void {
  const parts = /^(\w{3}) (\w{3}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4}) JST seconds=(\d+)$/.exec(value)
  const [, weekday, month, day, time, year, seconds] = parts ?? assert.fail(value)
  const said = new Date(`${day} ${month} ${year} ${time} +0900`)
  const inTokyo = new Date(said.getTime() + 9 * 3600 * 1000)
  assert.equal(inTokyo.toUTCString().slice(0, 3), weekday)
  assert.ok(Math.abs(said.getTime() / 1000 - Number(seconds)) <= 1, value)
  assert.ok(Math.abs(Date.now() - said.getTime()) < 600_000, value)
}

function checkReturn(stdout: string, caller: string): void {
  const [, from, to] = /^Returning from: (.*)\nReturning to {2}: (.*)$/m.exec(stdout) ?? []
  assert.match(from ?? '', /^ 0x[0-9a-f]{16} : inet_sendmsg\+0x0\//)
  assert.equal(FRAME.exec(to ?? '')?.[2], caller)
}

interface Frame {
  readonly address: string
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly module: string
}

/** The backtraces of an output: frames on lines that follow each other. */
function stacks(stdout: string): Frame[][] {
  const all: Frame[][] = [[]]
  for (const line of stdout.split('\n')) {
    const parts = FRAME.exec(line)
    if (parts === null) {
      if (all.at(-1)?.length !== 0) all.push([])
      continue
    }
    const [, address = '', name = '', offset = '', size = '', module = ''] = parts
    const numbers = { offset: Number.parseInt(offset, 16), size: Number.parseInt(size, 16) }
    all.at(-1)?.push({ address, name, ...numbers, module })
  }
  return all
}
