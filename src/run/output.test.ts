import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Output } from './output.ts'
import { fdSink, type Sink } from './sink.ts'

function written(write: (output: Output) => void): string {
  const directory = mkdtempSync(join(tmpdir(), 'output-test-'))
  const path = join(directory, 'out')
  const fd = openSync(path, 'w')
  const output = new Output(fdSink(fd))
  write(output)
  output.flush()
  closeSync(fd)
  const text = readFileSync(path, 'latin1')
  rmSync(directory, { recursive: true })
  return text
}

test('output: a text is bytes, NULs and high ones too', () => {
  assert.equal(
    written(o => o.text('a\0\xff\x80')),
    'a\0\xff\x80',
  )
})

test('output: a text longer than the buffer arrives whole and in order', () => {
  const long = Array.from({ length: 60_000 }, (_, i) => `${i} `).join('')
  assert.equal(
    written(o => {
      o.text('head ')
      o.text(long)
      o.text('tail')
    }),
    `head ${long}tail`,
  )
})

test('output: there is room for what fits the buffer, and for no more', () => {
  written(o => {
    o.text('x'.repeat(60_000))
    assert.equal(o.reserve(100_000), true)
    assert.equal(o.length, 0)
    assert.equal(o.reserve(200_000), false)
  })
})

const OUTPUT = JSON.stringify(new URL('./output.ts', import.meta.url).href)
const SINK = JSON.stringify(new URL('./sink.ts', import.meta.url).href)
const SELF = ['--import', 'tsx', '--input-type=module', '-e']

test('output: a reader that leaves closes it quietly', () => {
  const script = `
    const { Output } = await import(${OUTPUT})
    const output = new Output((await import(${SINK})).fdSink(1))
    for (let i = 0; i < 1000 && !output.closed; i++) output.text('x'.repeat(10000))
    process.exitCode = output.closed && output.failure === undefined ? 0 : 1`
  const shell = `"$0" "$@" | head -c 1 > /dev/null; exit \${PIPESTATUS[0]}`
  const { status, stderr } = spawnSync('bash', ['-c', shell, process.execPath, ...SELF, script])
  assert.equal(status, 0, stderr.toString())
})

test('output: a pipe that does not block loses nothing to a slow reader', async () => {
  // Touching process.stdout makes Node set the pipe up its own way.
  const script = `
    const { Output } = await import(${OUTPUT})
    process.stdout._handle?.setBlocking?.(false)
    const output = new Output((await import(${SINK})).fdSink(1))
    for (let i = 0; i < 200; i++) output.text(String(i).padStart(9999, '.') + '\\n')
    output.flush()`
  const child = spawn(process.execPath, [...SELF, script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise(resolve => setTimeout(resolve, 300))
  let bytes = 0
  for await (const part of child.stdout) bytes += (part as Buffer).length // no encoding is set
  assert.equal(bytes, 2_000_000)
})

/** A sink whose reader takes so many bytes and no more, until it is let. */
function lazySink(): Sink & { room: number; text: string } {
  const sink = {
    room: 0,
    text: '',
    write: (bytes: Buffer, start: number, end: number): number => {
      const taken = Math.min(sink.room, end - start)
      sink.room -= taken
      sink.text += bytes.toString('latin1', start, start + taken)
      return taken
    },
  }
  return sink
}

test('output: a reader that takes nothing holds nobody up, and gets all in order later', async () => {
  const sink = lazySink()
  const output = new Output(sink)
  sink.room = 3
  for (const text of ['one ', 'two ', 'three']) {
    output.text(text)
    output.flush()
  }
  assert.deepEqual([sink.text, output.stalled], ['one', true])
  sink.room = 100
  assert.equal(await output.finish(() => 0), 0)
  assert.deepEqual([sink.text, output.stalled], ['one two three', false])
})

test('output: a second interrupt gives up a reader that takes nothing', async () => {
  const output = new Output(lazySink())
  output.text('abc')
  assert.equal(await output.finish(() => 2), 3)
})

test('output: one interrupt gives a reader time, and more as long as it takes something', async () => {
  const sink = lazySink()
  const output = new Output(sink)
  output.text('abc')
  const timer = setInterval(() => sink.room++, 400)
  assert.equal(await output.finish(() => 1), 0)
  clearInterval(timer)
  assert.equal(sink.text, 'abc')
})
