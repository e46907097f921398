import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { KLEW } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// A reader of standard output that is there, and takes nothing.

const MUCH = `probe kernel.trace("raw_syscalls:sys_enter") { printf("%0500d\\n", 1) }
  probe timer.ms(200) { println("tick") } probe end { println("bye") }`

/** A pipe as a shell makes it, and the socket that Node gives a program for its output. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  pipe: ['/bin/bash', '-c', 'exec "$@" > >(exec sleep 20)', 'bash'],
  socket: [],
}

for (const [kind, prefix] of Object.entries(READERS)) {
  for (const [name, args] of [
    ['^C', []],
    ['-T and then ^C', ['-T', '1']],
  ] as const) {
    test(`a ${kind} that nobody empties does not hold up ${name}`, async t => {
      if (needs(t, '5.8') === undefined) return
      const [command = '', ...words] = [...prefix, process.execPath, KLEW, ...args, '-e', MUCH]
      const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      t.after(() => child.kill('SIGKILL'))
      child.stdout.pause()
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      await wait(2500)
      assert.equal(child.exitCode, null)
      child.kill('SIGINT')
      const [status] = await Promise.race([once(child, 'exit'), wait(8000, ['held up'])])
      assert.equal(status, 0, stderr)
      assert.match(stderr, /^WARNING: the reader of the output takes nothing: its last \d+ bytes/m)
    })
  }
}
