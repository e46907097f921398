import { type Label, R0, R1, R2, R3, R4, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { BPF_RB_FORCE_WAKEUP } from '../bpf/map.ts'
import { Control, ErrorCode, RECORD_ERROR, type RECORD_WARNING, STATE_STOPPING } from '../image.ts'
import { MAXMAPENTRIES, MAXSTRINGLEN, type Operand } from '../ir/ir.ts'
import { placeText, type Span } from '../text/source.ts'
import { tokenAt } from '../text/token-at.ts'
import type { Code, Failure } from './code.ts'
import { snprintf } from './format.ts'
import { leaveTo } from './rounds.ts'
import { roundUp8 } from './stack.ts'
import { copyText, textLength } from './strings.ts'
import { LOST_MAP, RING_MAP } from './tables.ts'

/** An error record up to its message: header, code, place, value. */
const ERROR_BYTES = 24
const REPORT: Label = 'report'
/** Ends the activation. */
export const EXIT: Label = 'exit'

/** Writes what the failed instructions jump to. Nothing, where nothing can fail. */
export function writeFailures(code: Code): void {
  let reports = false
  for (const failure of code.failures) {
    code.a.label(failure.label).place(code.tables.place(failure.span))
    if (failure.site?.handler !== undefined) {
      if (code.caught !== undefined) saveMessage(code, failure, code.caught)
      leaveTo(code, failure.site.block, failure.site.handler)
    } else if (failure.kind === 'script') {
      reportMessage(code, RECORD_ERROR, failure.message, failure.span)
      countError(code)
      code.a.jump(EXIT)
    } else {
      fillRecord(code, failure)
      code.a.jump(REPORT)
      reports = true
    }
  }
  if (reports) writeReport(code)
}

function errorArea(code: Code): number {
  return code.frame.area('error', ERROR_BYTES + 8)
}

function fillRecord(code: Code, { kind, span, value }: Failure): void {
  const { a } = code
  const record = errorArea(code)
  a.storeImmediate(4, R10, record + 8, ErrorCode[kind])
  a.storeImmediate(4, R10, record + 12, code.tables.place(span))
  if (value === undefined) a.storeImmediate(8, R10, record + 16, 0)
  else a.store(8, R10, record + 16, code.use(value, R0))
}

/** Sends the record, counts the error and ends the activation. */
function writeReport(code: Code): void {
  const { a } = code
  const record = errorArea(code)
  a.label(REPORT)
  code.point(R1)
  a.storeImmediate(4, R10, record, RECORD_ERROR | 0).store(4, R10, record + 4, R1)
  a.storeImmediate(8, R10, record + ERROR_BYTES, 0)
  a.mov(R2, R10)
    .aluImmediate('add', R2, record)
    .movImmediate(R3, ERROR_BYTES + 8)
  sendNow(code)
  countError(code)
  a.jump(EXIT)
}

/** Sends r3 bytes at r2 and wakes the reader; a record without room is counted. */
export function sendNow(code: Code): void {
  const { a } = code
  const sent = a.fresh('sent')
  a.loadMap(R1, RING_MAP).movImmediate(R4, BPF_RB_FORCE_WAKEUP).call(Helper.ringbuf_output)
  a.branchImmediate('sge', R0, 0, sent)
  countLost(code)
  a.label(sent)
}

/** Counts a record that found no room, in all and for its point. */
export function countLost(code: Code): void {
  const { a } = code
  const done = a.fresh('lost')
  const key = code.frame.area('key', 8)
  code.control(R1, Control.lost)
  a.movImmediate(R2, 1).atomicAdd(8, R1, 0, R2)
  code.point(R1)
  a.store(4, R10, key, R1)
  a.loadMap(R1, LOST_MAP).mov(R2, R10).aluImmediate('add', R2, key)
  a.call(Helper.map_lookup_elem).branchImmediate('eq', R0, 0, done)
  a.movImmediate(R1, 1).atomicAdd(8, R0, 0, R1).label(done)
}

/** Ends the session once there were more errors than it tolerates. */
function countError(code: Code): void {
  const { a, tables } = code
  const tolerated = a.fresh('tolerated')
  code.control(R1, Control.errors)
  a.movImmediate(R2, 1)
  if (tables.facts.has('atomic-fetch')) {
    a.atomicFetch('add', 8, R1, 0, R2)
  } else {
    a.atomicAdd(8, R1, 0, R2).load(8, R2, R1, 0).aluImmediate('sub', R2, 1)
  }
  a.branchImmediate('lt', R2, tables.maxErrors, tolerated)
  stop(code)
  a.label(tolerated)
}

/** From now on handlers that start do nothing. */
export function stop(code: Code): void {
  code.control(R1, Control.state)
  code.a.storeImmediate(8, R1, 0, STATE_STOPPING)
}

/** Sends an error or a warning with the script's own words. */
export function reportMessage(
  code: Code,
  kind: typeof RECORD_ERROR | typeof RECORD_WARNING,
  message: Operand | undefined,
  span: Span | undefined,
): void {
  const { a } = code
  const record = code.scratch.area('message', ERROR_BYTES + MAXSTRINGLEN)
  code.point(R1)
  a.storeImmediate(4, R9, record, kind | 0).store(4, R9, record + 4, R1)
  a.storeImmediate(4, R9, record + 8, ErrorCode.script)
  a.storeImmediate(4, R9, record + 12, span === undefined ? 0 : code.tables.place(span))
  a.storeImmediate(8, R9, record + 16, 0)
  a.mov(R1, R9)
    .aluImmediate('add', R1, record + ERROR_BYTES)
    .movImmediate(R2, MAXSTRINGLEN)
  code.pointer(code.text(message ?? { kind: 'text', value: '' }), R3)
  a.call(Helper.probe_read_kernel_str)
  textLength(code, MAXSTRINGLEN - 1)
  a.mov(R3, R0).aluImmediate('add', R3, ERROR_BYTES + 1)
  a.mov(R2, R9).aluImmediate('add', R2, record)
  sendNow(code)
}

/** Room for the message of an error that a `catch` reads. */
export const CAUGHT_BYTES: number = MAXSTRINGLEN

/** Puts the error's words where `caught` finds them: the same as the host gives. */
function saveMessage(code: Code, failure: Failure, offset: number): void {
  const slot = { kind: 'scratch', offset, bytes: CAUGHT_BYTES } as const
  if (failure.kind === 'script') {
    copyText(code, slot, code.text(failure.message ?? { kind: 'text', value: '' }))
    return
  }
  const near = `near ${tokenAt(failure.span)} at ${placeText(failure.span)}`
  const words = `${describe(failure)} ${near}`
  if (words.includes(ADDRESS) && code.tables.facts.has('snprintf')) {
    const format = words.replaceAll('%', '%%').replace(ADDRESS, '0x%llx')
    snprintf(code, slot, format, [failure.value ?? { kind: 'number', value: 0n }])
    return
  }
  const text = words.replace(` at ${ADDRESS}`, '').slice(0, MAXSTRINGLEN - 1)
  copyText(code, slot, { kind: 'constant', text, bytes: roundUp8(text.length + 1) })
}

const ADDRESS = '\u0001'

function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'divisionByZero':
      return 'division by 0'
    case 'readFault':
      return `read fault [man error::fault] at ${ADDRESS}`
    case 'textFault':
      return failure.user
        ? `user string copy fault -14 at ${ADDRESS} [man error::fault]`
        : `kernel string copy fault at ${ADDRESS} [man error::fault]`
    case 'arrayOverflow': {
      const size = failure.value?.kind === 'number' ? failure.value.value : 0n
      return size === BigInt(MAXMAPENTRIES)
        ? 'Array overflow, check MAXMAPENTRIES'
        : `Array overflow, check size limit (${size})`
    }
    case 'emptyAggregate':
      return 'empty aggregate'
    case 'noBucket':
      return 'histogram index out of range'
    case 'maxAction':
      return 'MAXACTION exceeded'
    case 'script':
    case 'skipped':
      return ''
  }
}
