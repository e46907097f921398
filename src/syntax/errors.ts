import type { Diagnostic, Note } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import { describe, itemWords, type Token } from './token.ts'

// Every message of this folder, one function each: a reader finds all the wording in one place.

interface Details {
  readonly label?: string
  readonly notes?: readonly Note[]
  readonly hint?: string
}

function error(code: string, span: Span, text: string, details: Details = {}): Diagnostic {
  const { notes = [], ...rest } = details
  return { code, severity: 'error', stage: 'parse', span, text, notes, ...rest }
}

export function unterminatedString(span: Span): Diagnostic {
  return error('unterminated-string', span, 'this string has no closing quote', {
    hint: 'a string ends on the line it starts on; write \\n for a line break inside it',
  })
}

export function unterminatedComment(span: Span): Diagnostic {
  return error('unterminated-comment', span, "this comment has no closing '*/'", {
    label: 'everything from here to the end is comment',
  })
}

export function unterminatedEmbeddedCode(span: Span): Diagnostic {
  return error('unterminated-embedded-code', span, "this embedded code has no closing '%}'")
}

export function returnInProbe(span: Span): Diagnostic {
  return error('return-in-probe', span, "found 'return' not in function context", {
    hint: "'next' ends the handler of a probe",
  })
}

export function strayCharacter(span: Span, text: string): Diagnostic {
  const byte = byteOf(text)
  if (byte !== undefined) {
    return error('stray-character', span, `byte 0x${byte} means nothing in a script`, {
      hint: 'the file is not UTF-8 text; UTF-16 is made into it by: iconv -f UTF-16 -t UTF-8',
    })
  }
  const code = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? `'${text}'` : `U+${code}`
  return error('stray-character', span, `${shown} means nothing in a script`, {
    hint: 'outside strings and comments a script is plain ASCII; remove this',
  })
}

/** Bytes that are no UTF-8 stand as lone surrogates in the text. */
function byteOf(text: string): string | undefined {
  const code = text.charCodeAt(0)
  return code >= 0xdc80 && code <= 0xdcff ? (code - 0xdc00).toString(16) : undefined
}

export function characterLiteral(span: Span, literal: string): Diagnostic {
  return error('character-literal', span, `there are no character literals such as ${literal}`, {
    hint: `write the string "${literal.slice(1, -1)}", or the number of the character`,
  })
}

export function nestedArgument(span: Span, argument: string): Diagnostic {
  return error('nested-argument', span, `a pasted argument contains '${argument}' itself`, {
    hint: 'arguments are pasted once; pass the final text',
  })
}

export function missingArgument(span: Span, argument: string, given: number): Diagnostic {
  const range = given === 0 ? 'none was given' : `only ${given} given`
  return error('missing-argument', span, `command line argument ${argument} is missing`, {
    label: range,
    notes: [{ text: `command line argument out of range [1-${given}]` }],
    hint: 'give the arguments after the script: klew SCRIPT ARGUMENT…',
  })
}

export function unusedArgument(span: Span, index: number): Diagnostic {
  return {
    code: 'unused-argument',
    severity: 'warning',
    stage: 'parse',
    span,
    text: `unused command line option $${index}/@${index}`,
    notes: [],
  }
}

export function nulByte(span: Span): Diagnostic {
  return error('nul-byte', span, 'the script ends at this NUL byte, and more stands behind it', {
    hint: 'remove it; inside a string write \\0',
  })
}

export function emptyScript(span: Span, preprocessed: boolean): Diagnostic {
  const after = preprocessed ? ' after preprocessing' : ''
  return error('empty-script', span, `the script is empty${after}`, {
    hint: 'the least that runs is: probe begin { exit() }',
  })
}

export function expectedToken(span: Span, wanted: string, where: string, found: Token): Diagnostic {
  return error('expected-token', span, `expected ${wanted} ${where}, found ${describe(found)}`, {
    label: `expected ${wanted}`,
  })
}

