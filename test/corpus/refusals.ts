import type { Verdict } from './check-example.ts'

/** Among the examples, what is no script: a form to be filled in. */
export const NO_SCRIPTS: readonly string[] = ['security-band-aids/security-bandaid-template.stp']

/** Why a script is refused, when it is not for its language. */
export type Cause = 'kernel' | 'debug information' | 'python'

/**
 * The cause of each error of a script. All others say that the script itself is wrong, which no
 * example of SystemTap's is.
 */
export function causeOf(verdict: Verdict): Cause | undefined {
  const causes = verdict.errors.map(({ code, text }): Cause | undefined => {
    if (/debugging information|debug information/.test(text)) return 'debug information'
    // Its struct is one of a program.
    if (code === 'unknown-type') return 'debug information'
    if (/^'python\d/.test(text)) return 'python'
    return KERNEL_LACKS.has(code) ? 'kernel' : undefined
  })
  return causes.includes(undefined) ? undefined : causes[0]
}

const KERNEL_LACKS: ReadonlySet<string> = new Set([
  'no-code',
  'unknown-kernel-function',
  'unknown-member',
  'unknown-module',
  'unknown-target-variable',
  'unknown-tracepoint',
])

const HEADINGS: Readonly<Record<Cause, string>> = {
  kernel: 'What they ask about is not in this kernel:',
  'debug information':
    'What they ask about is only in debug information (DWARF), which is not read:',
  python: 'They need a module of SystemTap in the Python program:',
}

/** How many scripts pass the check, and tables of the others with the first reason of each. */
export function refusalTable(verdicts: readonly Verdict[]): string {
  const refused = verdicts.filter(v => v.failedPass !== undefined)
  const scripts = refused.filter(v => !NO_SCRIPTS.includes(v.name))
  const passed = `${verdicts.length - refused.length} of the ${verdicts.length} scripts pass.`
  const forms = NO_SCRIPTS.map(name => `\`${name}\` is a form to be filled in.`)
  const tables = Object.entries(HEADINGS).flatMap(([cause, heading]) => {
    const rows = scripts.filter(v => causeOf(v) === cause)
    return rows.length === 0 ? [] : [heading, tableOf(rows)]
  })
  const others = scripts.filter(v => causeOf(v) === undefined)
  if (others.length > 0) tables.push('The others:', tableOf(others))
  return `${[`${passed} ${forms.join(' ')}`, ...tables].join('\n\n')}\n\n`
}

function tableOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(v => `| \`${v.name}\` | ${reasonOf(v)} |`)
  return `| script | reason |\n|---|---|\n${rows.join('\n')}`
}

function reasonOf(verdict: Verdict): string {
  // Lines of kernel sources differ from one update of a kernel to the next.
  const text = verdict.errors[0]?.text.replace(/:\d+"\)/g, '")') ?? ''
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
