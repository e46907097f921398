import type { CliContext } from '../context.ts'
import { EXIT } from '../context.ts'
import { OPTIONS, type OptionSpec, optionNames } from '../option-table.ts'
import { UsageError } from '../options.ts'
import { VERSION } from '../version.ts'

const HEAD = `klew runs SystemTap scripts on eBPF: no debuginfo, no headers, no compiler, no kernel module.

  klew [OPTION...] SCRIPT.stp [ARG...]       run a script file
  klew [OPTION...] -e 'PROGRAM' [ARG...]     run a script given as text
  klew [OPTION...] - [ARG...] < SCRIPT       run a script from standard input
  klew -l 'POINT'   klew -L 'POINT'          list probe points; with their variables
  klew run SCRIPT.stp [ARG...]               the same as the first, spelled out
  klew check FILE|FOLDER|-...                all that is wrong with scripts; nothing is run
  klew fmt [--check] [-w] FILE|FOLDER...|-   scripts in the usual style
  klew explain [CODE]                        what the message [CODE] means, and what to do
  klew vm run [--kernel VERSION] -- CMD      run CMD in a throw-away kernel (QEMU); its input is empty
  klew vm shell [--kernel VERSION]           a shell in it
  klew vm fetch [--kernel VERSION]           get its parts: QEMU, a kernel package, busybox
  klew send packet DEVICE [--hex BYTES]      send one Ethernet frame through an AF_PACKET socket
  klew help [COMMAND]                        this text; more about a command

Options (those of stap, with its letters):
`

const TAIL = `
Exit status: 0 ran (also after ^C); 1 error in the script or while it ran; 2 wrong command line;
3 this machine cannot do it (the message says why); 70 a bug in klew.
With -l and -L: 0 only if something matched.
`

/** What `klew help COMMAND` says. */
const COMMANDS: Readonly<Record<string, string>> = {
  run: `klew run [OPTION...] SCRIPT.stp [ARG...]

Compiles a script, loads it into the kernel and prints what it prints, until it ends by exit(), ^C,
-T or the command of -c. \`klew SCRIPT.stp\` is the same. klew --help lists the options.
`,
  check: `klew check [OPTION...] FILE|FOLDER|-... [-- ARG...]

Reads scripts and finds out what they mean on this kernel, as passes 1 and 2 of a run do, and says
all that is wrong with them. Nothing is loaded; no root is needed. A folder stands for the .stp files
in it and below, - for standard input; what follows -- is $1, $2 … of each.

  -g -I DIR -E SCRIPT -D NAME[=VALUE] -G NAME=VALUE --skip-badvars --compatible=VERSION   as in a run
  -w       no warnings          -W    warnings are errors
  --json   a message a line, as JSON on standard output; the last line counts them

Exit status: 0 all are right; 1 one is not; 2 wrong command line.
`,
  fmt: `klew fmt [--check] [-w] FILE|FOLDER...|-

Prints scripts in the usual style: two spaces a level, a statement a line. Only space and line breaks
change. A script with errors is left as it is.

  --check      only name the files that are not in it; status 1 if there is one
  -w --write   write the files anew
`,
  explain: `klew explain [CODE]

Messages about scripts end in a code, such as [unknown-function]. This prints the page about it: what
it means, a script that gives it, why, and what to do. Without a code, all of them.
`,
  vm: `klew vm run [--kernel VERSION] [--out DIR] [--timeout SECONDS] [--memory MIB] -- CMD [ARG...]
klew vm shell [--kernel VERSION] [--out DIR]
klew vm fetch [--kernel VERSION]

A throw-away kernel under QEMU, with the files of this machine, which it cannot change but in DIR.
--vm[=VERSION] does the same for one command of klew.
`,
  send: `klew send packet DEVICE [--hex BYTES]

Sends one Ethernet frame through an AF_PACKET socket, to have something to look at.
`,
  demo: `klew demo

A call tree of net/packet/af_packet.c while one frame goes through it; in a throw-away kernel where
the functions of this one cannot be probed.
`,
}

/** `klew help`, `klew help COMMAND` and --help: on standard output, status 0. */
export function help(context: CliContext, [command]: readonly string[]): number {
  if (command === undefined || command === 'help') return general(context)
  const text = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
  if (text === undefined) {
    throw new UsageError(
      `there is no command '${command}'`,
      `commands: ${Object.keys(COMMANDS).join(', ')}`,
    )
  }
  context.out(text)
  return EXIT.ok
}

function general(context: CliContext): number {
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
