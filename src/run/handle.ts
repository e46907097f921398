import type { Store } from '../host/store.ts'
import { type Image, STATE_RUNNING, STATE_STARTING } from '../image.ts'
import type { ControlPage } from './control.ts'
import { displayGlobals } from './display.ts'
import { writeInitial } from './map-store.ts'
import type { ProbeTime } from './timing.ts'

/** A running session in the hands of somebody who watches it. */
export interface SessionHandle {
  times(): readonly ProbeTime[]
  /** Every global as text, in the way of those that are printed at the end. */
  globals(): string
  /** Gives all globals what they started with. */
  reset(): void
  readonly paused: boolean
  /** No handler runs until `resume`. */
  pause(): void
  resume(): void
  end(): void
}

export interface HandledSession {
  readonly image: Image
  readonly store: Store
  readonly control: ControlPage
  readonly times: () => readonly ProbeTime[]
  readonly end: () => void
}

export function sessionHandle(session: HandledSession): SessionHandle {
  const { image, store, control, times, end } = session
  const all = { ...image, globals: image.globals.map(g => ({ ...g, displayAtEnd: true })) }
  const move = (from: number, to: number): void => {
    // A script that has called exit() stays ended.
    if (control.get('state') === BigInt(from)) control.set('state', BigInt(to))
  }
  return {
    times,
    end,
    globals: () => displayGlobals(all, store),
    reset: () => {
      image.globals.forEach((layout, id) => {
        const global = { id, ...layout }
        if (layout.keys.length > 0 || layout.type === 'statistic') store.clear(global)
        else store.set(global, layout.type === 'string' ? '' : 0n)
      })
      writeInitial(image, store)
    },
    get paused() {
      return isPaused(control)
    },
    pause: () => move(STATE_RUNNING, STATE_STARTING),
    resume: () => move(STATE_STARTING, STATE_RUNNING),
  }
}

/** Programs run in the state RUNNING only, as before everything is attached. */
export function isPaused(control: ControlPage): boolean {
  return control.get('state') === BigInt(STATE_STARTING)
}