export function expectedItem(span: Span, found: Token): Diagnostic {
  const text = `expected 'probe', 'global', 'private' or 'function', found ${describe(found)}`
  const [near] = found.kind === 'name' ? nearest(found.text, itemWords, 1) : []
  return error('expected-item', span, text, {
    label: 'not inside any probe or function',
    hint: near ? `did you mean '${near}'?` : 'statements stand in a probe: probe begin { … }',
  })
}

export function expectedStatement(span: Span, found: Token): Diagnostic {
  return error('expected-statement', span, `expected a statement, found ${describe(found)}`)
}

export function expectedExpression(span: Span, found: Token): Diagnostic {
  return error('expected-expression', span, `expected an expression, found ${describe(found)}`)
}

export function keywordAsName(span: Span, word: string): Diagnostic {
  return error('keyword-as-name', span, `'${word}' is a keyword and cannot be a name`, {
    hint: `choose another name, such as '${word}_'`,
  })
}

export function misspeltKeyword(span: Span, name: string, word: string): Diagnostic {
  return error('misspelt-keyword', span, `'${name}' is not a keyword`, {
    hint: `did you mean '${word}'?`,
  })
}

export function badName(span: Span, name: string): Diagnostic {
  return error('bad-name', span, `'${name}' is not a name`, {
    label: "'$' starts a target variable and stands nowhere else in a name",
  })
}

export function bareReturn(span: Span, found: Token): Diagnostic {
  const text = `expected an expression after 'return', found ${describe(found)}`
  return error('expected-expression', span, text, { hint: "to return nothing write 'return;'" })
}

export function strayElse(span: Span): Diagnostic {
  return error('stray-else', span, "this 'else' has no 'if'", {
    hint: "the branch of the 'if' is one statement, or a block without ';' behind it",
  })
}

export function strayCatch(span: Span): Diagnostic {
  return error('stray-catch', span, "this 'catch' has no 'try'")
}

export function unclosedBrace(span: Span, open: Span, found: Token): Diagnostic {
  return error('unclosed-brace', span, `a '}' is missing before ${describe(found)}`, {
    notes: [{ span: open, text: 'the block that starts here is not closed' }],
  })
}

export function strayBrace(span: Span): Diagnostic {
  return error('stray-brace', span, "this '}' closes nothing", {
    hint: 'remove it, or look for a block that ends too early above',
  })
}

export function misplacedDeclaration(span: Span, word: string): Diagnostic {
  return error('misplaced-declaration', span, `'${word}' stands inside a handler`, {
    hint: `move it out: '${word}' belongs beside probes and functions; locals need no declaration`,
  })
}

export function numberOutOfRange(span: Span, text: string): Diagnostic {
  return error('number-out-of-range', span, `${text} is not a 64-bit number`, {
    hint: 'numbers are decimal, 0x hexadecimal or 0 octal, up to 18446744073709551615',
  })
}

export function expectedLiteral(span: Span, where: string, found: Token): Diagnostic {
  const text = `expected a number or a string ${where}, found ${describe(found)}`
  return error('expected-literal', span, text, {
    hint: 'only a literal can stand here: it is needed before the script runs',
  })
}

export function initializedArray(span: Span, name: string): Diagnostic {
  return error('initialized-array', span, 'only scalar globals can be initialized', {
    label: `'${name}' has a size, so it is an array`,
    hint: 'fill the array in probe begin',
  })
}

export function wrappedScalar(span: Span, name: string): Diagnostic {
  return error('wrapped-scalar', span, 'wrapping not supported for scalars', {
    label: `'${name}' has an initial value, so it is a scalar`,
    hint: "remove the '%': it makes a full array reuse its oldest element",
  })
}

export function arraySizeOutOfRange(span: Span): Diagnostic {
  return error('array-size', span, 'array size out of range', {
    label: 'a size is a number from 1 to 2147483647',
  })
}

export function priorityOutOfRange(span: Span): Diagnostic {
  return error('function-priority', span, 'specified priority must be > 0', {
    hint: 'functions of one name are tried from priority 1 upwards; leave it out for the first',
  })
}

export function expectedType(span: Span, found: Token): Diagnostic {
  return error('expected-type', span, `expected 'long' or 'string', found ${describe(found)}`)
}

