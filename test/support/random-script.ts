import type { Random } from './ir-random.ts'

/**
 * The body of a probe that computes with longs, strings, scalars and arrays, and prints its locals
 * at its end. Uses nothing of where it runs, so that it does the same in the kernel and out.
 */
export function randomBody(random: Random): string {
  const body = new Body(random)
  return [...body.statements(3, 6), PRINT_LOCALS].join('\n')
}

const PRINT_LOCALS: string = 'printf("%d %d %d|%s|%s|%s\\n", a, b, c, s, t, u)'

/** The body of a probe that prints what the globals hold. */
export const PRINT_GLOBALS: string = [
  's = gs; a = g; c = h',
  'try { printf("%d %d %d|", @min(st), @max(st), @avg(st)) } catch (u) { println(u) }',
  'try { print(@hist_log(st)); print(@hist_linear(lin, -20, 100, 7)) } catch (u) { println(u) }',
  'try { printf("%d ", @variance(lin, 2)); print(@hist_log(sta["k", 1])) } catch (u) { println(u) }',
  'printf("%d %d %s\\n", g, h, gs)',
  'printf("%d %d %d %s %s %s\\n", arr[0], arr[1], cnt["k"], txt[1], txt["x" == s], two["k", 1])',
].join('\n')

export const GLOBALS = `global g, h, gs, arr, cnt, txt, two, st, lin, sta
function most(x, y) { if (x > y) return x; return y }
function product(n) { return n < 2 ? 1 : n * product(n - 1) }
function sum(n) { if (n <= 0) return 0; return n + (n % 2 ? sum(n - 1) : sum(n - 2)) }
function twice:string (x:string) { return x . x }
function group:string (x:string, n) { if (x =~ "([a-e]+)(x|o|1)?") return matched(n); return "-" }`

class Body {
  readonly #random: Random
  #loops = 0
  #depth = 0

  constructor(random: Random) {
    this.#random = random
  }

