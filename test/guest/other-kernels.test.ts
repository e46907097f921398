import { testInGuest } from '../support/guest-checks.ts'
import { fileTreeCheck } from './call-tree-checks.ts'
import { valueChecks } from './value-checks.ts'

// The oldest and the newest kernel, where somebody has got them: `klew vm fetch --kernel 5.10`.

// Before 5.12 the return address of a probed function is that of the kernel's trampoline.
const tree = { method: 'kprobe', caller: 'kretprobe_trampoline' }
await testInGuest([fileTreeCheck(tree), ...valueChecks], { kernel: '5.10', optional: true })

await testInGuest([fileTreeCheck({ method: 'kprobe-multi' }), ...valueChecks], {
  kernel: '7.2',
  optional: true,
})
