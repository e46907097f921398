import assert from 'node:assert/strict'

/** A line `%6d name(tid):` + depth + `-> function`, as thread_indent() lays it out. */
export interface TreeLine {
  readonly microseconds: number
  /** `bash(57)` */
  readonly thread: string
  /** Spaces between the colon and the arrow. */
  readonly spaces: number
  readonly arrow: '->' | '<-'
  readonly name: string
  /** What follows the name. */
  readonly rest: string
}

/** A call with its return, and the calls inside it. */
export interface Call {
  readonly name: string
  readonly rest: string
  /** The name at the return: who goes on. */
  readonly to: string
  readonly inner: readonly Call[]
}

const LINE = /^( *\d+) (\S.*\(\d+\)):( +)(->|<-) +([\w.]+)(.*)$/

/** The lines of a call tree; other lines are left out. */
export function treeLines(text: string): TreeLine[] {
  return text.split('\n').flatMap(line => {
    const parts = LINE.exec(line)
    if (parts === null) return []
    const [, time = '', thread = '', spaces = '', arrow, name = '', rest = ''] = parts
    assert.equal(time, String(Number(time)).padStart(6), `the first column of '${line}'`)
    return [
      {
        microseconds: Number(time),
        thread,
        spaces: spaces.length,
        arrow: arrow === '->' ? '->' : '<-',
        name,
        rest,
      },
    ]
  })
}

interface Open {
  readonly line: TreeLine
  readonly inner: Call[]
}

/**
 * The outermost calls of one thread, of lines printed with thread_indent(±step). Asserts that each
 * entry has its return in the same column, that what is inside stands `step` further to the right,
 * and that the time starts at 0 with each outermost call and never goes back.
 */
export function calls(lines: readonly TreeLine[], step: number): Call[] {
  const open: Open[] = []
  const outermost: Call[] = []
  let last = 0
  for (const line of lines) {
    const at = `'${line.arrow} ${line.name}' at ${line.microseconds}`
    if (line.arrow === '->') {
      if (open.length === 0) last = 0
      if (open.length === 0) assert.equal(line.microseconds, 0, `${at} is the outermost call`)
      // thread_indent() puts one space less than its depth, and the format one before the arrow.
      assert.equal(line.spaces, (open.length + 1) * step, `the column of ${at}`)
      open.push({ line, inner: [] })
    } else {
      const call = open.pop()
      assert.ok(call !== undefined, `${at} returns from a call`)
      assert.equal(line.spaces, call.line.spaces, `the column of ${at}`)
      const { name, rest } = call.line
      const into = open.at(-1)?.inner ?? outermost
      into.push({ name, rest, to: line.name, inner: call.inner })
    }
    assert.ok(line.microseconds >= last, `${at} is not before ${last}`)
    last = line.microseconds
  }
  assert.deepEqual(
    open.map(call => call.line.name),
    [],
    'every call has returned',
  )
  return outermost
}

/** The outermost calls of the one thread that has this name. */
export function callsOf(text: string, name: string, step: number): Call[] {
  const lines = treeLines(text).filter(line => line.thread.startsWith(`${name}(`))
  const threads = new Set(lines.map(line => line.thread))
  assert.equal(threads.size, 1, `one thread is called ${name}: ${[...threads]}\n${text}`)
  return calls(lines, step)
}

/** All calls, the outer ones before those inside them. */
export function flat(calls: readonly Call[]): Call[] {
  return calls.flatMap(call => [call, ...flat(call.inner)])
}
