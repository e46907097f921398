import type { Comparison, Instruction, IrFunction, Operand, PlainOp, Terminator } from '../ir/ir.ts'

/**
 * JavaScript source of one IR function, and the objects that it refers to as `k[…]`.
 *
 * The source is an expression: a function of the parameters, over `rt` (the Runtime of
 * evaluate.ts) and `k`. Blocks are the cases of a switch in a loop; longs are BigInts kept in 64
 * signed bits, strings are byte strings.
 */
export interface GeneratedSource {
  readonly source: string
  readonly constants: readonly unknown[]
}

/** Refuses, by throwing, what only a kernel handler can hold: the compiler never gives it here. */
export function generateFunction(fn: IrFunction): GeneratedSource {
  const constants: unknown[] = []
  const places = new Map<unknown, string>()
  const catches = fn.blocks.some(b => b.handler !== undefined)
  const loop = `for(;;)switch(b){${fn.blocks.map((_, i) => blockSource(i)).join('\n')}}`
  const body = catches ? `for(;;)try{${loop}}catch(e){${catchSource()}}` : loop
  const source = [
    `(function(${fn.parameters.map(p => `r${p}`).join(',')}){`,
    declarations(fn),
    'const depth=rt.depth;let b=0,err="";',
    body,
    '})',
  ].join('\n')
  return { source, constants }

  function catchSource(): string {
    const handlers = constant(fn.blocks.map(b => b.handler))
    return `b=rt.handlerFor(e,${handlers}[b]);err=e.text;rt.depth=depth;`
  }

  function blockSource(index: number): string {
    const block = fn.blocks[index]
    if (block === undefined) return ''
    const instructions = block.instructions.map(i => instructionSource(i, constant))
    return `case ${index}:{${instructions.join('\n')}\n${endSource(block.end, index)}}`
  }

  function endSource(end: Terminator, from: number): string {
    switch (end.op) {
      case 'jump':
        return jump(end.to, from)
      case 'branch': {
        const test = `${operand(end.test)}!==0n`
        return `if(${test}){${jump(end.then, from)}}else{${jump(end.otherwise, from)}}`
      }
      case 'return':
        return `return ${end.value === undefined ? zeroOf(fn.result) : operand(end.value)};`
    }
  }

  function jump(to: number, from: number): string {
    // Back edges go to a lower index: there an endless loop is stopped.
    const step = to <= from ? `rt.step(${constant(fn.blocks[to]?.loop)});` : ''
    return `${step}b=${to};continue;`
  }

  function constant(value: unknown): string {
    const known = places.get(value)
    if (known !== undefined) return known
    const place = `k[${constants.push(value) - 1}]`
    places.set(value, place)
    return place
  }
}

function declarations(fn: IrFunction): string {
  const locals = fn.registers.flatMap((register, i) =>
    fn.parameters.includes(i) ? [] : [`r${i}=${zeroOf(register.type)}`],
  )
  const iterations = new Set<number>()
  for (const block of fn.blocks) {
    for (const i of block.instructions) if (i.op === 'iterate') iterations.add(i.iteration)
  }
  for (const i of iterations) locals.push(`it${i}=[]`, `at${i}=0`)
  return locals.length === 0 ? '' : `let ${locals.join(',')};`
}

function zeroOf(type: 'long' | 'string' | 'void'): string {
  return type === 'void' ? '' : type === 'string' ? '""' : '0n'
}

function operand(o: Operand): string {
  switch (o.kind) {
    case 'reg':
      return `r${o.reg}`
    case 'number':
      return o.value < 0n ? `(${o.value}n)` : `${o.value}n`
    case 'text':
      return JSON.stringify(o.value)
  }
}

function list(operands: readonly (Operand | undefined)[]): string {
  return `[${operands.map(o => (o === undefined ? 'undefined' : operand(o))).join(',')}]`
}

