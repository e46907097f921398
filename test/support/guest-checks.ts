import { test } from 'node:test'
import { quote } from '../../src/guest/init.ts'
import { allInGuest, type GuestOutput, guestMissing } from './guest.ts'

/** What is tried in a throw-away kernel, and what must have come out. */
export interface GuestCheck {
  /** The name of the test: a sentence. */
  readonly name: string
  /** Shell scripts, run one after the other in the project's folder. */
  readonly scripts: Readonly<Record<string, string>>
  verify(results: GuestResults): void
}

/** Output by the name of the script. */
export type GuestResults = (script: string) => GuestOutput

export interface CheckOptions {
  readonly kernel?: string
  /** Skipped without that kernel whatever KLEW_REQUIRE_GUEST says. */
  readonly optional?: boolean
}

/** One test for each check; all scripts run in one boot, in order, before the first is judged. */
export async function testInGuest(
  checks: readonly GuestCheck[],
  options: CheckOptions = {},
): Promise<void> {
  const { kernel, optional = false } = options
  const skip = await guestMissing(kernel, optional)
  let boot: Promise<Record<string, GuestOutput>> | undefined
  const scripts = checks.flatMap((check, index) =>
    Object.entries(check.scripts).map(([name, text]) => [`${index} ${name}`, text]),
  )
  checks.forEach((check, index) => {
    const where = kernel === undefined ? '' : ` (Linux ${kernel})`
    test(`${check.name}${where}`, { skip }, async () => {
      boot ??= allInGuest(Object.fromEntries(scripts), kernel === undefined ? {} : { kernel })
      const outputs = await boot
      check.verify(name => {
        const output = outputs[`${index} ${name}`]
        if (output === undefined) throw new Error(`no script '${name}'`)
        return output
      })
    })
  })
}

/** A shell line that runs klew with the text of a script; `options` in front of it as they are. */
export function klewLine(script: string, command?: string, options = ''): string {
  const tail = command === undefined ? '' : ` -c ${quote(command)}`
  return `bin/klew ${options} -e ${quote(script)}${tail}`
}

/** A command that sends one datagram of so many bytes over loopback, to a port without a reader. */
export function datagram(bytes = 2, shell = 'bash'): string {
  return `${shell} -c 'echo ${'x'.repeat(bytes - 1)} >/dev/udp/127.0.0.1/9'`
}
