import { testInGuest } from '../support/guest-checks.ts'
import { fileTreeCheck } from './call-tree-checks.ts'
import { countCheck } from './count-checks.ts'
import { hookCheck } from './hook-checks.ts'
import { bridgeChecks, wholeBridgeCheck } from './module-checks.ts'
import { pointCheck } from './point-checks.ts'
import { valueChecks } from './value-checks.ts'

// The first of Debian's kernels with kprobe-multi: many functions are attached at once.
await testInGuest(
  [
    fileTreeCheck({ method: 'kprobe-multi' }),
    pointCheck,
    ...valueChecks,
    countCheck,
    hookCheck,
    ...bridgeChecks,
    wholeBridgeCheck,
  ],
  { kernel: '6.12' },
)