const PLAIN: Readonly<Record<PlainOp, (a: string, b: string) => string>> = {
  add: (a, b) => `BigInt.asIntN(64,${a}+${b})`,
  sub: (a, b) => `BigInt.asIntN(64,${a}-${b})`,
  mul: (a, b) => `BigInt.asIntN(64,${a}*${b})`,
  and: (a, b) => `(${a}&${b})`,
  or: (a, b) => `(${a}|${b})`,
  xor: (a, b) => `(${a}^${b})`,
  shl: (a, b) => `BigInt.asIntN(64,${a}<<(${b}&63n))`,
  shr: (a, b) => `(${a}>>(${b}&63n))`,
  ushr: (a, b) => `BigInt.asIntN(64,BigInt.asUintN(64,${a})>>(${b}&63n))`,
  udiv: (a, b) => `BigInt.asIntN(64,BigInt.asUintN(64,${a})/BigInt.asUintN(64,${b}))`,
}

const COMPARE: Readonly<Record<Comparison, string>> = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

type Constant = (value: unknown) => string

// One case an instruction: long, but each is a line or two.
function instructionSource(i: Instruction, k: Constant): string {
  switch (i.op) {
    case 'copy':
      return `r${i.to}=${operand(i.from)};`
    case 'unary':
      return i.what === 'neg'
        ? `r${i.to}=BigInt.asIntN(64,-${operand(i.a)});`
        : `r${i.to}=~${operand(i.a)};`
    case 'binary':
      return `r${i.to}=${PLAIN[i.what](operand(i.a), operand(i.b))};`
    case 'divide':
      return `r${i.to}=rt.${i.what}(${operand(i.a)},${operand(i.b)},${k(i.span)});`
    case 'compare':
    case 'compare-text':
      return `r${i.to}=${operand(i.a)}${COMPARE[i.what]}${operand(i.b)}?1n:0n;`
    case 'concat':
      return `r${i.to}=rt.clip(${operand(i.a)}+${operand(i.b)});`
    case 'match': {
      const matching = i.captures ? 'capture' : 'matches'
      return `r${i.to}=rt.texts.${matching}(${JSON.stringify(i.pattern)},${operand(i.text)})?1n:0n;`
    }
    case 'groups':
      return `r${i.to}=rt.texts.groups();`
    case 'matched':
      return `r${i.to}=rt.texts.matched(${operand(i.index)});`
    case 'tokenize':
      return `r${i.to}=rt.texts.tokenize(${operand(i.text)},${operand(i.delimiters)});`
    case 'format':
      return `r${i.to}=rt.clip(rt.format(${k(i.format)},${list(i.args)},${k(i.span)}));`
    case 'context':
      return `r${i.to}=rt.environment.context(${JSON.stringify(i.what)});`
    case 'reply':
      return `rt.environment.reply(${operand(i.value)},${i.append});`
    case 'load':
      return `r${i.to}=rt.load(${operand(i.address)},${i.size},${i.signed},${i.user},${k(i.span)});`
    case 'load-text': {
      const otherwise = i.otherwise === undefined ? 'undefined' : operand(i.otherwise)
      return `r${i.to}=rt.loadText(${operand(i.address)},${i.limit},${otherwise},${i.user},${k(i.span)});`
    }
    case 'pure':
      return `r${i.to}=rt.pure(${JSON.stringify(i.name)},${list(i.args)},${k(i.span)});`
    case 'call':
      return `${i.to === undefined ? '' : `r${i.to}=`}rt.enter(${i.function},${k(i.span)})(${i.args.map(operand).join(',')});rt.depth=depth;`
    case 'print':
      return `rt.environment.print(rt.format(${k(i.format)},${list(i.args)},${k(i.span)}));`
    case 'emit':
      return `rt.emit(${k(i)},[${i.leaves.map(leaf => leafSource(leaf, k)).join(',')}]);`
    case 'exit':
      return 'rt.environment.exit();'
    case 'error':
      return `rt.error(${operand(i.message)},${k(i.span)});`
    case 'warn':
      return `rt.environment.warn(${operand(i.message)});`
    case 'caught':
      return `r${i.to}=rt.clip(err);`
    case 'register':
      return `rt.register(${k(i.span)});`
    case 'argument':
    case 'result':
    case 'entry':
    case 'verdict':
    case 'save-entries':
    case 'frame-save':
    case 'frame-site':
    case 'frame-load':
      throw new Error(`'${i.op}' has no meaning outside the kernel`)
    default:
      return globalSource(i, k)
  }
}

