import type { CheckedProgram, Global } from '../sema/checked.ts'
import type { ScriptFile } from '../syntax/ast.ts'
import { nearest } from '../text/nearest.ts'
import { UsageError } from './options.ts'

const SIMILAR_MOST = 5

/**
 * -G: the script with other values in its globals at the start. A name that stands for nothing, and
 * a value that is not of the type that the script gives the global, are mistakes in the command.
 */
export function withGlobalValues(
  program: CheckedProgram,
  file: ScriptFile,
  values: ReadonlyMap<string, string>,
): CheckedProgram {
  const initial = new Map<Global, bigint | string>()
  for (const [name, value] of values) {
    const global = program.globals.find(g => g.name === name)
    if (global !== undefined) initial.set(global, initialOf(global, value))
    else if (!declares(file, name)) throw unknownGlobal(name, value, program)
  }
  if (initial.size === 0) return program
  const globals = program.globals.map(g => ({ ...g, initial: initial.get(g) ?? g.initial }))
  return { ...program, globals }
}

/** A global that nothing reads or writes is left out of the checked script, and may have any value. */
function declares(file: ScriptFile, name: string): boolean {
  return file.items.some(item => item.kind === 'global' && item.name === name)
}

function unknownGlobal(name: string, value: string, program: CheckedProgram): UsageError {
  const scalars = program.globals.filter(isScalar).map(g => g.name)
  const similar = nearest(name, scalars, SIMILAR_MOST)
  const like = similar.length > 0 ? ` (similar: ${similar.join(', ')})` : ''
  const hint =
    scalars.length === 0
      ? 'the script has no global that is a number or a string'
      : `globals that can be set: ${scalars.join(', ')}`
  return new UsageError(`-G ${name}=${value}: there is no global '${name}'${like}`, hint)
}

function isScalar(global: Global): boolean {
  return global.type !== 'statistic' && global.keys.length === 0
}

function initialOf(global: Global, value: string): bigint | string {
  const { name, type } = global
  if (!isScalar(global)) {
    const what = type === 'statistic' ? 'a statistic' : 'an array'
    throw new UsageError(
      `-G ${name}=${value}: '${name}' is ${what}`,
      'only a global that is a number or a string can be set',
    )
  }
  return type === 'string' ? value : numberOf(name, value)
}

/** As in a script: decimal, hexadecimal or octal; up to 2**64 - 1, which is -1. */
function numberOf(name: string, value: string): bigint {
  const [, sign, digits = ''] = /^(-?)(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.exec(value) ?? []
  if (digits === '') {
    throw new UsageError(`-G ${name}=${value}: '${name}' is a number: expected one`)
  }
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
  const number = sign === '-' ? -magnitude : magnitude
  if (number >= -(2n ** 63n) && number < 2n ** 64n) return BigInt.asIntN(64, number)
  throw new UsageError(`-G ${name}=${value}: a number has 64 bits`)
}
