import { Control } from '../image.ts'
import type { Kernel } from '../sys/kernel.ts'

/** The session's fields of the control page; without a page they are kept here alone. */
export class ControlPage {
  readonly #longs: BigInt64Array

  constructor(view: ArrayBuffer | undefined) {
    this.#longs = new BigInt64Array(view ?? new ArrayBuffer(Control.globals))
  }

  get(field: keyof typeof Control): bigint {
    return Atomics.load(this.#longs, Control[field] >> 3)
  }

  set(field: keyof typeof Control, value: bigint): void {
    Atomics.store(this.#longs, Control[field] >> 3, value)
  }
}

export interface Clock {
  /** CLOCK_MONOTONIC, ns. */
  monotonic(): bigint
  /** CLOCK_REALTIME - CLOCK_MONOTONIC, ns. */
  offset(): bigint
}

/** The kernel's clocks; without a kernel those of Node, which knows the time of day to 1 ms. */
export function clockOf(kernel: Kernel | undefined): Clock {
  return {
    // On Linux this is CLOCK_MONOTONIC, as bpf_ktime_get_ns() gives it.
    monotonic: () => process.hrtime.bigint(),
    offset: () => {
      if (kernel === undefined) {
        return BigInt(Math.round(nowMs() * 1000)) * 1000n - process.hrtime.bigint()
      }
      const { realtime, monotonic } = kernel.clocks()
      return realtime - monotonic
    },
  }
}

/** Finer than Date.now(), unless the clock was set since klew started. */
function nowMs(): number {
  const fine = performance.timeOrigin + performance.now()
  const coarse = Date.now()
  return Math.abs(fine - coarse) < 2 ? fine : coarse
}
