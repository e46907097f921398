import type { Span } from '../text/source.ts'

/**
 * The tree of a script as written: nothing resolved, nothing typed. It covers the whole language;
 * what later stages do not know yet, they refuse by name.
 *
 * Strings are **byte strings**: one char per byte, U+0000 to U+00FF, escapes already read. Script
 * text outside ASCII stands as its UTF-8 bytes.
 */
export interface ScriptFile {
  readonly kind: 'file'
  readonly items: readonly Item[]
  readonly span: Span
}

export type Item = ProbeItem | AliasItem | GlobalItem | FunctionItem | EmbeddedCodeItem

/** `probe point, point { body }` */
export interface ProbeItem {
  readonly kind: 'probe'
  readonly points: readonly ProbePoint[]
  readonly body: Block
  readonly span: Span
}

/** `probe name.parts = points { prologue }` or `+= points { epilogue }`. */
export interface AliasItem {
  readonly kind: 'alias'
  readonly name: readonly PointComponent[]
  readonly points: readonly ProbePoint[]
  readonly prologue?: Block
  readonly epilogue?: Block
  readonly span: Span
}

export interface GlobalItem {
  readonly kind: 'global'
  readonly name: string
  readonly nameSpan: Span
  readonly private: boolean
  /** `%`: a full array reuses its oldest element. */
  readonly wrap: boolean
  /** `[SIZE]` */
  readonly size?: bigint
  readonly initial?: NumberLiteral | StringLiteral
  readonly span: Span
}

export interface FunctionItem {
  readonly kind: 'function'
  readonly name: string
  readonly nameSpan: Span
  readonly private: boolean
  readonly type?: TypeName
  readonly parameters: readonly Parameter[]
  readonly priority?: bigint
  /** A script body, or the text between `%{` and `%}`. */
  readonly body: Block | EmbeddedCode
  readonly span: Span
}

export interface Parameter {
  readonly name: string
  readonly type?: TypeName
  readonly span: Span
}

export type TypeName = 'long' | 'string'

export interface EmbeddedCodeItem {
  readonly kind: 'embedded-item'
  readonly code: EmbeddedCode
  readonly span: Span
}

export interface EmbeddedCode {
  readonly kind: 'embedded'
  readonly text: string
  readonly span: Span
}

/** `kernel.function("x").return ? if (cond)` */
export interface ProbePoint {
  readonly components: readonly PointComponent[]
  /** `?`: may resolve to nothing. `!`: the same, and if it resolves the rest of the list is dropped. */
  readonly optional: boolean
  readonly sufficient: boolean
  readonly condition?: Expression
  readonly span: Span
}

export interface PointComponent {
  /** May hold `*` and `**`. */
  readonly name: string
  readonly argument?: NumberLiteral | StringLiteral
  readonly span: Span
}

// --- statements

export type Statement =
  | Block
  | ExpressionStatement
  | IfStatement
  | WhileStatement
  | ForStatement
  | ForeachStatement
  | JumpStatement
  | ReturnStatement
  | DeleteStatement
  | TryStatement
  | EmptyStatement
  | EmbeddedCode

export interface Block {
  readonly kind: 'block'
  readonly statements: readonly Statement[]
  readonly span: Span
}

export interface ExpressionStatement {
  readonly kind: 'expression'
  readonly expression: Expression
  readonly span: Span
}

export interface IfStatement {
  readonly kind: 'if'
  readonly test: Expression
  readonly then: Statement
  readonly otherwise?: Statement
  readonly span: Span
}

export interface WhileStatement {
  readonly kind: 'while'
  readonly test: Expression
  readonly body: Statement
  readonly span: Span
}

export interface ForStatement {
  readonly kind: 'for'
  readonly start?: Expression
  readonly test?: Expression
  readonly step?: Expression
  readonly body: Statement
  readonly span: Span
}

/** `foreach (value = [k1, k2] in array[slice] @op +/- limit n)` */
export interface ForeachStatement {
  readonly kind: 'foreach'
  readonly value?: Name
  readonly keys: readonly Name[]
  readonly array: Name | HistogramExpression
  readonly slice?: readonly SliceKey[]
  readonly sort?: Sort
  readonly limit?: Expression
  readonly body: Statement
  readonly span: Span
}

export interface Sort {
  readonly ascending: boolean
  /** `value`, or the index of the key that carries the mark. */
  readonly by: 'value' | number
  /** For arrays of statistics; `@count` when absent. */
  readonly aggregate?: '@count' | '@sum' | '@min' | '@max' | '@avg' | '@variance'
  readonly span: Span
}

/** A key of a slice: an expression, or `*` for any. */
export type SliceKey = Expression | AnyKey

export interface AnyKey {
  readonly kind: 'any'
  readonly span: Span
}

export interface JumpStatement {
  readonly kind: 'break' | 'continue' | 'next'
  readonly span: Span
}

export interface ReturnStatement {
  readonly kind: 'return'
  readonly value?: Expression
  readonly span: Span
}

export interface DeleteStatement {
  readonly kind: 'delete'
  /** A name (a whole array, or a scalar to reset), an element, or an element with `*` keys. */
  readonly target: Expression
  readonly span: Span
}

export interface TryStatement {
  readonly kind: 'try'
  readonly body: Block
  readonly message?: Name
  readonly handler: Block
  readonly span: Span
}

export interface EmptyStatement {
  readonly kind: 'empty'
  readonly span: Span
}

// --- expressions

export type Expression =
  | NumberLiteral
  | StringLiteral
  | Name
  | ElementExpression
  | CallExpression
  | PrintExpression
  | UnaryExpression
  | IncrementExpression
  | BinaryExpression
  | MatchExpression
  | InExpression
  | ConditionalExpression
  | AssignExpression
  | TargetExpression
  | MemberExpression
  | CastExpression
  | OperatorExpression
  | AggregateExpression
  | HistogramExpression
  | EmbeddedCode

