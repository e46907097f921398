/** The names that a file of a tapset defines, which are seen by others. */
export interface FileDefinitions {
  readonly functions: readonly string[]
  readonly globals: readonly string[]
  /** First components of its aliases. */
  readonly aliases: readonly string[]
  /** Without the `@`. */
  readonly macros: readonly string[]
}

/**
 * Finds what a file defines without parsing it, for an index of hundreds of files. Both branches of
 * a conditional count: who parses the file then sees which of them is there.
 */
export function definitionsOf(text: string): FileDefinitions {
  const found: Found = { functions: [], globals: [], aliases: [], macros: [] }
  let depth = 0
  let isPrivate = false
  for (let at = 0; ; ) {
    // Inside braces nothing is defined but macros: most of a file is passed over here.
    if (depth > 0) while (STOPS[text.charCodeAt(at)] === 0) at++
    if (at >= text.length) return found
    const next = skip(text, at)
    if (next > at) {
      at = next
      continue
    }
    const code = text.charCodeAt(at)
    if (code === OPEN) depth++
    else if (code === CLOSE) depth = Math.max(0, depth - 1)
    else if (code === AT) readMacro(text, at, found)
    else if (isLetter(code)) {
      const word = wordAt(text, at)
      at = definition(text, at + word.length, word, isPrivate ? scratch() : found)
      isPrivate = word === 'private'
      continue
    }
    at++
  }
}

type Found = { -readonly [K in keyof FileDefinitions]: string[] }

/** What a private definition goes to. */
function scratch(): Found {
  return { functions: [], globals: [], aliases: [], macros: [] }
}

const QUOTE = 0x22
const HASH = 0x23
const DOLLAR = 0x24
const PERCENT = 0x25
const STAR = 0x2a
const SLASH = 0x2f
const AT = 0x40
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const NEWLINE = 0x0a

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f
}

function isWordPart(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39)
}

/** 0 for characters inside braces that say nothing, of one byte or more. */
const STOPS = new Uint8Array(0x10000)
for (const code of [QUOTE, HASH, PERCENT, SLASH, AT, OPEN, CLOSE]) STOPS[code] = 1

/** The end of a comment, a string or embedded code that starts here; else the same place. */
function skip(text: string, at: number): number {
  const next = text.charCodeAt(at + 1)
  switch (text.charCodeAt(at)) {
    case SLASH:
      if (next === STAR) return behind(text, '*/', at + 2)
      return next === SLASH ? behind(text, '\n', at) : at
    case HASH: {
      // `$#` and `@#` are the number of arguments.
      const before = text.charCodeAt(at - 1)
      return before === DOLLAR || before === AT ? at + 1 : behind(text, '\n', at)
    }
    case PERCENT:
      return next === OPEN ? behind(text, '%}', at + 2) : at
    case QUOTE:
      return stringEnd(text, at + 1)
  }
  return at
}

function behind(text: string, close: string, from: number): number {
  const end = text.indexOf(close, from)
  return end < 0 ? text.length : end + close.length
}

function stringEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE || code === NEWLINE) return at + 1
    if (code === BACKSLASH) at++
  }
  return text.length
}

function wordAt(text: string, start: number): string {
  let end = start + 1
  while (isWordPart(text.charCodeAt(end))) end++
  return text.slice(start, end)
}

const MACRO = /@define\s+(\w+)/y

function readMacro(text: string, at: number, found: Found): void {
  MACRO.lastIndex = at
  const name = MACRO.exec(text)?.[1]
  if (name !== undefined) found.macros.push(name)
}

const SPACE = '(?:\\s|/\\*[\\s\\S]*?\\*/|(?:#|//)[^\\n]*\\n)*'
const NAME = new RegExp(`${SPACE}(\\w+)`, 'y')
/** Points in front of `=` or `+=`: no brace, and no `=` but that of a comparison. */
const ALIAS = /((?:[^{}"#;=<>!]|[<>=!]=|[<>!]|"(?:\\.|[^"\\\n])*")*?)\+?=(?!=)/y
/** Between two names of one declaration: `[10]`, `%`, `= 5` or `= "a"`, and the comma. */
const BETWEEN = new RegExp(
  `${SPACE}%?${SPACE}(?:\\[[^\\]]*\\]${SPACE})?%?${SPACE}(?:=${SPACE}(?:"(?:\\\\.|[^"\\\\\\n])*"|-?\\w+)${SPACE})?,`,
  'y',
)

/** What stands behind a word that may start a definition; gives the place to go on from. */
function definition(text: string, at: number, word: string, found: Found): number {
  switch (word) {
    case 'function': {
      NAME.lastIndex = at
      const name = NAME.exec(text)?.[1]
      if (name !== undefined) found.functions.push(name)
      return name === undefined ? at : NAME.lastIndex
    }
    case 'global':
      return readGlobals(text, at, found)
    case 'probe': {
      ALIAS.lastIndex = at
      const points = ALIAS.exec(text)?.[1]
      if (points === undefined) return at
      found.aliases.push(...firstWords(points))
      return ALIAS.lastIndex
    }
  }
  return at
}

/** An alias may have several names: `probe a.b, c.d = …`. */
function firstWords(points: string): string[] {
  const plain = points
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/%\([^?]*%\?|%:/g, ',')
    .replaceAll('%)', ' ')
  return plain.split(',').flatMap(point => /^\s*(\w+)/.exec(point)?.[1] ?? [])
}

function readGlobals(text: string, from: number, found: Found): number {
  for (let at = from; ; at = BETWEEN.lastIndex) {
    NAME.lastIndex = at
    const name = NAME.exec(text)?.[1]
    if (name === undefined) return at
    found.globals.push(name)
    BETWEEN.lastIndex = NAME.lastIndex
    if (!BETWEEN.test(text)) return NAME.lastIndex
  }
}