export function typeAfterParameters(span: Span, name: string, type: string): Diagnostic {
  return error('type-after-parameters', span, 'the type of a function stands after its name', {
    hint: `function ${name}:${type} (…)`,
  })
}

export function aliasName(span: Span, reason: string): Diagnostic {
  return error('alias-name', span, `a probe alias needs one plain name, and ${reason}`, {
    hint: 'probe mine.open = kernel.function("do_sys_open") { … }',
  })
}

export function expectedProbePoint(span: Span, found: Token): Diagnostic {
  return error('expected-probe-point', span, `expected a probe point, found ${describe(found)}`, {
    hint: 'such as begin, timer.s(1) or kernel.function("ip_rcv")',
  })
}

export function markInside(span: Span): Diagnostic {
  return error('point-mark', span, "'?', '!' and 'if' stand at the end of a probe point", {
    hint: 'move the mark behind the last part',
  })
}

export function markTwice(span: Span, mark: string): Diagnostic {
  return error('point-mark', span, `'${mark}' is given inside the braces and behind them`, {
    hint: 'write it in one of the two places',
  })
}

export function tooManyParts(span: Span, limit: number): Diagnostic {
  return error('too-many-points', span, `a probe point has ${limit} parts at most`)
}

export function tooManyPoints(span: Span, limit: number): Diagnostic {
  return error('too-many-points', span, `the braces make more than ${limit} probe points`)
}

export function sortTwice(span: Span, first: Span): Diagnostic {
  return error('sort-twice', span, 'multiple sort directives', {
    label: 'a loop is sorted by one thing',
    notes: [{ span: first, text: 'already sorted here' }],
  })
}

export function sortWithoutDirection(span: Span, aggregate: string): Diagnostic {
  return error('sort-direction', span, `expected '+' or '-' after ${aggregate}`, {
    hint: `${aggregate}+ sorts upwards, ${aggregate}- downwards`,
  })
}

export function unknownSort(span: Span, name: string): Diagnostic {
  return error('sort-operator', span, `a loop cannot be sorted by '${name}'`, {
    hint: 'sort by @count, @sum, @min, @max, @avg or @variance',
  })
}

export function notAssignable(span: Span, operator: string): Diagnostic {
  return error('not-assignable', span, `'${operator}' needs a variable on its left`, {
    label: 'this is not a variable, an array element or a target variable',
    ...(operator === '=' ? { hint: "to compare, write '=='" } : {}),
  })
}

export function notIncrementable(span: Span, operator: string): Diagnostic {
  return error('not-assignable', span, `'${operator}' needs a variable`, {
    label: 'this is not a variable, an array element or a target variable',
  })
}

export function notDeletable(span: Span): Diagnostic {
  return error('not-deletable', span, "'delete' needs a variable, an array or an element of one", {
    hint: 'delete all; delete all[key]; delete all[key, *]',
  })
}

export function wildcardKey(span: Span): Diagnostic {
  return error('wildcard-key', span, "'*' as a key stands only in 'in', 'delete' and 'foreach'", {
    label: 'which element is meant?',
  })
}

export function keyListWithoutIn(span: Span): Diagnostic {
  return error('key-list', span, "a list of keys must be followed by 'in'", {
    hint: 'if ([pid(), cpu()] in seen) …',
  })
}

export function inIsNotChained(span: Span): Diagnostic {
  return error('in-operand', span, "'in' takes an array on its right, and nothing binds tighter", {
    hint: 'put parentheses around the whole test: (key in array) == 1',
  })
}

export function matchIsNotChained(span: Span): Diagnostic {
  return error('match-operand', span, "'=~' and '!~' cannot be compared further as they stand", {
    hint: 'put parentheses around the match: (name =~ "^a") == 1',
  })
}

export function histogramAlone(span: Span, name: string): Diagnostic {
  return error('histogram-alone', span, `${name} is a histogram where an expression is expected`, {
    hint: `print it alone, print(${name}(…)), or take one bucket, ${name}(…)[index]`,
  })
}