export interface NumberLiteral {
  readonly kind: 'number'
  /** Wrapped to signed 64 bits. */
  readonly value: bigint
  readonly span: Span
}

export interface StringLiteral {
  readonly kind: 'string'
  readonly value: string
  readonly span: Span
}

export interface Name {
  readonly kind: 'name'
  readonly name: string
  readonly span: Span
}

/** `array[k1, k2]`; `*` keys only in `in` and `delete`. Or a bucket, `@hist_log(s)[i]`. */
export interface ElementExpression {
  readonly kind: 'element'
  readonly array: Name | HistogramExpression
  readonly keys: readonly SliceKey[]
  readonly span: Span
}

export interface CallExpression {
  readonly kind: 'call'
  readonly name: string
  readonly nameSpan: Span
  readonly arguments: readonly Expression[]
  readonly span: Span
}

/** The print family; a format is a literal and stands first. */
export interface PrintExpression {
  readonly kind: 'print'
  readonly name: PrintName
  readonly nameSpan: Span
  /** printf and sprintf: the format. printd, printdln and their s… forms: the delimiter. */
  readonly literal?: StringLiteral
  readonly arguments: readonly Expression[]
  readonly span: Span
}

export type PrintName =
  | 'print'
  | 'println'
  | 'printf'
  | 'printd'
  | 'printdln'
  | 'sprint'
  | 'sprintln'
  | 'sprintf'
  | 'sprintd'
  | 'sprintdln'

export interface UnaryExpression {
  readonly kind: 'unary'
  readonly operator: '+' | '-' | '!' | '~'
  readonly operand: Expression
  readonly span: Span
}

export interface IncrementExpression {
  readonly kind: 'increment'
  readonly operator: '++' | '--'
  readonly prefix: boolean
  readonly target: Expression
  readonly span: Span
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>'
  | '>>>'
  | '&&'
  | '||'
  | '<'
  | '>'
  | '<='
  | '>='
  | '=='
  | '!='
  | '.'

export interface BinaryExpression {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly operatorSpan: Span
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `text =~ "regex"` */
export interface MatchExpression {
  readonly kind: 'match'
  readonly operator: '=~' | '!~'
  readonly left: Expression
  readonly pattern: StringLiteral
  readonly span: Span
}

/** `[k1, *] in array` */
export interface InExpression {
  readonly kind: 'in'
  readonly keys: readonly SliceKey[]
  readonly array: Name | HistogramExpression
  readonly span: Span
}

export interface ConditionalExpression {
  readonly kind: 'conditional'
  readonly test: Expression
  readonly then: Expression
  readonly otherwise: Expression
  readonly span: Span
}

export type AssignOperator =
  | '='
  | '<<<'
  | '+='
  | '-='
  | '*='
  | '/='
  | '%='
  | '<<='
  | '>>='
  | '&='
  | '^='
  | '|='
  | '.='

export interface AssignExpression {
  readonly kind: 'assign'
  readonly operator: AssignOperator
  readonly operatorSpan: Span
  readonly target: Expression
  readonly value: Expression
  readonly span: Span
}

/** `$skb->dev->name`, `&$p->f`, `$$vars`, `$x$$`, `@var("x")->f`. */
export interface TargetExpression {
  readonly kind: 'target'
  /** With its `$` or `$$`; for `@var`, the symbol. */
  readonly name: string
  readonly nameSpan: Span
  /** `@var("name@file", "module")` */
  readonly variable?: { readonly module?: string }
  readonly path: readonly Accessor[]
  readonly addressOf: boolean
  /** Number of trailing `$`: pretty printing of one or all levels. */
  readonly pretty: 0 | 1 | 2
  readonly span: Span
}

export type Accessor =
  | { readonly kind: 'field'; readonly name: string; readonly span: Span }
  | { readonly kind: 'index'; readonly index: Expression; readonly span: Span }

/** `send->td_end`, where `send` is any expression whose struct type is known from `@cast`. */
export interface MemberExpression {
  readonly kind: 'member'
  readonly base: Expression
  readonly path: readonly Accessor[]
  readonly addressOf: boolean
  readonly pretty: 0 | 1 | 2
  readonly span: Span
}

/** `@cast(p, "struct sk_buff", "kernel<linux/skbuff.h>")->dev` */
export interface CastExpression {
  readonly kind: 'cast'
  readonly operand: Expression
  readonly type: string
  readonly module?: string
  readonly path: readonly Accessor[]
  readonly addressOf: boolean
  readonly pretty: 0 | 1 | 2
  readonly span: Span
}

/** The other `@` operators, `@entry(e)`, `@defined(e)`, `@const("X")`, `@perf("x")` … */
export interface OperatorExpression {
  readonly kind: 'operator'
  readonly name: string
  readonly nameSpan: Span
  readonly arguments: readonly Expression[]
  readonly span: Span
}

/** `@count(s)`, `@variance(s, shift)` */
export interface AggregateExpression {
  readonly kind: 'aggregate'
  readonly name: '@count' | '@sum' | '@min' | '@max' | '@avg' | '@variance'
  readonly statistic: Expression
  readonly parameters: readonly Expression[]
  readonly span: Span
}

/** `@hist_log(s)`, `@hist_linear(s, low, high, width)` */
export interface HistogramExpression {
  readonly kind: 'histogram'
  readonly name: '@hist_log' | '@hist_linear'
  readonly statistic: Expression
  readonly parameters: readonly Expression[]
  readonly span: Span
}
