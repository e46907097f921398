import { testInGuest } from '../support/guest-checks.ts'
import { addressChecks } from './address-checks.ts'
import { filePatternCheck, fileTreeCheck } from './call-tree-checks.ts'
import { countCheck } from './count-checks.ts'
import { pointCheck } from './point-checks.ts'
import { languageCheck, valueChecks } from './value-checks.ts'

// Linux 6.1 as Debian builds it has kprobes and trampolines, and no kprobe-multi.
await testInGuest([
  fileTreeCheck({ method: 'kprobe' }),
  filePatternCheck,
  pointCheck,
  ...addressChecks,
  ...valueChecks,
  countCheck,
  languageCheck,
])
