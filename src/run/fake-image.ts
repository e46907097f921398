import type { GlobalLayout, HostHandler, Image, PointInfo } from '../image.ts'
import type { Instruction, IrFunction } from '../ir/ir.ts'
import { parseFormat } from '../text/format.ts'
import { Source, type Span } from '../text/source.ts'

// Images written by hand, for tests.

const source = new Source('t.stp', 'probe begin { a / b }')
export const SPAN: Span = source.span(16, 17)

export function literalFormat(text: string): Extract<Instruction, { op: 'print' }>['format'] {
  const result = parseFormat(text)
  if ('error' in result) throw new Error(result.error)
  return result.format
}

export function say(text: string): Instruction {
  return { op: 'print', format: literalFormat(text), args: [], span: SPAN }
}

export const EXIT: Instruction = { op: 'exit' }

export const DIVIDE_BY_ZERO: Instruction = {
  op: 'divide',
  what: 'div',
  to: 0,
  a: { kind: 'number', value: 1n },
  b: { kind: 'number', value: 0n },
  span: SPAN,
}

export function irFunction(...instructions: Instruction[]): IrFunction {
  return {
    name: 'probe',
    registers: [{ type: 'long' }, { type: 'string' }],
    parameters: [],
    result: 'void',
    blocks: [{ instructions, end: { op: 'return' } }],
  }
}

/** A handler and its point, whose number is its place in the list. */
export interface FakeHandler {
  readonly when: HostHandler['when'] | 'begin' | 'end' | 'error'
  readonly instructions: readonly Instruction[]
  readonly text?: string
}

export function fakeImage(handlers: readonly FakeHandler[], more: Partial<Image> = {}): Image {
  const points: PointInfo[] = handlers.map(({ when, text }) => ({
    text: text ?? (typeof when === 'string' ? when : when.kind),
    function: '',
    at: 'other',
    place: 0,
  }))
  return {
    release: '',
    arch: 'x64',
    sources: [{ name: source.name, text: source.text }],
    places: [{ source: 0, start: 16, end: 17, token: "operator '/'" }],
    maps: [],
    programs: [],
    attachments: [],
    points,
    globals: [],
    sites: [],
    functions: new Map(),
    limits: { maxErrors: 0, maxSkipped: 1, maxStringLength: 512, ringBytes: 4096 },
    handlers: handlers.map(({ when, instructions }, id) => ({
      id,
      point: id,
      when: typeof when === 'string' ? { kind: when, order: 0n } : when,
      function: irFunction(...instructions),
    })),
    ...more,
  }
}

export function layout(more: Partial<GlobalLayout> & { readonly name: string }): GlobalLayout {
  return {
    type: 'long',
    keys: [],
    initial: undefined,
    capacity: 2048,
    wrap: false,
    displayAtEnd: false,
    storage: { kind: 'host' },
    ...more,
  }
}
