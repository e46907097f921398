import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLine, UsageError } from './options.ts'
import { readSettings, type Settings } from './settings.ts'

const E = ['-e', 'probe begin {}']

const taken: [name: string, argv: string[], expected: Partial<Settings>][] = [
  ['texts beside the script', ['-E', 'a', '-E', 'b', ...E], { additional: ['a', 'b'] }],
  [
    '-v for all passes, and digits of --vp for each',
    ['-v', '--vp', '02', '--vp=00100', ...E],
    {
      verbosity: { 1: 1, 2: 3, 3: 2, 4: 1, 5: 1 },
    },
  ],
  [
    'limits',
    ['-DMAXACTION=100', '-D', 'STP_NO_OVERLOAD', '-DA=-1', ...E],
    {
      limits: { compile: { maxAction: 100 }, warnings: [], passedOver: ['STP_NO_OVERLOAD'] },
    },
  ],
  ['values of globals', ['-G', 'x=a.b', ...E], { globals: new Map([['x', 'a.b']]) }],
  ['a file', ['-o', 'f', ...E], { output: { path: 'f' } }],
  ['files of a size', ['-o', 'f', '-S2', ...E], { output: { path: 'f', maxBytes: 2 ** 21 } }],
  [
    'some files of a size',
    ['-o', 'f', '-S', '1,3', ...E],
    { output: { path: 'f', maxBytes: 2 ** 20, keep: 3 } },
  ],
  ['a run in the background', ['-F', '-o', 'f', ...E], { background: true }],
  ['times, and objects', ['-t', '--json', ...E], { timing: true, json: true }],
  ['warnings as errors', ['-W', ...E], { warnings: true, warningsAreErrors: true }],
  ['no warnings at all', ['-W', '-w', ...E], { warnings: false, warningsAreErrors: false }],
  ['a version of the language', ['--compatible=4.8', ...E], { compatible: '4.8' }],
  ['the beginning of a long option', ['--skip-bad', ...E], { skipBadVariables: true }],
  [
    'an example by its name',
    ['--example', 'a.stp', 'x'],
    {
      script: { kind: 'example', name: 'a.stp' },
      arguments: ['x'],
    },
  ],
  [
    'options without effect',
    ['-k', '-u', '-q', '-s5', '-m', 'mine', '-dvmlinux', '--ldd', ...E],
    {},
  ],
]
for (const [name, argv, expected] of taken) {
  test(`settings: ${name}`, () => {
    const settings = readSettings(parseLine(argv))
    assert.deepEqual({ ...settings, ...expected }, settings)
  })
}

const refused: [name: string, argv: string[], message: RegExp][] = [
  ['two scripts', [...E, ...E], /only one script can be given/],
  ['no script', ['-v'], /a script must be specified/],
  ['a text beside no script', ['-E', 'probe end {}'], /a script must be specified/],
  ['a limit that is no name', ['-D', '1x', ...E], /-D 1x: expected NAME or NAME=VALUE/],
  ['a limit with a space', ['-D', 'A=1 2', ...E], /-D A=1 2: expected/],
  ['a global without a value', ['-p2', '-G', 'x', ...E], /-G x: expected NAME=VALUE/],
  ['a limit that is no number', ['-DMAXERRORS=x', ...E], /expected a number from 0 to/],
  ['a size without a file', ['-S', '1', ...E], /-S needs -o FILE/],
  ['a size that is none', ['-o', 'f', '-S', '0', ...E], /-S 0: expected SIZE or SIZE,N/],
  ['no file to be kept', ['-o', 'f', '-S', '1,0', ...E], /-S 1,0: expected/],
  ['the background without a file', ['-F', ...E], /-F needs -o FILE/],
  ['no limits without -g', ['--suppress-time-limits', ...E], /requires guru mode/],
  ['digits that are none', ['--vp', 'x', ...E], /1 to 5 digits/],
  ['too many digits', ['--vp', '123456', ...E], /1 to 5 digits/],
  ['a version to come', ['--compatible=9.9', ...E], /the latest version that is known/],
  ['a version that is none', ['--compatible=x', ...E], /expected a version/],
  ['a buffer of no size', ['-s', '0', ...E], /expected 1 to 4095/],
  ['a name of a module that is none', ['-m', 'a-b', ...E], /expected a name/],
  ['another way to run', ['--runtime=dyninst', ...E], /eBPF only/],
  ['a way to run that is none', ['--runtime=foo', ...E], /expected kernel or bpf/],
  ['the beginning of several options', ['--dump', ...E], /may mean several options/],
  ['an empty command', ['-c', ' ', ...E], /the command is empty/],
]
for (const [name, argv, message] of refused) {
  test(`settings refused: ${name}`, () => {
    assert.throws(
      () => readSettings(parseLine(argv)),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    )
  })
}
