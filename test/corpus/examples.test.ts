import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { matchSection } from '../support/golden.ts'
import { guestMissing, inGuest } from '../support/guest.ts'
import { checkExamples } from './check-example.ts'
import { EXAMPLES } from './examples.ts'
import { recordedFacts, recordingScript } from './recorded-facts.ts'
import { causeOf, NO_SCRIPTS, refusalTable } from './refusals.ts'

/** Debian 12 has so many. */
const SCRIPTS = 201
/** So many at least pass the check on Linux 6.1; the rest asks for what is not there. */
const CHECKED = 165

/** Kernel code that the scripts probe and that is not part of Debian's kernel itself. */
const MODULES = 'nfsd xfs kvm bridge dccp dccp_ipv4 autofs4 nf_conntrack scsi_mod sd_mod'

const skip = existsSync(EXAMPLES) ? await guestMissing() : `${EXAMPLES} is not installed`

test("SystemTap's example scripts parse, and check on Linux 6.1 unless it is known why not", {
  skip,
}, async () => {
  const verdicts = checkExamples(await factsOfGuest())
  assert.equal(verdicts.length, SCRIPTS)
  const unread = verdicts.filter(v => v.failedPass === 1).map(v => v.name)
  assert.deepEqual(unread, NO_SCRIPTS)
  const checked = verdicts.filter(v => v.failedPass === undefined).length
  assert.ok(checked >= CHECKED, `${checked} of ${SCRIPTS} pass the check`)
  const wrong = verdicts.filter(v => v.failedPass === 2 && causeOf(v) === undefined)
  assert.deepEqual(wrong, [], 'refused for their language')
  matchSection('docs/LANGUAGE.md', 'examples', refusalTable(verdicts))
})

/** Checking in the guest would take minutes, for it is emulated. */
async function factsOfGuest(): Promise<Facts> {
  const folder = mkdtempSync(join(tmpdir(), 'klew-facts-'))
  try {
    const script = `modprobe -qa ${MODULES}\n${recordingScript(folder)}`
    const { status, stderr } = await inGuest(script, { outDir: folder })
    assert.equal(status, 0, stderr)
    // All is read before the folder goes.
    return recordedFacts(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