export function expectedArray(span: Span, found: Token): Diagnostic {
  const text = `expected the name of an array after 'in', found ${describe(found)}`
  return error('expected-array', span, text)
}

export function patternNotLiteral(span: Span, operator: string): Diagnostic {
  return error('pattern-not-literal', span, `'${operator}' needs a literal pattern on its right`, {
    label: 'not a string literal',
    hint: 'patterns are compiled before the script runs; compare computed text with ==',
  })
}

export function callWithoutParentheses(span: Span, name: string): Diagnostic {
  return error('expected-parenthesis', span, `'${name}' takes its arguments in parentheses`, {
    hint: `${name}(…)`,
  })
}

export function formatNotLiteral(span: Span, name: string): Diagnostic {
  return error('format-not-literal', span, `the format of '${name}' must be a string literal`, {
    hint: `to print a value as it is, write ${name === 'printf' ? 'print' : 'sprint'}(value)`,
  })
}

export function delimiterNotLiteral(span: Span, name: string): Diagnostic {
  return error('delimiter-not-literal', span, `the delimiter of '${name}' must be a string literal`)
}

export function badFormat(span: Span, why: string): Diagnostic {
  return error('bad-format', span, `invalid or missing conversion specifier: ${why}`, {
    notes: [{ text: '%[flag][width][.precision]conversion, with one flag of 0 + - space #' }],
    hint: 'conversions are d i u x X o p s c b m M; write %% for a percent sign',
  })
}

export function tooFewPrinted(span: Span, name: string, least: number): Diagnostic {
  const values = least === 1 ? 'a value' : `${least} values or more`
  return error('print-arguments', span, `'${name}' needs ${values} to print`)
}

export function tooManyPrinted(span: Span, count: number, limit: number): Diagnostic {
  return error('print-arguments', span, `too many arguments to print (${count})`, {
    label: `${limit} at most`,
    hint: 'print in several steps',
  })
}

export function unknownOperator(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-operator', span, `there is no operator or macro ${name}`, {
    ...(near.length > 0 ? { hint: `did you mean ${near.join(' or ')}?` } : {}),
  })
}

export function operatorArguments(
  span: Span,
  name: string,
  usage: string,
  given: number,
): Diagnostic {
  const found = given === 0 ? 'none was given' : `${given} given`
  return error('operator-arguments', span, `${name} does not take these arguments: ${found}`, {
    hint: `write ${usage}`,
  })
}

export function expectedStringArgument(span: Span, name: string, usage: string): Diagnostic {
  return error('operator-argument', span, `${name} needs a string literal here`, {
    hint: `write ${usage}`,
  })
}

export function expectedNumberArgument(span: Span, name: string, usage: string): Diagnostic {
  return error('operator-argument', span, `${name} needs a literal number here`, {
    hint: `write ${usage}`,
  })
}

export function pathAfterPretty(span: Span): Diagnostic {
  return error('pretty-print', span, '-> and [ ] not accepted for pretty-printing', {
    hint: "the '$' that asks for pretty printing comes last: $task->signal$",
  })
}

export function tooManyDollars(span: Span): Diagnostic {
  return error('pretty-print', span, "pretty printing is '$' or '$$'", {
    hint: "'$' prints the members of a struct, '$$' those of the structs in it too",
  })
}

export function addressOfNothing(span: Span): Diagnostic {
  return error('address-of', span, "'&' takes the address of a target variable or a member", {
    hint: 'such as &$skb->cb or &@cast(p, "tcphdr")->seq',
  })
}

export function addressTwice(span: Span): Diagnostic {
  return error('address-of', span, 'cannot take the address of an address', {
    hint: "remove one '&'",
  })
}

export function needsGuru(span: Span, what: string): Diagnostic {
  return error('needs-guru', span, `${what} needs guru mode`, {
    hint: 'run it with -g; most of what it is used for is a function of the library, too',
  })
}

export function tooDeep(span: Span): Diagnostic {
  return error('too-deep', span, 'this is nested too deeply', {
    hint: 'split it into functions or intermediate variables',
  })
}