  statements(depth: number, most: number): string[] {
    return Array.from({ length: 1 + this.#random.below(most) }, () => this.#statement(depth))
  }

  #block(depth: number): string {
    return `{ ${this.statements(depth - 1, 3).join('\n')} }`
  }

  #statement(depth: number): string {
    const roll = this.#random.below(depth > 0 ? 24 : 16)
    if (roll < 4) return `${this.#longName()} = ${this.#long(3)}`
    if (roll < 7) return `${this.#textName()} = ${this.#text(2)}`
    if (roll < 8)
      return `${this.#longName()} ${this.#random.pick(['+=', '-=', '*=', '^='])} ${this.#long(1)}`
    if (roll < 9) return `${this.#textName()} .= ${this.#text(1)}`
    if (roll < 10) return `printf("%d,%s;", ${this.#long(2)}, ${this.#text(2)})`
    if (roll < 14) return this.#store()
    if (roll === 14) return `if (${this.#compare(1)}) error(${this.#text(1)})`
    if (roll === 15) return `${this.#longName()} = ${this.#element()}`
    if (roll < 19) {
      const otherwise = this.#random.below(2) === 0 ? '' : ` else ${this.#block(depth)}`
      return `if (${this.#long(2)}) ${this.#block(depth)}${otherwise}`
    }
    if (roll < 20 || this.#loops > 1)
      return `try ${this.#block(depth)} catch (u) ${this.#block(depth)}`
    return roll < 22 ? this.#loop(depth) : this.#foreach()
  }

  #store(): string {
    const index = this.#random.pick(['0', '1', '2', 'a', 'b & 3'])
    return this.#random.pick([
      `arr[${index}] = ${this.#long(1)}`,
      `arr[${index}]++`,
      `c = arr[${index}] += ${this.#long(1)}`,
      `cnt[${this.#text(1)}]++`,
      `cnt[${this.#text(1)}] = ${this.#long(1)}`,
      `txt[${index}] = ${this.#text(1)}`,
      `two[${this.#text(0)}, ${index}] = ${this.#text(1)}`,
      `delete arr[${index}]`,
      `delete cnt[${this.#text(1)}]`,
      `delete txt`,
      `delete two[${this.#text(0)}, ${index}]`,
      `st <<< ${this.#long(1)}`,
      `lin <<< ${this.#long(1)}`,
      `lin <<< ${this.#random.below(150) - 30}`,
      `sta[${this.#text(1)}, ${index}] <<< ${this.#long(1)}`,
      `sta["k", 1] <<< ${this.#long(1)}`,
      `delete st`,
      `delete sta[${this.#text(0)}, ${index}]`,
    ])
  }

  #element(): string {
    return this.#random.pick([
      'arr[a & 3]',
      `cnt[${this.#text(1)}]`,
      `(${this.#text(1)} in cnt)`,
      '([s, 1] in two)',
      '(b in arr)',
      'strlen(txt[c & 3])',
      `strlen(two[${this.#text(0)}, 1])`,
      '@count(st)',
      '@min(lin)',
      '@avg(lin)',
      `@sum(sta[${this.#text(1)}, 1])`,
      '@max(sta[s, a & 3])',
      '([s, 1] in sta)',
      '@hist_log(st)[a & 127]',
    ])
  }

  #loop(depth: number): string {
    const counter = this.#random.pick(['i', 'j']) + this.#loops + this.#depth++
    this.#loops++
    const body = this.#block(depth)
    this.#loops--
    const out =
      this.#random.below(4) === 0
        ? `if (${this.#compare(1)}) ${this.#random.pick(['break', 'continue'])}`
        : ''
    const limit = this.#random.below(5)
    return `for (${counter} = 0; ${counter} < ${limit}; ${counter}++) { ${out}\n${body} }`
  }

  /** What it does says in which order the elements come. */
  #foreach(): string {
    const key = `k${this.#depth++}`
    const limit = this.#random.pick(['', '', ` limit ${this.#random.below(4)}`])
    const order = this.#random.pick(['', '', '+', '-'])
    const body = this.#random.pick([
      `t = t . sprint(${key})`,
      `printf("%d;", strlen(sprint(${key})))`,
    ])
    return this.#random.pick([
      `foreach (${key} in cnt${order}${limit}) { ${body} }`,
      `foreach (${key}${order} in arr${limit}) { ${body} }`,
      `foreach (v${key} = ${key} in txt${order}${limit}) { ${body}; t .= v${key} }`,
      `foreach ([${key}${order}, n${key}] in two${limit}) { ${body}; b += n${key} }`,
      `foreach ([${key}, n${key}] in sta${limit}) { ${body}; b = b * 3 + n${key} }`,
    ])
  }

  #longName(): string {
    return this.#random.pick(['a', 'b', 'c', 'g', 'h'])
  }

  #textName(): string {
    return this.#random.pick(['s', 't', 'u', 'gs'])
  }

  #compare(depth: number): string {
    const operator = this.#random.pick(['<', '>', '<=', '>=', '==', '!='])
    if (this.#random.below(2) === 0)
      return `(${this.#text(depth)} ${operator} ${this.#text(depth)})`
    return `(${this.#long(depth)} ${operator} ${this.#long(depth)})`
  }

  #long(depth: number): string {
    const roll = this.#random.below(depth > 0 ? 12 : 4)
    if (roll < 3) return this.#longName()
    if (roll < 4) {
      return this.#random.pick([
        '0',
        '1',
        '-1',
        '7',
        '64',
        '-9223372036854775807',
        '4294967296',
        '77',
      ])
    }
    if (roll < 8) {
      const operators = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '>>>'] as const
      return `(${this.#long(depth - 1)} ${this.#random.pick(operators)} ${this.#long(depth - 1)})`
    }
    if (roll < 9) return this.#compare(depth - 1)
    if (roll < 10)
      return `(${this.#long(depth - 1)} ${this.#random.pick(['&&', '||'])} ${this.#long(depth - 1)})`
    if (roll < 11) return `strlen(${this.#text(depth - 1)})`
    return this.#random.pick([
      `strtol(${this.#text(depth - 1)}, ${this.#random.pick(['0', '10', '16', '2'])})`,
      `strpos(${this.#text(0)}, ${this.#text(0)})`,
      `isinstr(${this.#text(depth - 1)}, ${this.#text(0)})`,
      `stringat(${this.#text(depth - 1)}, ${this.#longName()} & 31)`,
      `(${this.#text(depth - 1)} ${this.#random.pick(['=~', '!~'])} ${this.#pattern()})`,
      `most(${this.#long(depth - 1)}, ${this.#long(0)})`,
      `product(${this.#longName()} & 7)`,
      `sum(${this.#longName()} & 15)`,
      `${this.#longName()}++`,
      `--${this.#longName()}`,
      `(-(${this.#long(0)}))`,
      `(~(${this.#long(0)}))`,
    ])
  }

  #pattern(): string {
    return this.#random.pick([
      '"k"',
      '"^k"',
      '"a.c"',
      '"[0-9]+:"',
      '"(ab|bc)+"',
      '"w$"',
      '"x*"',
      '"^$"',
      '"[^a-z ]"',
    ])
  }

  #text(depth: number): string {
    const roll = this.#random.below(depth > 0 ? 11 : 4)
    if (roll < 2) return this.#textName()
    if (roll < 4)
      return this.#random.pick([
        '""',
        '"k"',
        '"klew"',
        '"abcdefgh"',
        '"a longer text, of more than two words"',
      ])
    if (roll < 6) return `(${this.#text(depth - 1)} . ${this.#text(depth - 1)})`
    if (roll < 8) return `substr(${this.#text(depth - 1)}, ${this.#long(0)}, ${this.#long(0)})`
    if (roll === 8 && this.#random.below(2) === 0) {
      return this.#random.pick([
        `twice(${this.#text(depth - 1)})`,
        `group(${this.#text(depth - 1)}, ${this.#random.below(3)})`,
        `str_replace(${this.#text(depth - 1)}, ${this.#text(0)}, ${this.#text(0)})`,
        `tokenize(${this.#text(0)}, ${this.#random.pick(['" "', '":."', '""'])})`,
      ])
    }
    if (roll < 10)
      return `sprintf("%d:%s.%5x", ${this.#long(0)}, ${this.#text(depth - 1)}, ${this.#long(0)})`
    return `(${this.#compare(0)} ? ${this.#text(depth - 1)} : ${this.#text(depth - 1)})`
  }
}
