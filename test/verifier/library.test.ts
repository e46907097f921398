import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { load } from '../../src/load/load.ts'
import type { AliasItem, FunctionItem } from '../../src/syntax/ast.ts'
import { parse } from '../../src/syntax/parser.ts'
import { Source } from '../../src/text/source.ts'
import { build, lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// Every function and every alias of the library, with all its variables, goes through every stage
// and the verifier of the kernel that runs the tests. Nothing is attached.

const library = tapset()
const folder = new URL('../../tapset/', import.meta.url)

for (const file of readdirSync(folder).filter(name => name.endsWith('.stp'))) {
  test(`verifier: it takes what tapset/${file} defines`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const facts = withKprobes(readFacts(kernel))
    const scripts = scriptsFor(new Source(file, readFileSync(new URL(file, folder), 'utf8')))
    assert.ok(scripts.length > 0)
    for (const script of scripts) {
      try {
        load(build(script, { facts, library }), kernel).close()
      } catch (error) {
        throw new Error(script, { cause: error })
      }
    }
  })
}

/** Function probes as kprobes, whether this kernel lets them be attached or not. */
function withKprobes(facts: Facts): Facts {
  const others = lacking(facts, 'fentry', 'kprobe-multi')
  const has: Facts['has'] = f => f === 'kprobe' || f === 'kretprobe' || others.has(f)
  return { ...others, has }
}

function scriptsFor(source: Source): readonly string[] {
  const { file } = parse(source, { arguments: [], library: true })
  return file.items.flatMap(item => {
    if (item.kind === 'alias') return [aliasScript(item)]
    return item.kind === 'function' && !item.private ? [callScript(item)] : []
  })
}

/** Prints all variables that an alias gives. */
function aliasScript({ name, prologue }: AliasItem): string {
  const variables = (prologue?.statements ?? []).flatMap(s => {
    if (s.kind !== 'expression' || s.expression.kind !== 'assign') return []
    const { target } = s.expression
    return target.kind === 'name' ? [target.name] : []
  })
  const point = name.map(part => part.name).join('.')
  return `probe ${point} { ${['pp()', ...variables].map(v => `println(${v})`).join(' ')} }`
}

/** Calls a function with values that no pass can know. */
function callScript({ name, parameters, type }: FunctionItem): string {
  const values = parameters.map(p => (p.type === 'string' ? 'execname()' : '$p'))
  const call = `${name}(${values.join(', ')})`
  const statement = type === undefined ? call : `println(${call})`
  return `probe kernel.trace("sched_process_exit") { ${statement} }`
}
