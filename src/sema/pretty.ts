import type { CType, Member, Types } from '../kernel/types.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { FormatPiece } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import type { CheckedExpression, CheckedPrint } from './checked.ts'
import { dereference, type Location, type Memory, read } from './location.ts'
import { unknownLayout } from './target-errors.ts'

/** A print has so many values at most; what comes behind them is `...`. */
const MAX_VALUES = 32
/** A pointer to a pointer is followed; so deep at most. */
const MAX_POINTERS = 8
/** Damaged types may nest without end. */
const MAX_NESTING = 64

/**
 * `$x$` and `$x$$`: the text of a value, of one level of a struct's members or of all. A pointer is
 * followed first; inside of structs, pointers are numbers and `char*` are texts.
 */
export function prettyPrint(
  types: Types,
  at: Location,
  { levels, span }: { readonly levels: 1 | 2; readonly span: Span },
): CheckedPrint | Diagnostic {
  const p = new Printer(types, span)
  const failed = p.outermost(at, levels === 1 ? 1 : MAX_NESTING)
  if (failed) return failed
  const { format, values } = p
  return { kind: 'print', type: 'string', format, arguments: values, onFault: 'ERROR', span }
}

class Printer {
  readonly format: FormatPiece[] = []
  readonly values: CheckedExpression[] = []
  readonly #types: Types
  readonly #span: Span

  constructor(types: Types, span: Span) {
    this.#types = types
    this.#span = span
  }

  outermost(start: Location, depth: number): Diagnostic | undefined {
    let at = start
    for (let followed = 0; followed < MAX_POINTERS; followed++) {
      const type = this.#types.resolve(at.type)
      if (type.kind !== 'pointer') break
      const target = this.#types.resolve(type.target)
      if (isChar(target)) return this.#value(at, 's')
      if (target.kind === 'function') this.#literal('<function>:')
      if (target.kind === 'function' || target.kind === 'void') return this.#value(at, 'p')
      const next = dereference(this.#types, at, { target: type.target, span: this.#span })
      if ('code' in next) return next
      at = next
    }
    const type = this.#types.resolve(at.type)
    if (type.kind === 'forward') return unknownLayout(this.#span, this.#types.spell(at.type))
    return this.#any(at, { depth, isMember: false })
  }

  #any(at: Location, how: { depth: number; isMember: boolean }): Diagnostic | undefined {
    const type = this.#types.resolve(at.type)
    switch (type.kind) {
      case 'struct':
      case 'union':
        return at.kind === 'memory' ? this.#struct(at, how.depth) : this.#literal('?')
      case 'array':
        return at.kind === 'memory' ? this.#array(at, type, how.depth) : this.#literal('?')
      case 'pointer':
        return this.#value(at, isChar(this.#types.resolve(type.target)) ? 's' : 'p')
      case 'integer': {
        const isBits = how.isMember && at.kind === 'memory' && at.member?.widthBits !== undefined
        if (isChar(type) && !isBits) return this.#value(at, 'c')
        return this.#value(at, type.signed || type.bool ? 'd' : 'u')
      }
      case 'enum':
        return this.#value(at, type.signed ? 'd' : 'u')
      case 'void':
      case 'float':
      case 'forward':
      case 'function':
        return this.#literal('?')
    }
  }

  #struct(at: Memory, depth: number): Diagnostic | undefined {
    if (depth === 0) return this.#literal('{...}')
    this.#literal('{')
    let first = true
    for (const member of this.#types.fields(at.type)) {
      // A bit field without a name only fills up.
      if (member.name === '' && member.widthBits !== undefined) continue
      if (!first) this.#literal(', ')
      first = false
      if (this.values.length >= MAX_VALUES) {
        this.#literal('...')
        break
      }
      this.#literal(this.#label(member))
      const failed = this.#any(memberAt(at, member), { depth: depth - 1, isMember: true })
      if (failed) return failed
    }
    return this.#literal('}')
  }

  #label({ name, type }: Member): string {
    if (name !== '') return `.${name}=`
    return this.#types.resolve(type).kind === 'union' ? '<union>=' : '<class>='
  }

  /** The first element stands for all. */
  #array(at: Memory, { element }: Extract<CType, { kind: 'array' }>, depth: number) {
    if (depth === 0) return this.#literal('[...]')
    if (isChar(this.#types.resolve(element))) return this.#value(at, 's')
    this.#literal('[')
    const { member: _, pointed: __, ...rest } = at
    const failed = this.#any({ ...rest, type: element }, { depth: depth - 1, isMember: false })
    if (failed) return failed
    return this.#literal(', ...]')
  }

  #value(at: Location, conversion: 's' | 'p' | 'c' | 'd' | 'u'): Diagnostic | undefined {
    const span = this.#span
    const value = read(this.#types, at, span)
    // What is wider than 64 bits has no conversion.
    if ('code' in value) return this.#literal('?')
    if (conversion === 'c') this.#literal("'")
    const flag = conversion === 'c' ? '#' : ''
    this.format.push({ kind: 'conversion', conversion, flag })
    const isText = conversion === 's'
    this.values.push(
      isText ? { kind: 'quoted-string', type: 'string', address: value, span } : value,
    )
    return conversion === 'c' ? this.#literal("'") : undefined
  }

  #literal(text: string): undefined {
    const last = this.format.at(-1)
    if (last?.kind === 'literal') {
      this.format[this.format.length - 1] = { kind: 'literal', text: last.text + text }
    } else this.format.push({ kind: 'literal', text })
    return undefined
  }
}

function memberAt(at: Memory, member: Member): Memory {
  const offset = at.address.offset + Math.floor(member.offsetBits / 8)
  return { kind: 'memory', type: member.type, address: { ...at.address, offset }, member }
}

function isChar(type: CType): boolean {
  return type.kind === 'integer' && type.char
}
