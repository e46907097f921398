import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vmFetch, vmRun } from '../../src/guest/commands.ts'
import { GuestError } from '../../src/guest/error.ts'
import { quote } from '../../src/guest/init.ts'

export interface GuestOutput {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface GuestTestOptions {
  /** A kernel series; the usual one if absent. */
  readonly kernel?: string
  readonly timeoutMs?: number
  /** A folder that the guest can write to. */
  readonly outDir?: string
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const common = { cwd: ROOT, env: process.env, allowFetch: false, say: () => {} }

/**
 * Why a test of the throw-away kernel is to be skipped: false when the kernel is there. With
 * KLEW_REQUIRE_GUEST=1, as in CI, it is never skipped unless it is optional, and fails where the
 * kernel is missing.
 */
export async function guestMissing(kernel?: string, optional = false): Promise<string | false> {
  const { KLEW_REQUIRE_GUEST } = process.env
  if (KLEW_REQUIRE_GUEST === '1' && !optional) return false
  try {
    await vmFetch({ ...common, ...(kernel === undefined ? {} : { kernel }) })
    return false
  } catch (error) {
    if (error instanceof GuestError) return `${error.message}: ${error.commands.join('; ')}`
    throw error
  }
}

/** Runs one shell script in a throw-away kernel, in the project's folder. */
export async function inGuest(
  script: string,
  options: GuestTestOptions = {},
): Promise<GuestOutput> {
  let stdout = ''
  let stderr = ''
  const { status } = await vmRun({
    ...common,
    ...options,
    command: ['/bin/bash', '-c', script],
    stdout: bytes => {
      stdout += bytes.toString()
    },
    stderr: bytes => {
      stderr += bytes.toString()
    },
  })
  return { status, stdout, stderr }
}

/**
 * Runs named shell scripts one after the other in one boot, which is what takes the time, and
 * gives what each did. They share the guest: what one leaves there, the next finds.
 */
export async function allInGuest<Name extends string>(
  scripts: Readonly<Record<Name, string>>,
  options: GuestTestOptions = {},
): Promise<Record<Name, GuestOutput>> {
  const outDir = mkdtempSync(join(tmpdir(), 'klew-test-'))
  // Keys of the object given are its names.
  const names = Object.keys(scripts) as Name[]
  const lines = names.map((name, index) => {
    const file = quote(join(outDir, String(index)))
    return `/bin/bash -c ${quote(scripts[name])} >${file}.out 2>${file}.err; echo $? >${file}.status`
  })
  try {
    let trouble = ''
    const end = await vmRun({
      ...common,
      ...options,
      outDir,
      command: ['/bin/bash', '-c', lines.join('\n')],
      stdout: () => {},
      stderr: bytes => {
        trouble += bytes.toString()
      },
    })
    if (end.reason !== undefined) throw new Error(`the guest ended by ${end.reason}: ${trouble}`)
    const results = names.map((name, index) => [name, readOutput(join(outDir, String(index)))])
    // One entry for each name.
    return Object.fromEntries(results) as Record<Name, GuestOutput>
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

function readOutput(file: string): GuestOutput {
  const read = (ending: string): string => readFileSync(`${file}.${ending}`, 'utf8')
  return { status: Number(read('status')), stdout: read('out'), stderr: read('err') }
}
