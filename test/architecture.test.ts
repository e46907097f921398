import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LINES_MAX = 600

/**
 * The table of docs/ARCHITECTURE.md: a part may import itself and what is listed. A part is a
 * folder of src, or a file that stands in src itself.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  text: [],
  sys: [],
  bpf: [],
  kernel: [],
  syntax: ['text'],
  sema: ['text', 'syntax', 'kernel'],
  ir: ['text', 'syntax', 'kernel', 'sema'],
  image: ['text', 'bpf', 'ir'],
  host: ['text', 'ir'],
  // sema: the types of points and globals, which the IR carries.
  codegen: ['text', 'sema', 'ir', 'bpf', 'kernel', 'image'],
  compile: ['text', 'syntax', 'kernel', 'sema', 'ir', 'codegen', 'image'],
  load: ['text', 'bpf', 'kernel', 'sys', 'image'],
  run: ['text', 'sys', 'load', 'image', 'ir', 'host'],
  traffic: ['sys', 'text'],
  guest: ['text'],
}
/** The command line may import everything. */
const TOP = 'cli'

interface Import {
  readonly file: string
  /** As written: a path, or the name of a package. */
  readonly target: string
}

const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => `src/${name}`)
  .sort()
const texts = new Map(files.map(file => [file, readFileSync(join(ROOT, file), 'utf8')]))
/** Tests stand beside what they test, and may use what it may not. */
const sources = files.filter(file => !file.endsWith('.test.ts'))
const imports = sources.flatMap(file => importsOf(file, texts.get(file) ?? ''))

test('imports are found in each of their forms', () => {
  const text = [
    "import { a } from './a.ts'",
    "import type { b } from '../b/b.ts'",
    "import {\n  c,\n} from '../c.ts'",
    "export * from './d.ts'",
    "import './e.ts'",
    "const f = await import('./f.ts')",
    "let g: typeof import('./g.ts')",
    "import koffi from 'koffi'",
    "const koffi2 = load('koffi')",
    "// import { x } from './commented.ts'",
    " * as in import('./commented.ts')",
  ].join('\n')
  const found = importsOf('src/x/y.ts', text).map(i => i.target)
  const paths = ['x/a', 'b/b', 'c', 'x/d', 'x/e', 'x/f', 'x/g'].map(p => `src/${p}.ts`)
  assert.deepEqual(found.sort(), [...paths, 'koffi'].sort())
})

test('every relative import names a file that is there', () => {
  const strays = imports.filter(i => i.target.startsWith('src/') && !texts.has(i.target))
  assert.deepEqual(strays, [])
})

for (const [part, allowed] of Object.entries(LAYERS)) {
  test(`layers: ${part} imports only ${[part, ...allowed].join(', ')}`, () => {
    const strays = imports.filter(({ file, target }) => {
      if (partOf(file) !== part || !target.startsWith('src/')) return false
      return partOf(target) !== part && !allowed.includes(partOf(target))
    })
    assert.deepEqual(strays, [])
  })
}

test('layers: every part of src stands in the table', () => {
  const parts = new Set(sources.map(partOf))
  const strangers = [...parts].filter(part => part !== TOP && LAYERS[part] === undefined)
  assert.deepEqual(strangers, [])
})

test('no file imports itself by way of others, types included', () => {
  const graph = new Map(sources.map(file => [file, targetsOf(file)]))
  assert.deepEqual(cycleIn(graph), [])
  assert.deepEqual(
    cycleIn(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
    ['b', 'c', 'b'],
  )
})

test(`no file has more than ${LINES_MAX} lines`, () => {
  const long = files.filter(file => (texts.get(file) ?? '').split('\n').length > LINES_MAX + 1)
  assert.deepEqual(long, [])
})

test('koffi is the only package, and only src/sys/native.ts loads it', () => {
  const packages = imports.filter(
    i => !i.target.startsWith('src/') && !i.target.startsWith('node:'),
  )
  const strays = packages.filter(i => i.target !== 'koffi' || i.file !== 'src/sys/native.ts')
  assert.deepEqual(strays, [])
  const loads = sources.filter(file => /\b(?:load|require)\('koffi'\)/.test(texts.get(file) ?? ''))
  assert.deepEqual(
    loads.filter(file => file !== 'src/sys/native.ts'),
    [],
  )
})

test('only src/index.ts is named index.ts', () => {
  const indexes = files.filter(file => posix.basename(file) === 'index.ts')
  assert.deepEqual(
    indexes.filter(file => file !== 'src/index.ts'),
    [],
  )
})

test('the files that the package ships are there', () => {
  const { files: shipped } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.ok(Array.isArray(shipped))
  const built = ['dist']
  assert.deepEqual(
    shipped.filter(f => !built.includes(f) && !existsSync(join(ROOT, f))),
    [],
  )
})

function partOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '')
}

/** What a file imports: statements, re-exports, `import('…')` as an expression and as a type. */
function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*(?:\/\/|\*).*$/gm, '')
  const forms = [
    /^(?:import|export)\s[^'"`;]*?\sfrom\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
  ]
  return forms.flatMap(form =>
    [...code.matchAll(form)].map(match => ({ file, target: resolve(file, match[1] ?? '') })),
  )
}

function resolve(file: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(file), target) : target
}

function targetsOf(file: string): string[] {
  return imports.filter(i => i.file === file && i.target.startsWith('src/')).map(i => i.target)
}

/** The files of one cycle, the first named again at the end; empty when there is none. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  for (const start of graph.keys()) {
    const cycle = visit(start)
    if (cycle !== undefined) return cycle
  }
  return []

  function visit(file: string): string[] | undefined {
    if (done.has(file)) return undefined
    const at = path.indexOf(file)
    if (at >= 0) return [...path.slice(at), file]
    path.push(file)
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target)
      if (cycle !== undefined) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }
}
