import fc, { type Arbitrary } from 'fast-check'
import type {
  Accessor,
  AssignExpression,
  BinaryOperator,
  Block,
  Expression,
  Item,
  Name,
  PointComponent,
  ProbePoint,
  ScriptFile,
  SliceKey,
  Statement,
} from '../../src/syntax/ast.ts'
import { Source } from '../../src/text/source.ts'

// Random trees for tests: such as a parse can give, so that print and parse must agree on them.

const span = new Source('random', '').span(0, 0)

// A literal `then` would make the linter take these records for promises.
const THEN = 'then' as const

const word = fc.constantFrom('a', 'b2', '_c', 'exit', 'begin', 'x1_y')
const byteString = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 })
  .map(bytes => String.fromCharCode(...bytes))
const long = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt(0n, 99n),
)

const name: Arbitrary<Name> = word.map(name => ({ kind: 'name', name, span }))
const number = long.map(value => ({ kind: 'number' as const, value, span }))
const string = byteString.map(value => ({ kind: 'string' as const, value, span }))
const literal = fc.oneof(number, string)

const binaryOperators: readonly BinaryOperator[] = [
  ...(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '>>>', '&&', '||'] as const),
  ...(['<', '>', '<=', '>=', '==', '!=', '.'] as const),
]
const assignOperators = [
  ...(['=', '<<<', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|=', '.='] as const),
]

function list<T>(of: Arbitrary<T>, least: number): Arbitrary<T[]> {
  return fc.array(of, { minLength: least, maxLength: 3 })
}

function isAddress(e: Expression): boolean {
  return 'addressOf' in e && e.addressOf
}

const { expression } = fc.letrec<{ expression: Expression; key: SliceKey; accessor: Accessor }>(
  tie => {
    const e = tie('expression')
    const keys = list(tie('key'), 1)
    const statistic = fc.record({
      kind: fc.constant('histogram' as const),
      name: fc.constant('@hist_log' as const),
      statistic: e,
      parameters: fc.constant([]),
      span: fc.constant(span),
    })
    const array = fc.oneof({ arbitrary: name, weight: 4 }, statistic)
    const access = {
      path: list(tie('accessor'), 1),
      pretty: fc.constantFrom<(0 | 1 | 2)[]>(0, 0, 1, 2),
      addressOf: fc.boolean(),
      span: fc.constant(span),
    }
    const plain = { ...access, pretty: fc.constant<0>(0), addressOf: fc.constant(false) }
    const target = { kind: fc.constant('target' as const), name: fc.constantFrom('$x', '$return') }
    const at = { nameSpan: fc.constant(span), span: fc.constant(span) }
    const lvalue: Arbitrary<Expression> = fc.oneof(
      name,
      fc.record({
        ...{ kind: fc.constant('element' as const), array: name, keys: list(e, 1) },
        span: fc.constant(span),
      }),
      fc.record({ ...target, ...plain, nameSpan: fc.constant(span) }),
      fc.record({ kind: fc.constant('member' as const), base: e, ...plain }),
    )
    const cast = {
      kind: fc.constant('cast' as const),
      operand: e,
      type: byteString,
      module: byteString,
      ...access,
      path: list(tie('accessor'), 0),
    }
    return {
      key: fc.oneof(e, fc.constant<SliceKey>({ kind: 'any', span })),
      accessor: fc.oneof<Arbitrary<Accessor>[]>(
        fc.record({
          kind: fc.constant('field' as const),
          name: fc.oneof(word, fc.constant('next')),
          span: fc.constant(span),
        }),
        fc.record({ kind: fc.constant('index' as const), index: e, span: fc.constant(span) }),
      ),
      expression: fc.oneof(
        { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
        name,
        number,
        string,
        lvalue,
        fc.record({ kind: fc.constant('call' as const), name: word, arguments: list(e, 0), ...at }),
        fc.record({
          kind: fc.constant('print' as const),
          name: fc.constantFrom('print' as const, 'sprintln' as const),
          arguments: list(e, 1),
          ...at,
        }),
        fc.record({
          kind: fc.constant('print' as const),
          name: fc.constant('printdln' as const),
          literal: string,
          arguments: fc.array(e, { minLength: 2, maxLength: 3 }),
          ...at,
        }),
        fc.record({
          kind: fc.constant('unary' as const),
          operator: fc.constantFrom('+' as const, '-' as const, '!' as const, '~' as const),
          operand: e,
          span: fc.constant(span),
        }),
        fc.record({
          kind: fc.constant('increment' as const),
          operator: fc.constantFrom('++' as const, '--' as const),
          prefix: fc.boolean(),
          target: lvalue,
          span: fc.constant(span),
        }),
        fc.record({
          kind: fc.constant('binary' as const),
          operator: fc.constantFrom(...binaryOperators),
          operatorSpan: fc.constant(span),
          left: e,
          right: e,
          span: fc.constant(span),
        }),
        fc.record({
          kind: fc.constant('match' as const),
          operator: fc.constantFrom('=~' as const, '!~' as const),
          left: e,
          pattern: string,
          span: fc.constant(span),
        }),
        fc.record({ kind: fc.constant('in' as const), keys, array, span: fc.constant(span) }),
        fc.record({
          kind: fc.constant('conditional' as const),
          ...{ test: e, [THEN]: e, otherwise: e, span: fc.constant(span) },
        }),
        fc.record<AssignExpression>({
          kind: fc.constant('assign' as const),
          operator: fc.constantFrom(...assignOperators),
          operatorSpan: fc.constant(span),
          target: lvalue,
          value: e,
          span: fc.constant(span),
        }),
        fc.record({ ...target, ...access, nameSpan: fc.constant(span) }),
        fc.record({
          ...{ ...target, ...access, name: byteString, path: list(tie('accessor'), 0) },
          variable: fc.record({ module: byteString }, { requiredKeys: [] }),
          nameSpan: fc.constant(span),
        }),
        fc
          .record({ kind: fc.constant('member' as const), base: e, ...access })
          // The address of an address does not exist.
          .map(m => ({ ...m, addressOf: m.addressOf && !isAddress(m.base) })),
        fc.record({
          kind: fc.constant('print' as const),
          ...{ name: fc.constant('print' as const), arguments: fc.tuple(statistic), ...at },
        }),
        fc.record(cast, {
          requiredKeys: ['kind', 'operand', 'type', 'path', 'pretty', 'addressOf', 'span'],
        }),
        fc.record({
          kind: fc.constant('operator' as const),
          name: fc.constant('@defined'),
          arguments: list(e, 1),
          ...at,
        }),
        fc.record({
          kind: fc.constant('aggregate' as const),
          name: fc.constantFrom('@count' as const, '@avg' as const),
          statistic: e,
          parameters: fc.constant([]),
          span: fc.constant(span),
        }),
        fc.constant<Expression>({ kind: 'embedded', text: ' c ', span }),
      ),
    }
  },
)

const simple: Arbitrary<Statement> = fc.oneof(
  expression.map(
    (e): Statement =>
      // Embedded code alone is a statement of its own kind.
      e.kind === 'embedded' ? e : { kind: 'expression', expression: e, span },
  ),
  fc
    .constantFrom('break' as const, 'continue' as const, 'next' as const)
    .map(kind => ({ kind, span })),
  fc.record(
    { kind: fc.constant('return' as const), value: expression, span: fc.constant(span) },
    { requiredKeys: ['kind', 'span'] },
  ),
  fc.record({ kind: fc.constant('delete' as const), target: name, span: fc.constant(span) }),
  fc.constant<Statement>({ kind: 'empty', span }),
)

const { block } = fc.letrec<{ statement: Statement; block: Block }>(tie => {
  const body = fc.oneof<Arbitrary<Statement>[]>(simple, tie('block'))
  const block = tie('block')
  const end = { body, span: fc.constant(span) }
  return {
    block: fc.record({
      kind: fc.constant('block' as const),
      statements: list(tie('statement'), 0),
      span: fc.constant(span),
    }),
    statement: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      simple,
      block,
      fc.record(
        {
          kind: fc.constant('if' as const),
          ...{
            test: expression,
            [THEN]: body,
            otherwise: tie('statement'),
            span: fc.constant(span),
          },
        },
        { requiredKeys: ['kind', 'test', 'then', 'span'] },
      ),
      fc.record({ kind: fc.constant('while' as const), test: expression, ...end }),
      fc.record(
        {
          kind: fc.constant('for' as const),
          ...{ start: expression, test: expression, step: expression },
          ...end,
        },
        { requiredKeys: ['kind', 'body', 'span'] },
      ),
      fc.record(
        {
          kind: fc.constant('foreach' as const),
          value: name,
          keys: list(name, 1),
          array: name,
          slice: list(fc.oneof(expression, fc.constant<SliceKey>({ kind: 'any', span })), 1),
          sort: fc.oneof(
            fc.record({
              ascending: fc.boolean(),
              by: fc.constantFrom<('value' | number)[]>('value', 0),
              span: fc.constant(span),
            }),
            fc.record({
              ascending: fc.boolean(),
              by: fc.constant('value' as const),
              aggregate: fc.constant('@sum' as const),
              span: fc.constant(span),
            }),
          ),
          limit: expression,
          ...end,
        },
        { requiredKeys: ['kind', 'keys', 'array', 'body', 'span'] },
      ),
      fc.record(
        {
          kind: fc.constant('try' as const),
          ...{ body: block, message: name, handler: block, span: fc.constant(span) },
        },
        { requiredKeys: ['kind', 'body', 'handler', 'span'] },
      ),
    ),
  }
})

const component: Arbitrary<PointComponent> = fc.record(
  {
    name: fc.constantFrom('kernel', 'function', 'return', 'x*', '**', 'a2*b'),
    argument: literal,
    span: fc.constant(span),
  },
  { requiredKeys: ['name', 'span'] },
)

const point: Arbitrary<ProbePoint> = fc
  .record(
    {
      components: list(component, 1),
      mark: fc.constantFrom('', '?', '!'),
      condition: expression,
      span: fc.constant(span),
    },
    { requiredKeys: ['components', 'mark', 'span'] },
  )
  .map(({ mark, ...rest }) => ({ ...rest, optional: mark !== '', sufficient: mark === '!' }))

const aliasName = list(
  component.map((c): PointComponent => ({ ...c, name: 'alias' })),
  1,
)

const item: Arbitrary<Item> = fc.oneof<Arbitrary<Item>[]>(
  fc.record({
    kind: fc.constant('probe' as const),
    ...{ points: list(point, 1), body: block, span: fc.constant(span) },
  }),
  fc.record(
    {
      kind: fc.constant('alias' as const),
      ...{ name: aliasName, points: list(point, 1), prologue: block, epilogue: block },
      span: fc.constant(span),
    },
    { requiredKeys: ['kind', 'name', 'points', 'prologue', 'span'] },
  ),
  fc.record({
    kind: fc.constant('alias' as const),
    ...{ name: aliasName, points: list(point, 1), epilogue: block, span: fc.constant(span) },
  }),
  fc.record(
    {
      kind: fc.constant('global' as const),
      name: word,
      nameSpan: fc.constant(span),
      private: fc.boolean(),
      wrap: fc.constant(false),
      initial: literal,
      span: fc.constant(span),
    },
    { requiredKeys: ['kind', 'name', 'nameSpan', 'private', 'wrap', 'span'] },
  ),
  fc.record({
    kind: fc.constant('global' as const),
    name: word,
    nameSpan: fc.constant(span),
    private: fc.boolean(),
    wrap: fc.boolean(),
    size: fc.bigInt(1n, 2n ** 31n - 1n),
    span: fc.constant(span),
  }),
  fc.record(
    {
      kind: fc.constant('function' as const),
      ...{ name: word, nameSpan: fc.constant(span), private: fc.boolean() },
      type: fc.constantFrom('long' as const, 'string' as const),
      parameters: list(
        fc.record(
          {
            name: word,
            type: fc.constantFrom('long' as const, 'string' as const),
            span: fc.constant(span),
          },
          { requiredKeys: ['name', 'span'] },
        ),
        0,
      ),
      priority: fc.bigInt(1n, 9n),
      body: fc.oneof(block, fc.constant({ kind: 'embedded' as const, text: ' return 1; ', span })),
      span: fc.constant(span),
    },
    { requiredKeys: ['kind', 'name', 'nameSpan', 'private', 'parameters', 'body', 'span'] },
  ),
  fc.constant<Item>({
    kind: 'embedded-item',
    code: { kind: 'embedded', text: '\n#x\n', span },
    span,
  }),
)

export const randomFile: Arbitrary<ScriptFile> = list(item, 1).map(items => ({
  ...{ kind: 'file', items, span },
}))
