import { testInGuest } from '../support/guest-checks.ts'
import { libraryChecks } from './library-checks.ts'
import { bridgeChecks, smallModuleCheck } from './module-checks.ts'
import { killedCheck, namesCheck } from './refusal-checks.ts'

await testInGuest([smallModuleCheck, ...bridgeChecks, ...libraryChecks, namesCheck, killedCheck])
