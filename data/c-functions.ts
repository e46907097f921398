/** A function that a C file defines. */
export interface CFunction {
  /** For what a macro defines: `%name` a system call, `&name` a compat one, `=name` a BPF helper. */
  readonly name: string
  /** Of the name. */
  readonly line: number
}

/**
 * The functions that a C file of the kernel defines, in order: each `name(…) {` outside of braces.
 * It does not run the preprocessor: both branches of an `#if` are read, each from where the `#if`
 * stood, so that braces balance; what `#if 0` disables is not read.
 */
export function cFunctions(text: Buffer): CFunction[] {
  return new Scanner(text).scan()
}

/** `name(` outside of parentheses, since the statement began. */
interface Call {
  readonly name: string
  readonly line: number
  firstArgument: string | undefined
}

interface State {
  /** Nesting of braces and of parentheses. */
  braces: number
  parentheses: number
  calls: Call[]
  /** An `=` came: what is in braces is a value. */
  isValue: boolean
  /** The last token, where it is a name. */
  name: { readonly text: string; readonly line: number } | undefined
}

class Scanner {
  readonly #text: Buffer
  #at = 0
  #line = 1
  #state: State = outermost()
  /** What the state was at each `#if` that is open. */
  readonly #conditions: State[] = []
  readonly #found = new Map<string, CFunction>()

  constructor(text: Buffer) {
    this.#text = text
  }

  scan(): CFunction[] {
    let lineIsEmpty = true
    while (this.#at < this.#text.length) {
      const byte = this.#byte(0)
      if (byte === NEWLINE) {
        this.#line++
        this.#at++
        lineIsEmpty = true
      } else if (byte <= SPACE) {
        this.#at++
      } else if (this.#skipComment()) {
        // Comments are space.
      } else if (byte === HASH && lineIsEmpty) {
        this.#directive()
      } else {
        lineIsEmpty = false
        this.#token(byte)
      }
    }
    return [...this.#found.values()]
  }

  #token(byte: number): void {
    const state = this.#state
    if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
      this.#skipQuoted(byte)
      state.name = undefined
    } else if (isNameStart(byte)) {
      this.#name()
    } else {
      this.#at++
      if (state.braces > 0) this.#inBraces(byte)
      else this.#punctuation(byte)
    }
  }

  #name(): void {
    const start = this.#at
    while (isNamePart(this.#byte(0))) this.#at++
    const state = this.#state
    if (state.braces > 0) return
    const text = this.#text.toString('latin1', start, this.#at)
    if (state.parentheses === 0) {
      state.name = { text, line: this.#line }
    } else if (state.parentheses === 1) {
      const call = state.calls.at(-1)
      if (call !== undefined) call.firstArgument ??= text
    }
  }

  #inBraces(byte: number): void {
    const state = this.#state
    if (byte === OPEN_BRACE) state.braces++
    if (byte === CLOSE_BRACE && --state.braces === 0 && !state.isValue) this.#state = outermost()
  }

  #punctuation(byte: number): void {
    const state = this.#state
    const { name } = state
    if (byte === OPEN_PARENTHESIS) {
      if (state.parentheses++ === 0 && name !== undefined && !state.isValue) {
        state.calls.push({ name: name.text, line: name.line, firstArgument: undefined })
      }
    } else if (byte === CLOSE_PARENTHESIS) {
      if (state.parentheses > 0) state.parentheses--
    } else if (state.parentheses === 0) {
      if (byte === SEMICOLON) this.#state = outermost()
      else if (byte === EQUALS) state.isValue = true
      else if (byte === OPEN_BRACE) this.#openBody()
    }
    this.#state.name = undefined
  }

  #openBody(): void {
    const state = this.#state
    state.braces = 1
    if (state.isValue) return
    // Attributes stand behind the parameters; macros that need no semicolon stand before it all.
    const call = state.calls.findLast(c => !ATTRIBUTE.test(c.name))
    const defined = call && definition(call)
    if (defined !== undefined && !this.#found.has(defined.name)) {
      this.#found.set(defined.name, defined)
    }
  }

  /** A line that begins with `#`, and those that continue it. */
  #directive(): void {
    this.#at++
    while (this.#byte(0) === SPACE || this.#byte(0) === TAB) this.#at++
    const start = this.#at
    while (isNamePart(this.#byte(0))) this.#at++
    const what = this.#text.toString('latin1', start, this.#at)
    const rest = this.#restOfDirective()
    if (what === 'if' || what === 'ifdef' || what === 'ifndef') {
      this.#conditions.push(copy(this.#state))
      if (what === 'if' && /^\s*0\s*$/.test(rest)) this.#skipDisabled()
    } else if (what === 'else' || what === 'elif') {
      const before = this.#conditions.at(-1)
      if (before !== undefined) this.#state = copy(before)
    } else if (what === 'endif') {
      this.#conditions.pop()
    }
  }

  #restOfDirective(): string {
    const start = this.#at
    while (this.#at < this.#text.length && this.#byte(0) !== NEWLINE) {
      if (this.#byte(0) === BACKSLASH && this.#byte(1) === NEWLINE) {
        this.#line++
        this.#at += 2
      } else if (!this.#skipComment()) {
        this.#at++
      }
    }
    return this.#text.toString('latin1', start, this.#at).replace(/\/\*.*?\*\/|\/\/.*/gs, '')
  }

  /** Moves to the directive that ends what `#if 0` disables, without reading that directive. */
  #skipDisabled(): void {
    for (let depth = 0; this.#at < this.#text.length; ) {
      const end = this.#text.indexOf(NEWLINE, this.#at)
      const next = end < 0 ? this.#text.length : end + 1
      const directive = /^[ \t]*#[ \t]*(\w+)/.exec(this.#text.toString('latin1', this.#at, next))
      const what = directive?.[1] ?? ''
      if (/^if/.test(what)) depth++
      else if (depth === 0 && /^(else|elif|endif)$/.test(what)) return
      else if (what === 'endif') depth--
      this.#at = next
      this.#line++
    }
  }

  #skipComment(): boolean {
    if (this.#byte(0) !== SLASH) return false
    if (this.#byte(1) === SLASH) {
      const end = this.#text.indexOf(NEWLINE, this.#at)
      this.#at = end < 0 ? this.#text.length : end
      return true
    }
    if (this.#byte(1) !== STAR) return false
    const close = this.#text.indexOf('*/', this.#at + 2)
    const end = close < 0 ? this.#text.length : close + 2
    while (this.#at < end) if (this.#text[this.#at++] === NEWLINE) this.#line++
    return true
  }

  /** A string or character, which ends with its line at the latest. */
  #skipQuoted(quote: number): void {
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const byte = this.#byte(0)
      if (byte === quote) {
        this.#at++
        return
      }
      if (byte === NEWLINE) return
      if (byte === BACKSLASH && this.#text[++this.#at] === NEWLINE) this.#line++
    }
  }

  #byte(ahead: number): number {
    return this.#text[this.#at + ahead] ?? 0
  }
}

