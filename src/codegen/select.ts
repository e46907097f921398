import { type Label, R0, R1, R2, R3, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { RECORD_EXIT, RECORD_WARNING } from '../image.ts'
import type { Instruction, Reg } from '../ir/ir.ts'
import { selectBinary, selectCompare, selectDivide, selectUnary, widen } from './arithmetic.ts'
import { selectGroups, selectMatched } from './captures.ts'
import type { Code, Site } from './code.ts'
import { selectContext } from './context.ts'
import { selectRegister } from './cpu-registers.ts'
import { selectClear, selectElementDelete, selectElementHas } from './each.ts'
import { selectEmit } from './emit.ts'
import { readEntry, saveEntries } from './entry.ts'
import { CAUGHT_BYTES, reportMessage, sendNow, stop } from './fail.ts'
import { selectFormat } from './format.ts'
import { loadFrame, readSite, saveFrame } from './frames.ts'
import { selectIterate, selectIterateNext } from './iterate.ts'
import {
  selectElementAdd,
  selectElementGet,
  selectElementSet,
  selectGlobalAdd,
  selectGlobalGet,
  selectGlobalSet,
} from './maps.ts'
import { selectMatch } from './match.ts'
import { selectPure } from './pure.ts'
import { selectStatAdd } from './statistic.ts'
import { clearStatistic, selectStatBucket, selectStatGet } from './statistic-read.ts'
import { compareText, copyText, selectConcat, unaliased, zero } from './strings.ts'
import { selectTokenize } from './text-functions.ts'
import { selectVerdict } from './verdict.ts'

type Of<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>

/** Writes the code of one instruction. Results are put where they belong as the last thing. */
export function select(code: Code, i: Instruction, site: Site): void {
  switch (i.op) {
    case 'copy':
      selectCopy(code, i)
      break
    case 'unary':
      selectUnary(code, i)
      break
    case 'binary':
      selectBinary(code, i)
      break
    case 'divide':
      selectDivide(code, i, site)
      break
    case 'compare':
      selectCompare(code, i)
      break
    case 'compare-text': {
      const no = code.a.fresh('no')
      compareText(code, i.what, code.text(i.a), code.text(i.b), no)
      truth(code, i.to, no)
      break
    }
    case 'concat':
      selectConcat(code, i.to, i.a, i.b)
      break
    case 'match':
      selectMatch(code, i)
      break
    case 'groups':
      selectGroups(code, i.to)
      break
    case 'matched':
      selectMatched(code, i.to, i.index)
      break
    case 'tokenize':
      selectTokenize(code, i)
      break
    case 'format':
      selectFormat(code, i.to, i.format, i.args, { span: i.span, site })
      break
    case 'context':
      selectContext(code, i.what, i.to)
      break
    case 'argument':
      code.access.argument(i.index)
      widen(code, i.size, i.signed)
      code.put(i.to, R0)
      break
    case 'result':
      code.access.result()
      widen(code, i.size, i.signed)
      code.put(i.to, R0)
      break
    case 'register':
      selectRegister(code, i)
      break
    case 'verdict':
      selectVerdict(code, i.value)
      break
    case 'load':
      selectLoad(code, i, site)
      break
    case 'load-text':
      selectLoadText(code, i, site)
      break
    case 'pure':
      selectPure(code, i)
      break
    case 'entry':
      readEntry(code, i.to, i.index)
      break
    case 'save-entries':
      saveEntries(code, i.values)
      break
    case 'frame-save':
      saveFrame(code, i)
      break
    case 'frame-site':
      readSite(code, i)
      break
    case 'frame-load':
      loadFrame(code, i)
      break
    case 'call':
    case 'print':
    case 'print-histogram':
    case 'reply':
      throw new Error(`'${i.op}' in a kernel handler: the passes leave none`)
    default:
      selectEffect(code, i, site)
  }
}

type Effect = Of<
  | `global-${'get' | 'set' | 'add'}`
  | `element-${'get' | 'set' | 'add' | 'has' | 'delete'}`
  | 'array-clear'
  | `stat-${'add' | 'get' | 'bucket'}`
  | 'iterate'
  | 'iterate-next'
  | 'emit'
  | 'exit'
  | 'error'
  | 'warn'
  | 'caught'
>

/** Instructions on what outlives the activation. */
function selectEffect(code: Code, i: Effect, site: Site): void {
  switch (i.op) {
    case 'global-get':
      selectGlobalGet(code, i)
      break
    case 'global-set':
      selectGlobalSet(code, i)
      break
    case 'global-add':
      selectGlobalAdd(code, i)
      break
    case 'element-get':
      selectElementGet(code, i)
      break
    case 'element-set':
      selectElementSet(code, i, site)
      break
    case 'element-add':
      selectElementAdd(code, i, site)
      break
    case 'element-has':
      selectElementHas(code, i.array, i.keys, i.to)
      break
    case 'element-delete':
      selectElementDelete(code, i.array, i.keys)
      break
    case 'array-clear':
      if (i.array.keys.length > 0) selectClear(code, i.array)
      else clearStatistic(code, i.array)
      break
    case 'stat-add':
      selectStatAdd(code, i, site)
      break
    case 'stat-get':
      selectStatGet(code, i, site)
      break
    case 'stat-bucket':
      selectStatBucket(code, i, site)
      break
    case 'iterate':
      selectIterate(code, i)
      break
    case 'iterate-next':
      selectIterateNext(code, i)
      break
    case 'emit':
      selectEmit(code, i, site)
      break
    case 'exit':
      selectExit(code)
      break
    case 'error': {
      const { message, span } = i
      code.a.jump(code.fail({ kind: 'script', span, message, site }))
      break
    }
    case 'warn':
      reportMessage(code, RECORD_WARNING, i.message, undefined)
      break
    case 'caught':
      selectCaught(code, i.to)
  }
}

function selectCopy(code: Code, { to, from }: Of<'copy'>): void {
  if (code.fn.registers[to]?.type === 'string') {
    const slot = code.textTarget(to)
    if (slot !== undefined) copyText(code, slot, code.text(from))
    return
  }
  const into = code.target(to, R0)
  code.read(from, into)
  code.put(to, into)
}

/** Gives 1 to what falls through and 0 to what jumped to `no`. */
function truth(code: Code, to: Reg, no: Label): void {
  const { a } = code
  const done = a.fresh('done')
  a.movImmediate(R0, 1).jump(done).label(no).movImmediate(R0, 0).label(done)
  code.put(to, R0)
}

function selectLoad(code: Code, i: Of<'load'>, site: Site): void {
  const { a } = code
  const word = code.frame.area('word', 8)
  code.read(i.address, R3)
  a.mov(R1, R10).aluImmediate('add', R1, word).movImmediate(R2, i.size)
  a.call(i.user ? Helper.probe_read_user : Helper.probe_read_kernel)
  const { span, address: value, user } = i
  const fault = code.fail({ kind: 'readFault', span, value, user, site })
  a.branchImmediate('slt', R0, 0, fault)
  a.load(i.size, R0, R10, word)
  if (i.signed) widen(code, i.size, true)
  code.put(i.to, R0)
}

function selectLoadText(code: Code, i: Of<'load-text'>, site: Site): void {
  const { a } = code
  const slot = code.textTarget(i.to) ?? discarded(code, i.limit)
  const otherwise = i.otherwise && unaliased(code, code.text(i.otherwise), slot)
  const read = a.fresh('read')
  zero(code, slot)
  code.read(i.address, R3)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  a.movImmediate(R2, Math.min(i.limit + 1, slot.bytes))
  a.call(i.user ? Helper.probe_read_user_str : Helper.probe_read_kernel_str)
  if (otherwise === undefined) {
    const { span, address: value, user } = i
    const fault = code.fail({ kind: 'textFault', span, value, user, site })
    a.branchImmediate('slt', R0, 0, fault)
    return
  }
  a.branchImmediate('sge', R0, 0, read)
  copyText(code, slot, otherwise)
  a.label(read)
}

/** A place for a string that is only read to see whether it can be. */
function discarded(
  code: Code,
  limit: number,
): { readonly kind: 'scratch'; readonly offset: number; readonly bytes: number } {
  const bytes = (limit + 8) & ~7
  return { kind: 'scratch', offset: code.scratch.area('discarded', bytes), bytes }
}

/** Tells the reader at once, and lets no other handler start; this one goes on. */
function selectExit(code: Code): void {
  const { a } = code
  const record = code.frame.area('exit', 8)
  stop(code)
  code.point(R1)
  a.storeImmediate(4, R10, record, RECORD_EXIT | 0).store(4, R10, record + 4, R1)
  a.mov(R2, R10).aluImmediate('add', R2, record).movImmediate(R3, 8)
  sendNow(code)
}

function selectCaught(code: Code, to: Reg): void {
  const slot = code.textTarget(to)
  if (slot === undefined || code.caught === undefined) return
  copyText(code, slot, { kind: 'scratch', offset: code.caught, bytes: CAUGHT_BYTES })
}
