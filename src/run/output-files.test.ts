import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Output } from './output.ts'
import { OutputFiles, type OutputFilesOptions } from './output-files.ts'

/** The files that came out, by name. */
function files(
  options: Omit<OutputFilesOptions, 'path'> & { readonly name?: string },
  write: (output: Output, files: OutputFiles) => void,
): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'output-files-test-'))
  try {
    const sink = new OutputFiles({ ...options, path: join(directory, options.name ?? 'f') })
    const output = new Output(sink)
    write(output, sink)
    output.flush()
    assert.equal(output.failure, undefined)
    sink.close()
    return Object.fromEntries(
      readdirSync(directory)
        .sort()
        .map(name => [name, readFileSync(join(directory, name), 'latin1')]),
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('output files: one file has its own name, and the next ones a number', () => {
  const found = files({}, (output, sink) => {
    for (const text of ['a', 'b', 'c']) {
      output.text(text)
      output.flush()
      if (text !== 'c') sink.next()
    }
  })
  assert.deepEqual(found, { f: 'a', 'f.1': 'b', 'f.2': 'c' })
})

test('output files: with a size all have a number, and lines stay whole', () => {
  const found = files({ maxBytes: 10 }, output => output.text('one\ntwo\nthree\nfour\n'))
  assert.deepEqual(found, { 'f.0': 'one\ntwo\n', 'f.1': 'three\n', 'f.2': 'four\n' })
})

test('output files: what fits goes on in the file that there is', () => {
  const found = files({ maxBytes: 10 }, output => {
    output.text('one\n')
    output.flush()
    output.text('two\nthree\n')
  })
  assert.deepEqual(found, { 'f.0': 'one\ntwo\n', 'f.1': 'three\n' })
})

test('output files: a line longer than a file is cut', () => {
  const found = files({ maxBytes: 4 }, output => output.text('a\n123456789\nb\n'))
  assert.deepEqual(found, { 'f.0': 'a\n', 'f.1': '1234', 'f.2': '5678', 'f.3': '9\nb\n' })
})

test('output files: only the newest stay', () => {
  const found = files({ maxBytes: 2, keep: 2 }, output => output.text('a\nb\nc\nd\n'))
  assert.deepEqual(found, { 'f.2': 'c\n', 'f.3': 'd\n' })
})

test('output files: a name may have the time in it', () => {
  const [name] = Object.keys(files({ name: 'x-%Y%%' }, output => output.text('a')))
  assert.match(name ?? '', /^x-20\d\d%$/)
})
