import { memory } from './memory.ts'
import type { Native } from './native.ts'
import { place } from './place.ts'
import { regex } from './regex.ts'
import { session } from './session.ts'
import { task } from './task.ts'
import { text } from './text.ts'
import { time } from './time.ts'

/**
 * The functions that the library declares as `%{ native %}`, by name. Their types are in the
 * declarations; a test holds that each has the other.
 */
export const natives: Readonly<Partial<Record<string, Native>>> = {
  ...task,
  ...time,
  ...place,
  ...text,
  ...regex,
  ...memory,
  ...session,
}
