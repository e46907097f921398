import { BtfWriter } from './btf-writer.ts'

/** A function of a program. The first is the program itself, at instruction 0. */
export interface ProgramFunction {
  readonly name: string
  /** Its first instruction. */
  readonly instruction: number
  /** How many it takes. */
  readonly parameters: number
  readonly static: boolean
}

/** From this instruction on, the code comes from that line. */
export interface ProgramLine {
  readonly instruction: number
  readonly file: string
  /** The line's text: the kernel shows it in the verifier's log. */
  readonly text: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

/** What a program is loaded with beside its instructions. */
export interface ProgramDebugInfo {
  /** For BPF_BTF_LOAD. */
  readonly btf: Uint8Array
  /** struct bpf_func_info: instruction, type id; 8 bytes each. */
  readonly functionInfo: Uint8Array
  /** struct bpf_line_info: instruction, file, text, line and column; 16 bytes each. */
  readonly lineInfo: Uint8Array
}

/**
 * The BTF, func_info and line_info of a program.
 *
 * func_info must name every function of the program, and callbacks are refused without it; so is
 * line_info that lacks a record at a function's start (kernel/bpf/verifier.c, check_btf_func and
 * check_btf_line).
 */
export function programDebugInfo(
  functions: readonly ProgramFunction[],
  lines: readonly ProgramLine[],
): ProgramDebugInfo {
  const btf = new BtfWriter()
  const long = btf.int('long long', 8, { signed: true })
  const context = btf.pointer(long)
  const ordered = [...functions].sort((a, b) => a.instruction - b.instruction)
  const functionRecords = ordered.flatMap(one => {
    // A global function's parameter is checked by its type, and the program's is its context.
    const type = one.static ? long : context
    const parameters = Array.from({ length: one.parameters }, (_, i) => ({ name: `p${i}`, type }))
    const prototype = btf.functionPrototype(long, parameters)
    return [one.instruction, btf.func(one.name, prototype, one.static ? 'static' : 'global')]
  })
  const starts = ordered.map(one => one.instruction)
  const lineRecords = withStarts(lines, starts).flatMap(line => [
    line.instruction,
    btf.string(line.file),
    btf.string(line.text),
    lineColumn(line),
  ])
  return {
    btf: btf.finish(),
    functionInfo: words(functionRecords),
    lineInfo: words(lineRecords),
  }
}

/** Gives each function's start a line: the one that holds there, else the first that follows. */
function withStarts(
  lines: readonly ProgramLine[],
  starts: readonly number[],
): readonly ProgramLine[] {
  const first = lines[0]
  if (first === undefined) return []
  const all = new Map(lines.map(line => [line.instruction, line]))
  for (const instruction of starts) {
    if (all.has(instruction)) continue
    const holds = lines.findLast(line => line.instruction < instruction) ?? first
    all.set(instruction, { ...holds, instruction })
  }
  return [...all.values()].sort((a, b) => a.instruction - b.instruction)
}

const MAX_LINE = (1 << 22) - 1
const MAX_COLUMN = (1 << 10) - 1

/** 22 bits of line above 10 of column. */
function lineColumn({ line, column }: ProgramLine): number {
  return ((Math.min(line, MAX_LINE) << 10) | Math.min(column, MAX_COLUMN)) >>> 0
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer)
}
