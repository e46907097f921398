import type { CliContext } from '../context.ts'
import { EXIT } from '../context.ts'
import { OPTIONS, type OptionSpec, optionNames } from '../options.ts'
import { VERSION } from '../version.ts'

const HEAD = `klew runs SystemTap scripts on eBPF: no debuginfo, no headers, no compiler, no kernel module.

  klew [OPTION...] SCRIPT.stp [ARG...]       run a script file
  klew [OPTION...] -e 'PROGRAM' [ARG...]     run a script given as text
  klew [OPTION...] - [ARG...] < SCRIPT       run a script from standard input
  klew -l 'POINT'   klew -L 'POINT'          list probe points; with their variables
  klew run SCRIPT.stp [ARG...]               the same as the first, spelled out
  klew vm run [--kernel VERSION] -- CMD      run CMD in a throw-away kernel (QEMU); its input is empty
  klew vm shell [--kernel VERSION]           a shell in it
  klew vm fetch [--kernel VERSION]           get its parts: QEMU, a kernel package, busybox
  klew send packet DEVICE [--hex BYTES]      send one Ethernet frame through an AF_PACKET socket
  klew help                                  this text

Options (those of stap, with its letters):
`

const TAIL = `
Exit status: 0 ran (also after ^C); 1 error in the script or while it ran; 2 wrong command line;
3 this machine cannot do it (the message says why); 70 a bug in klew.
With -l and -L: 0 only if something matched.
`

/** `klew help` and --help: on standard output, status 0. */
export function help(context: CliContext): number {
  const served = OPTIONS.filter(o => o.status === 'taken')
  const accepted = OPTIONS.filter(o => o.status === 'accepted')
  const refused = OPTIONS.filter(o => o.status === 'refused')
  context.out(HEAD)
  context.out(served.map(optionLine).join(''))
  context.out('\nAccepted for scripts written for stap, without effect:\n')
  context.out(accepted.map(optionLine).join(''))
  context.out('\nOptions of stap that are refused:\n')
  context.out(refused.map(optionLine).join(''))
  context.out(TAIL)
  return EXIT.ok
}

export function version(context: CliContext): number {
  context.out(`klew ${VERSION}\n`)
  return EXIT.ok
}

const NAME_COLUMN = 28

function optionLine(option: OptionSpec): string {
  const names = optionNames(option)
  const value =
    option.value === undefined
      ? ''
      : option.optionalValue
        ? `[=${option.value}]`
        : ` ${option.value}`
  return `  ${`${names}${value}`.padEnd(NAME_COLUMN)} ${option.help}\n`
}
