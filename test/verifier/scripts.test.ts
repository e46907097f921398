import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { load } from '../../src/load/load.ts'
import { build, lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// Scripts that go through every stage and the verifier of the kernel that runs the tests. Their
// programs are loaded and never attached, so kprobe programs load where there are no kprobes too.

const library = tapset()
const SWITCH = 'probe kernel.trace("sched_switch")'
const QUEUE = 'probe kernel.trace("net:net_dev_queue")'

/** A statement, many times over. */
function times(count: number, statement: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => statement(n)).join('\n')
}

const scripts: Readonly<Record<string, string>> = {
  'a handler that does nothing': `${SWITCH} { next }`,
  'context functions': `${SWITCH} {
    printf("%d %d %d %d %d %s %d %s\\n", pid(), tid(), ppid(), uid(), cpu(), execname(), target(), pp())
  }`,
  times: `${SWITCH} {
    printf("%d %d %d %d\\n", gettimeofday_s(), gettimeofday_ms(), gettimeofday_us(), gettimeofday_ns())
    println(tz_ctime(gettimeofday_s()), " ", ctime(gettimeofday_s()))
  }`,
  'texts: joined, compared, cut, measured': `global last
  ${SWITCH} {
    name = execname() . "/" . sprintf("%d", cpu())
    if (name > last && strlen(name) > 3 || substr(name, 0, 2) == "ba") last = name
    name .= name
    println(name . name)
  }`,
  'formats of every kind': `${SWITCH} {
    printf("%d|%5d|%-5d|%05d|%x|%#x|%o|%u|%p|%c|%%|%s|%10s|%-10s|%.3s\\n",
           -1, 2, 3, 4, 5, 6, 7, -8, 9, 65, "s", execname(), "left", "long text")
  }`,
  'chains of fields': `${QUEUE} {
    printf("%s %d %d %x\\n", kernel_string($skb->dev->name), $skb->len, $skb->ip_summed,
           ntohs($skb->protocol))
    if ($skb->sk) printf("%d\\n", $skb->sk->__sk_common->skc_family)
  }`,
  'structs as texts': `${QUEUE} {
    println($skb$$, $skb->dev$, " ", $skb$)
    if ($skb->users$ == "{.refs={...}}") println(@enumname("pid_type", $skb->ip_summed))
  }`,
  'foreach sorted by statistics that another probe adds to': `global s
  probe begin { s[1, "x"] <<< 3 }
  ${SWITCH} {
    s[cpu(), execname()] <<< tid()
    foreach ([c, n] in s @avg- limit 3) println(c, n, @max(s[c, n]))
  }
  probe end { println(@variance(s[1, "x"])) }`,
  'memory by address': `${QUEUE} {
    printf("%d %d %d %d %p\\n", kernel_char($skb), kernel_short($skb), kernel_int($skb),
           kernel_long($skb), kernel_pointer($skb))
    println(kernel_string(0, "none"))
  }`,
  'arrays of one, two and five keys': `global a, b, c
  ${SWITCH} {
    a[tid()]++
    b[execname(), cpu()] += 2
    c[1, execname(), pid(), "x", -1] = execname()
    if (tid() in a) delete a[tid()]
    if (["x", 1] in b) b["x", 1] = 0
  }
  probe end { foreach (k in a) println(k, b["x", k], c[1, "", k, "x", -1]) }`,
  'loops in loops': `global n
  ${SWITCH} {
    for (i = 0; i < 100; i++) { for (j = i; j > 0; j--) { if (j % 7 == 0) continue; n++ } }
    while (n > 10) { n /= 2; if (n == 77) break }
  }
  probe end { println(n) }`,
  'a loop that calls a function with a text': `
  function pad:string (s:string, n:long) { while (strlen(s) < n) s = s . " "; return s }
  ${SWITCH} { println(pad(execname(), 20), "|") }`,
  'division and what catches it': `global caught
  ${SWITCH} {
    x = cpu()
    println(10 / x, 10 % x, -7 / 2, 1 << x, -1 >> x)
    try { println(tid() / (x - x)) } catch (m) { caught++; println(m) }
    try { error("own") } catch { caught++ }
    if (caught > 1000) error("too many")
  }
  probe end { println(caught) }`,
  'early ways out': `
  ${SWITCH} { if (tid() == 0) next; if (cpu() == 77) exit(); println("on") }`,
  'a hundred prints': `${SWITCH} { ${times(100, n => `printf("${n} %d %s\\n", tid(), execname())`)} }`,
  'a long chain of conditions': `global n
  ${SWITCH} { x = tid() ${times(150, n => `if (x == ${n}) n += ${n}`)} }
  probe end { println(n) }`,
  'many locals': `${SWITCH} {
    ${times(40, n => `v${n} = tid() + ${n}`)}
    println(${Array.from({ length: 40 }, (_, n) => `v${n}`).join(' + ')})
  }`,
  'many texts at once': `${SWITCH} {
    ${times(12, n => `s${n} = execname() . "${n}"`)}
    println(${Array.from({ length: 12 }, (_, n) => `s${n}`).join(' . ')})
  }`,
  'a call tree': `
  probe kernel.function("*@net/packet/af_packet.c").call {
    printf("%s -> %s\\n", thread_indent(1), probefunc())
  }
  probe kernel.function("*@net/packet/af_packet.c").return {
    printf("%s <- %s\\n", thread_indent(-1), probefunc())
  }`,
  'arguments and values of functions': `global sent
  probe kernel.function("inet_sendmsg").call { sent[execname()] += $size }
  probe kernel.function("inet_sendmsg").return {
    printf("%s %d of %d %d\\n", execname(), $return, $size, $sock->sk->__sk_common->skc_family)
  }
  probe end { foreach (n in sent-) printf("%s %d\\n", n, sent[n]) }`,
  'where a function was called': `
  probe kernel.function("inet_sendmsg") {
    print_backtrace()
    println(caller(), ppfunc(), symname(addr()), symdata(addr()))
  }`,
}

/** Kernels that this one can stand for: with all it has, and without what older ones lack. */
const kinds: Readonly<Record<string, (facts: Facts) => Facts>> = {
  'with all that this kernel has': facts => facts,
  'without what older kernels lack': facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4'),
}

/** Function probes as kprobes, whether this kernel lets them be attached or not. */
function withKprobes(facts: Facts): Facts {
  const others = lacking(facts, 'fentry', 'kprobe-multi')
  const has: Facts['has'] = f => f === 'kprobe' || f === 'kretprobe' || others.has(f)
  return { ...others, has }
}

for (const [kind, limit] of Object.entries(kinds)) {
  test(`verifier: it takes the programs of scripts, ${kind}`, async t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const facts = limit(withKprobes(readFacts(kernel)))
    for (const [name, text] of Object.entries(scripts)) {
      await t.test(name, () => {
        const image = build(text, { facts, library })
        assert.ok(image.programs.length > 0)
        load(image, kernel).close()
      })
    }
  })
}

test('verifier: it takes the programs of all examples', async t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const facts = withKprobes(readFacts(kernel))
  const folder = new URL('../../examples/', import.meta.url)
  const files = readdirSync(folder).filter(file => file.endsWith('.stp'))
  assert.ok(files.length > 0)
  for (const file of files) {
    await t.test(file, () => {
      const image = build(readFileSync(new URL(file, folder), 'utf8'), { facts, library })
      load(image, kernel).close()
    })
  }
})
