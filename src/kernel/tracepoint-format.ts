/** What a tracepoint's record holds, from the `format` file that tracefs has for each event. */
export interface TracepointFormat {
  readonly name: string
  readonly id: number
  /** Those that every event has (`common_type` …) and its own. */
  readonly fields: readonly TracepointField[]
}

export interface TracepointField {
  readonly name: string
  /** As declared, without the name: `unsigned int`, `__data_loc char[]`, `char[16]`. */
  readonly type: string
  readonly offsetBytes: number
  readonly sizeBytes: number
  readonly signed: boolean
}

/** Reads a `format` file (kernel/trace/trace_events.c, f_show); undefined when it is none. */
export function parseTracepointFormat(text: string): TracepointFormat | undefined {
  const name = /^name: (.+)$/m.exec(text)?.[1]
  const id = /^ID: (\d+)$/m.exec(text)?.[1]
  if (name === undefined || id === undefined) return undefined
  return { name, id: Number(id), fields: [...text.matchAll(FIELD)].map(readField) }
}

const FIELD = /^\tfield:(.+?);\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);$/gm

function readField([, declaration = '', offset, size, signed]: RegExpExecArray): TracepointField {
  const [, type = '', name = declaration, array = ''] =
    /^(.*?)\s*\b(\w+)((?:\[[^\]]*\])*)$/.exec(declaration) ?? []
  return {
    name,
    type: type + array,
    offsetBytes: Number(offset),
    sizeBytes: Number(size),
    signed: signed === '1',
  }
}
