import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine, parseLine } from './options.ts'

const lines: [name: string, argv: string[]][] = [
  ['a script and its arguments', ['a.stp', 'x', '-v', '--', '--vm', '-c']],
  ['letters in one word', ['-vvg', '-p2', '-e', 'probe begin {}']],
  ['values that look like options', ['-e', '--vm', '-c', '-x', '--vm=6.12']],
  ['long options with and without values', ['--color', '--color=never', '--verbose-verifier']],
  ['an empty value', ['-e', '']],
]
for (const [name, argv] of lines) {
  test(`options: ${name} come back from their line`, () => {
    const line = parseLine(argv)
    assert.deepEqual(parseLine(commandLine(line)), line)
  })
}
