import type { IrFunction, IrProgram } from '../ir.ts'
import { joinBlocks } from './blocks.ts'
import { coalesce } from './coalesce.ts'
import { removeDead } from './dead.ts'
import { fold } from './fold.ts'
import { propagate } from './propagate.ts'

/** Each round can open what the next one takes; after these there is little left. */
const ROUNDS = 3

/** Makes a function smaller without changing what it does. */
export function simplify(fn: IrFunction): IrFunction {
  let result = fn
  for (let round = 0; round < ROUNDS; round++) {
    result = joinBlocks(removeDead(coalesce(fold(propagate(result)))))
  }
  return result
}

export function simplifyProgram(program: IrProgram): IrProgram {
  return {
    ...program,
    functions: new Map([...program.functions].map(([id, fn]) => [id, simplify(fn)])),
    handlers: program.handlers.map(handler => ({
      ...handler,
      function: simplify(handler.function),
      ...(handler.entry && { entry: simplify(handler.entry) }),
    })),
  }
}