type GlobalInstruction = Extract<
  Instruction,
  {
    op:
      | `global-${string}`
      | `element-${string}`
      | 'array-clear'
      | `iterate${string}`
      | `stat-${string}`
      | 'print-histogram'
  }
>

function globalSource(i: GlobalInstruction, k: Constant): string {
  switch (i.op) {
    case 'global-get':
      return `r${i.to}=rt.store.get(${k(i.global)});`
    case 'global-set':
      return `rt.store.set(${k(i.global)},${operand(i.value)});`
    case 'global-add': {
      const old = `rt.store.add(${k(i.global)},${operand(i.by)})`
      return `r${i.to}=${i.gives === 'old' ? old : PLAIN.add(old, operand(i.by))};`
    }
    case 'element-get':
      return `r${i.to}=rt.store.elementGet(${k(i.array)},${list(i.keys)});`
    case 'element-set':
      return `if(!rt.store.elementSet(${k(i.array)},${list(i.keys)},${operand(i.value)}))rt.overflow(${k(i.array)},${k(i.span)});`
    case 'element-add': {
      const old = `rt.elementAdd(${k(i.array)},${list(i.keys)},${operand(i.by)},${k(i.span)})`
      return `r${i.to}=${i.gives === 'old' ? old : PLAIN.add(old, operand(i.by))};`
    }
    case 'element-has':
      return `r${i.to}=rt.store.elementHas(${k(i.array)},${list(i.keys)})?1n:0n;`
    case 'element-delete':
      return `rt.store.elementDelete(${k(i.array)},${list(i.keys)});`
    case 'array-clear':
      return `rt.store.clear(${k(i.array)});`
    case 'stat-add':
      return `rt.statAdd(${k(i.global)},${list(i.keys)},${operand(i.value)},${k(i.span)});`
    case 'stat-get':
      return `r${i.to}=rt.statGet(${k(i.global)},"${i.extractor}",${list(i.keys)},${k(i.span)});`
    case 'stat-bucket':
      return `r${i.to}=rt.statBucket(${k(i.global)},${list(i.keys)},${operand(i.index)},${k(i.span)});`
    case 'print-histogram':
      return `rt.printHistogram(${k(i.global)},${list(i.keys)},${k(i.span)});`
    case 'iterate': {
      const slice = i.slice === undefined ? 'undefined' : list(i.slice)
      const limit = i.limit === undefined ? 'undefined' : operand(i.limit)
      return `it${i.iteration}=rt.iterate(${k(i.array)},${slice},${k(i.sort)},${limit});at${i.iteration}=0;`
    }
    case 'iterate-next': {
      const at = `at${i.iteration}`
      const elements = `it${i.iteration}`
      const keys = i.keys.map((r, n) => `r${r}=e.keys[${n}];`).join('')
      const value = i.value === undefined ? '' : `r${i.value}=e.value;`
      return `if(${at}<${elements}.length){const e=${elements}[${at}++];${keys}${value}r${i.to}=1n;}else r${i.to}=0n;`
    }
  }
}

function leafSource(
  leaf: Extract<Instruction, { op: 'emit' }>['leaves'][number],
  k: Constant,
): string {
  switch (leaf.kind) {
    case 'long':
    case 'text':
      return operand(leaf.value)
    case 'comm':
      return 'rt.environment.context("comm")'
    case 'stack':
      return 'rt.environment.context("stack")'
    case 'buckets':
      throw new Error('a histogram of a record is printed by a kernel handler only')
    case 'memory': {
      const otherwise = leaf.otherwise === undefined ? 'undefined' : operand(leaf.otherwise)
      return `rt.loadText(${operand(leaf.address)},${leaf.limit},${otherwise},${leaf.user},${k(leaf.span)})`
    }
    case 'bytes':
      return `rt.loadBytes(${operand(leaf.address)},${operand(leaf.count)},${leaf.user},${k(leaf.span)})`
  }
}