export function strayPreprocessor(span: Span, bracket: string): Diagnostic {
  return error('stray-conditional', span, `'${bracket}' stands outside any '%('`, {
    hint: "a conditional is %( test %? then %: otherwise %); for modulo, put a space behind '%'",
  })
}

export function unclosedPreprocessor(span: Span): Diagnostic {
  return error('unclosed-conditional', span, "this '%(' has no '%)'", {
    hint: "a conditional is %( test %? then %: otherwise %); for modulo, put a space behind '%'",
  })
}

export function conditionSyntax(span: Span, wanted: string): Diagnostic {
  return error('condition-syntax', span, `a conditional needs ${wanted}`, {
    hint: 'such as %( kernel_v >= "5.10" %? … %: … %); for modulo, put a space behind \'%\'',
  })
}

export function unknownCondition(span: Span, name: string, near: readonly string[]): Diagnostic {
  return error('unknown-condition', span, `a conditional cannot ask about '${name}'`, {
    ...(near.length > 0 ? { hint: `did you mean ${near.join(' or ')}?` } : {}),
  })
}

export function conditionOperands(span: Span, name: string, wanted: string): Diagnostic {
  return error('condition-operands', span, `'${name}' is compared with ${wanted}`)
}

export function conditionOperator(span: Span, name: string): Diagnostic {
  return error('condition-operator', span, `'${name}' is compared with == and != only`)
}

export function unknownKernel(span: Span, name: string): Diagnostic {
  return error('condition-unknown', span, `'${name}' is not known here`, {
    label: 'this depends on the kernel, and no kernel is at hand',
  })
}

export function configNotNumber(span: Span, name: string, value: string): Diagnostic {
  return error('condition-operands', span, `'${name}' is not a number here, but "${value}"`, {
    hint: 'compare it with a string',
  })
}

export function orderedPattern(span: Span, pattern: string): Diagnostic {
  return error('condition-operator', span, `the pattern "${pattern}" has no order`, {
    hint: 'compare with == or !=, or write a version without wildcards',
  })
}

export function secondBranch(span: Span): Diagnostic {
  return error('stray-conditional', span, "this is the second '%:' of its '%('", {
    hint: 'for more than two cases put one conditional into another',
  })
}

export function macroSyntax(span: Span): Diagnostic {
  return error('macro-syntax', span, 'this macro is not a definition', {
    hint: '@define name(a, b) %( @a + @b %)',
  })
}

export function macroInMacro(span: Span): Diagnostic {
  return error('macro-in-macro', span, 'a macro cannot define a macro')
}

export function macroRecursion(span: Span, name: string): Diagnostic {
  return error('macro-recursion', span, `the macro ${name} uses itself`)
}

export function macroArgumentCount(
  span: Span,
  name: string,
  { wanted, given }: { readonly wanted: number; readonly given: number },
): Diagnostic {
  const text = `the macro ${name} takes ${wanted} argument${wanted === 1 ? '' : 's'}, not ${given}`
  return error('macro-arguments', span, text)
}

export function unclosedArguments(span: Span, name: string): Diagnostic {
  return error('macro-arguments', span, `the arguments of ${name} have no closing ')'`)
}

export function redefinedMacro(span: Span, name: string, first: Span): Diagnostic {
  return error('macro-redefined', span, `the macro ${name} is defined twice in this file`, {
    notes: [macroDefined(first, name)],
    hint: 'put the conditional inside the macro: @define a %( %( … %? … %: … %) %)',
  })
}

export function builtInMacro(
  span: Span,
  name: string,
  severity: Diagnostic['severity'],
): Diagnostic {
  const text = `this macro redefines the built-in operator ${name}`
  return { ...error('macro-built-in', span, text), severity }
}

export function macroDefined(span: Span, name: string): Note {
  return { span, text: `${name} is defined here` }
}

export function macroFileContent(span: Span): Diagnostic {
  return error('macro-file', span, 'only @define may stand in a macro file', {
    hint: 'functions, globals and aliases of a library go into a .stp file',
  })
}

export function macrosTooLong(span: Span, limit: number): Diagnostic {
  return error('macros-too-long', span, `macros and conditionals make more than ${limit} words`)
}