function outermost(): State {
  return { braces: 0, parentheses: 0, calls: [], isValue: false, name: undefined }
}

function copy(state: State): State {
  return { ...state, calls: [...state.calls] }
}

/**
 * What comes with parentheses around a function's head, and words that are no names: a type before
 * a parenthesis begins a function that gives a pointer to functions, which is left out.
 */
const ATTRIBUTE =
  /^(__(attribute|attribute__|printf|scanf|aligned|section|malloc|alloc_size|realloc_size|assume_aligned|no_sanitize\w*|acquires\w*|releases\w*|must_hold\w*|cond_acquires\w*|cond_releases\w*|guarded_by|counted_by|context_unsafe|diag\w*|asm__|typeof__|no_context_analysis|excludes\w*|requires\w*|nonnull\w*|visible\w*)|if|for|while|switch|return|sizeof|typeof|asm|do|else|defined|void|int|long|char|bool|unsigned|u32|u64)$/

const SYSCALL = /^(COMPAT_)?SYSCALL(?:32)?_DEFINE\w*$/
const BPF_CALL = /^(?:NOTRACE_)?BPF_CALL_\d$/
/** arch/x86/include/asm/idtentry.h */
const ENTRY = /^DEFINE_(?:IDTENTRY|FREDENTRY)\w*$/
/** Macros in capitals that take a body and define what cannot be told from here. */
const OTHER_MACRO = /^(?:[A-Z][A-Z0-9_]*|_+[A-Z][A-Z0-9_]*)$/

function definition(call: Call): CFunction | undefined {
  const { name, line, firstArgument } = call
  const syscall = SYSCALL.exec(name)
  const marked = (mark: string): CFunction | undefined =>
    firstArgument === undefined ? undefined : { name: mark + firstArgument, line }
  if (syscall !== null) return marked(syscall[1] === undefined ? '%' : '&')
  if (BPF_CALL.test(name)) return marked('=')
  if (ENTRY.test(name)) return marked('')
  return OTHER_MACRO.test(name) ? undefined : { name, line }
}

function isNameStart(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte === 95
}

function isNamePart(byte: number): boolean {
  return isNameStart(byte) || (byte >= 48 && byte <= 57)
}

const TAB = 9
const NEWLINE = 10
const SPACE = 32
const DOUBLE_QUOTE = 34
const HASH = 35
const SINGLE_QUOTE = 39
const OPEN_PARENTHESIS = 40
const CLOSE_PARENTHESIS = 41
const STAR = 42
const SLASH = 47
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
