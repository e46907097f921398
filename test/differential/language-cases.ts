import type { Feature } from '../../src/kernel/facts.ts'

/** A body of statements, and what a handler with it prints. */
export interface Case {
  readonly name: string
  /** Globals and functions, on one line: the body starts on line 3. */
  readonly before?: string
  readonly body: string
  /** With errors as `ERROR: …` and exit() as `EXIT`. */
  readonly prints: string
  /** Of what handlers in the kernel refuse. */
  readonly outsideOnly?: true
  /** What handlers in the kernel need for it beside the usual. */
  readonly needs?: Feature
}

const numbers: readonly Case[] = [
  {
    name: 'division and remainder truncate, and those by -1 wrap',
    body: `a = 7; b = -3; min = -0x8000000000000000; n = -1
printf("%d %d %d %d|", a / b, a % b, -a / b, -a % b)
printf("%d %d %d %d", min / n, min % n, 10 / n, 10 % n)`,
    prints: '-2 1 2 -1|-9223372036854775808 0 -10 0',
  },
  {
    name: 'numbers have 64 bits and wrap',
    body: `max = 0x7fffffffffffffff; big = 3000000000; k = 4294967296
printf("%d %d %d|", max + 1, max * 2, 18446744073709551615)
printf("%d %d %d|", big * big, -big / 7, -big % 7)
printf("%d %d %d %s", !k, k && 1, k == 0, k ? "t" : "f")`,
    prints: '-9223372036854775808 -2 -1|9000000000000000000 -428571428 -4|0 1 0 t',
  },
  {
    name: 'shifts take their count modulo 64, >> keeps the sign and >>> does not',
    body: `c = 65; m = -1
printf("%d %d %d %d %d", 1 << c, m >> c, m >>> c, 1 << -1, m >>> 60)`,
    prints: '2 -1 9223372036854775807 -9223372036854775808 15',
  },
  {
    name: 'operators bind as in C, but for the bit operators that bind less than comparisons',
    body: `println(1 + 2 * 3 - 4 / 2 % 3, " ", 1 << 2 + 1, " ", 6 & 3 == 3, " ", 1 | 2 ^ 3 & 4)
println(5 > 3 > 1, 1 ? 2 : 3 ? 4 : 5, 0 ? 2 : 0 ? 4 : 5, "a" . "b" == "ab")`,
    prints: '5 8 0 3\n0251\n',
  },
  {
    name: 'assignment has a value, and operands are worked out from left to right',
    body: `a = 1
b = a++ + a++; c = a-- - --a; d = (a = 4) + a
a += a++ * (a -= 2)
printf("%d %d %d %d", a, b, c, d)`,
    prints: '15 3 2 8',
  },
  {
    name: 'every compound assignment',
    body: `a = 100; a += 3; a -= 1; a *= 4; a /= 5; a %= 50; a <<= 3; a >>= 1; a &= 0x7c; a |= 3; a ^= 9
println(a)`,
    prints: '118\n',
  },
  {
    name: '&& and || stop at what decides, and give 1 or 0',
    before: 'global n function hit(x) { n++; return x }',
    body: `println(hit(0) && hit(1), n, hit(5) || hit(1), n, hit(7) && hit(8), n)`,
    prints: '011214\n',
  },
]

const strings: readonly Case[] = [
  {
    name: 'strings compare by their bytes',
    body: `s = "abc"; t = "abd"
println(s == t, s != t, s < t, s <= t, s > t, s >= t, " ", "" < "a", "abc" > "ab", "Z" < "a")`,
    prints: '011100 111\n',
  },
  {
    name: 'strings are joined, and cut by substr, which gives nothing for what makes no sense',
    body: `u = "abc" . "abd"; u .= "yy"
printf("%s %d [%s][%s][%s][%s]", u, strlen(u), substr(u, 1, 3), substr(u, 5, 100), substr(u, -1, 3), substr(u, 3, -1))`,
    prints: 'abcabdyy 8 [bca][dyy][][]',
  },
  {
    name: 'strings end at 511 bytes, silently',
    before: 'global kept, arr, keys',
    body: `s = "0123456789abcdef"
for (i = 0; i < 5; i++) s .= s
kept = s . "zz"; arr[1] = s . "q"
keys[s] = 1; keys[s . "x"]++; keys[substr(s, 0, 510)] = 7
println(strlen(s), strlen(sprintf("%s%s", "ab", s)), substr(s, 508, 10))
println(arr[1] == kept, keys[s], keys[substr(s, 0, 510)], s . "a" == s . "b")`,
    prints: '511511cde\n1271\n',
  },
  {
    name: 'a printed line may be longer than a string',
    body: 'a = sprintf("%500d", 1); b = a . "q"; if (a != b) printf("%s%s%s|%600s|", a, b, a, "x")',
    prints: `${'1'.padStart(500)}${'1'.padStart(500)}q${'1'.padStart(500)}|${'x'.padStart(600)}|`,
  },
  {
    name: 'a string is a copy',
    body: `a = "one"; b = a; a .= "!"; c = (a = "new") . a
println(a, " ", b, " ", c)`,
    prints: 'new one newnew\n',
  },
  {
    name: 'conditional expressions choose strings too',
    body: `for (i = 0; i < 4; i++) { s = i > 2 ? "big" : i == 1 ? "one" : sprint(i); print(s . (i ? "," : ";")) }`,
    prints: '0;one,2,big,',
  },
]

const formats: readonly Case[] = [
  {
    name: 'numbers are printed with width, precision and one flag',
    body: `printf("[%5d][%-5d][%05d][%+d][% d][%.3d][%5.3d][%*d][%-*d]", 42, 42, -42, 0, 42, 4, 4, 6, 42, 6, 42)
printf("[%20x][%-6x][%06x][%#x][%X][%#X][%.5x][%#o][%o][%u]", 255, 255, 255, 0, 255, 255, 255, 0, -1, -1)
printf("[%p][%20p][%-6p]", -1, 255, 0)`,
    prints:
      '[   42][42   ][-0042][+0][ 42][004][  004][    42][42    ]' +
      '[                  ff][ff    ][0000ff][0x0][FF][0XFF][000ff][00][1777777777777777777777][18446744073709551615]' +
      '[0xffffffffffffffff][                0xff][0x0   ]',
  },
  {
    name: 'strings and bytes are printed with width and precision',
    body: `s = "abc"
printf("[%5s][%-5s][%.2s][%5.1s][%*s][%.*s][%*.*s]", s, s, s, s, 6, s, 1, s, 4, 2, s)
printf("[%c][%3c][%-3c][%#c][%#c]%%", 65, 66, 67, 10, 200)
printf("[%1b][%2b][%4b][%b]", 65, 0x4241, 0x44434241, 0x4847464544434241)`,
    prints:
      '[  abc][abc  ][ab][    a][   abc][a][  ab][A][  B][C  ][\\n][\\310]%[A][AB][ABCD][ABCDEFGH]',
  },
  {
    name: 'print, println, printd and their strings',
    body: `print("a", 1, "b", -2); println(); println("x", 3)
printd(",", 1, "b", 3); printdln("--", 1, 2, "c")
println(sprint("a", 1) . sprintln("b") . sprintd("/", 1, 2) . sprintf("%d-%s", 3, "z"))`,
    prints: 'a1b-2\nx3\n1,b,31--2--c\na1b\n1/23-z\n',
  },
  {
    name: 'a string made by sprintf is compared and is a key',
    before: 'global seen',
    body: `s = sprintf("%d-%s|%5d|%-5d|%05d|%x", 3, "ab", 42, 42, 42, 255)
seen[s]++; seen["3-ab|   42|42   |00042|" . "ff"]++
println(s == "3-ab|   42|42   |00042|ff", seen[s], strlen(s), sprintf("%d", -9223372036854775808))`,
    prints: '1225-9223372036854775808\n',
  },
]

const control: readonly Case[] = [
  {
    name: 'loops with break and continue',
    body: `i = 0
while (1) { i++; if (i == 3) continue; if (i > 6) break; print(i) }
for (;;) if (++i > 20) break
println(" ", i)`,
    prints: '12456 21\n',
  },
  {
    name: 'loops in loops',
    body: `for (j = 0; j < 3; j++) for (k = 0; k < 3; k++) { if (k == 2) break; if (j == 1) continue; print("(", j, k, ")") }
println(j, k)`,
    prints: '(00)(01)(20)(21)32\n',
  },
  {
    name: 'an else belongs to the nearest if, and empty statements do nothing',
    body: `if (1) if (0) println("x"); else print("dangling ")
if (0) ; else print("empty ")
{ ; }`,
    prints: 'dangling empty ',
  },
  {
    name: 'functions return early, or nothing at all',
    before:
      'function f(x) { if (x < 0) return "neg"; while (1) { if (x > 9) return "many"; x += 3 } } function g(x) { if (x) return 7 } function h(x) { print("h", x) }',
    body: `h(1); println(f(-1), f(4), g(0), g(1)); if (!h(2)) printf("%s|%d", f(10), h(3))`,
    prints: 'h1negmany07\nh2h3many|0',
  },
  {
    name: 'functions get copies, call each other, and see globals',
    before:
      'global calls function twice(a) { a = a * 2; calls++; return a } function sum(n) { for (i = 1; i <= n; i++) { if (i == 3) continue; t += twice(i) } return t }',
    body: `a = 5; i = 40
println(twice(a), a, " ", sum(5), i, calls, " ", twice(twice(1)) + twice(calls))`,
    prints: '105 24405 18\n',
  },
  {
    name: 'errors are caught with their text, also those of functions',
    before: 'function f(x) { return 10 / x }',
    body: `try { println(f(2), f(0)) } catch (m) { println(m) }
try { try { error("in") } catch (m) { error(m . "/out") } } catch (m) { println(m) }
for (i = 0; i < 4; i++) try { if (i == 1) error("one"); if (i == 2) continue; print(i) } catch { print("!") }
println(i % 0)`,
    prints:
      "division by 0 near operator '/' at t.stp:1:27\nin/out\n0!3ERROR: division by 0 near operator '%' at t.stp:6:11\n",
  },
  {
    name: 'next ends the handler, also from a try',
    body: 'try { print("a"); next } catch { print("b") } print("c")',
    prints: 'a',
  },
  {
    name: 'exit() lets the handler go on',
    before: 'function leave() { exit(); print("l ") }',
    body: 'leave(); println("on")',
    prints: 'EXIT\nl on\n',
  },
  {
    name: 'a function may call itself',
    before: 'function fact(n) { if (n < 2) return 1; return n * fact(n - 1) }',
    body: 'println(fact(10))',
    prints: '3628800\n',
  },
  {
    name: 'functions may call each other, with locals of their own each time',
    before:
      'function even(n) { s = "e" . odd(n - 1); x++; return s . sprint(x, n) } function odd(n) { if (n < 0) return ""; m = n; return even(n - 1) . sprint(m) } function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }',
    body: 'println(even(4), " ", fib(7))\nprintln(fib(3), fib(4))',
    prints: 'eee10112314 13\n23\n',
  },
]

const recursion: readonly Case[] = [
  {
    name: 'an error goes back through calls to the last one in a try',
    before:
      'function deep(n) { if (n == 0) error("bottom"); s = sprint("at", n); try { if (n % 3 == 0) { x = deep(n - 1); return x } } catch (m) { return s . m } return deep(n - 1) . s }',
    body: 'for (i = 8; i > 1; i -= 3) println(deep(i))',
    prints: 'at3bottomat4at5at7at8\nat3bottomat4at5\nERROR: bottom\n',
  },
  {
    name: 'a function goes on behind the error that it caught, with its locals',
    before:
      'global n function f(x) { if (x < -1) error("base"); k = x * 10; try { n++; k += f(x - 1) / (x - 3) } catch (m) { k++; if (x == -1) return 7; n += f(-1) } return k }',
    body: 'if (pid() >= 0) println(f(4), " ", n)',
    prints: '71 14\n',
  },
  {
    name: 'each call has its own foreach, over a part and sorted too',
    before:
      'global t function walk(n, depth) { s = n; foreach ([a, b-] in t[n, *]) { if (depth < 4) s = s * 10 + walk(b, depth + 1); if (b == 5) break } return s }',
    body: 't[1, 2] = 1; t[1, 3] = 1; t[2, 4] = 1; t[2, 5] = 1; t[2, 6] = 1; t[3, 1] = 1; println(walk(1, 0))',
    prints: '7415\n',
  },
  {
    name: 'functions that call each other catch errors of each other',
    before:
      'function a(n) { try { return b(n - 1) } catch (m) { return -n } } function b(n) { if (n < 0) error("end"); r = a(n - 1) * 10 + n; if (n == 3) error("three") return r }',
    body: 'for (i = 4; i < 7; i++) println(a(i))',
    prints: '-4\n1024\n-35\n',
  },
  {
    name: 'calls that are too deep are an error, which may be caught in any of them',
    before: 'function f(n) { try { return n <= 0 ? 0 : 1 + f(n - 1) } catch { return 1000 } }',
    body: 'for (i = 10; i < 600; i += 500) println(f(i) > 900)',
    prints: '0\n1\n',
  },
  {
    name: 'calls that are too deep are an error of the handler',
    before: 'function g(n) { return n <= 0 ? 0 : 1 + g(n - 1) }',
    body: 'try { println(g(500)) } catch (m) { println(substr(m, 0, 19)) }',
    prints: 'MAXNESTING exceeded\n',
  },
]

const overloads: readonly Case[] = [
  {
    name: 'next goes on to the next overload, in the order of priority',
    before:
      'function f(x):3 { return "last" } function f(x):1 { if (x > 1) next; return "first" } function f(x):2 { if (x > 2) next; return "second" } function f() { return "none" }',
    body: 'println(f(1), f(2), f(3), f())',
    prints: 'firstsecondlastnone\n',
  },
  {
    name: 'each overload has the arguments of the call, and locals of its own',
    before:
      'global n function f(x, s) { x += 5; s = s . "!"; y = x; n++; if (y > 6) next; return y } function f(x, s) { y += x; return y * 10 + strlen(s) }',
    body: 'a = 2; println(f(1, "a"), " ", f(a++, "abc"), " ", f(a, "abcd"), " ", n, a)',
    prints: '6 23 34 33\n',
  },
  {
    name: 'an overload without a value gives none, and may be left from a loop and from a try',
    before:
      'function f(x) { try { for (;;) { if (x++ > 3) next; print(x) } } catch { print("no") } } function f(x) { if (x) return sprint("<", x, ">") } function g(x) { next } function g(x) { print("g", x) }',
    body: 'println(f(2), "|", f(0), "|", f(9)); g(1)',
    prints: '341234<2>||<9>\ng1',
  },
  {
    name: 'next in the last overload is an error of the call',
    before:
      'function f(x) { try { if (x) next } catch { print("own") } return "f" } function g() { try { return f(1) } catch (m) { return m } }',
    body: 'println(f(0), g()); f(2); println("never")',
    prints: `fall functions exhausted near keyword at t.stp:1:30
ERROR: all functions exhausted near keyword at t.stp:1:30
`,
  },
  {
    name: 'overloads call themselves and others, and the library has the last word',
    before:
      'function fact(n) { if (n > 1) next; return 1 } function fact(n) { return n * fact(n - 1) } function strlen(s) { if (s != "") next; return -1 }',
    body: 'println(fact(6), strlen(""), strlen("four"))',
    prints: '720-14\n',
  },
]

const arrays: readonly Case[] = [
  {
    name: 'arrays have keys of several types, and missing elements are 0 or ""',
    before: 'global one, two, three',
    body: `one[-1] = 6; one[0x7fffffffffffffff] = 7; two["a", 1] = "x"; two["a", 2] = "y"; three[1, "k", 3] += 10
println(one[-1], one[0x7fffffffffffffff], one[7], two["a", 1], two["a", 2], "[", two["b", 1], "]", three[1, "k", 3], three[1, "", 3])
println(-1 in one, 7 in one, ["a", 2] in two, ["a", 3] in two, [1, "k", 3] in three)
delete one[-1]; delete two["a", 1]; delete three
println(-1 in one, ["a", 1] in two, ["a", 2] in two, ++three[1, "k", 3])`,
    prints: '670xy[]100\n10101\n0011\n',
  },
  {
    name: 'elements count, and give the value before or after',
    before: 'global arr, txt',
    body: `println(arr["a", 1]++, ++arr["a", 1], arr["a", 1]--, --arr["a", 1])
i = 0; arr["b", i++] = i++; txt[1] .= "x"; txt[1] .= txt[1] . "y"
println(i, arr["b", 0], arr["b", 1], txt[1], x = arr["c", 1] = 7, x)`,
    prints: '0220\n210xxy77\n',
  },
  {
    name: 'a full array is an error, an array with % takes the place of its oldest element',
    before: 'global a[2], w%[3]',
    body: `for (i = 0; i < 5; i++) { try { a[i] = i } catch (m) { println(i, " ", m) } w[i] = i }
println(0 in a, 1 in a, 2 in a, " ", 0 in w, 1 in w, 2 in w, 3 in w, 4 in w)
delete a[0]; a[9] = 1; println(a[9]); a[1]++; a[8] += 2`,
    prints: `2 Array overflow, check size limit (2) near identifier 'a' at t.stp:3:33
3 Array overflow, check size limit (2) near identifier 'a' at t.stp:3:33
4 Array overflow, check size limit (2) near identifier 'a' at t.stp:3:33
110 00111
1
ERROR: Array overflow, check size limit (2) near identifier 'a' at t.stp:5:47
`,
  },
  {
    name: 'globals start as they say, and delete makes them empty',
    before: 'global n = 0x10, s = "init", m = -5, e',
    body: `println(n, s, m, e); s .= "+"; n <<= 1; delete m; e = s; println(n, s, m, e); delete s; println("[", s, "]")`,
    prints: '16init-5\n32init+0init+\n[]\n',
  },
  {
    name: 'foreach goes in the order of insertion, or sorted, and stops at its limit',
    before: 'global a',
    body: `a[3] = 10; a[1] = 10; a[2] = 20; a[5] = 5; delete a[1]; a[1] = 10
foreach (k in a) print(k, " ")
foreach (k- in a limit 2) print(k, " ")
foreach (v = k in a+) print(k, "=", v, " ")
foreach (k in a) { if (k == 2) continue; if (k == 5) break; print(k) }`,
    prints: '3 2 5 1 5 3 5=5 3=10 1=10 2=20 3',
  },
  {
    name: 'foreach over strings and several keys sorts by each of them',
    before: 'global n, t',
    body: `n["pear", 2] = 1; n["apple", -7] = 2; n["fig", 0x7fffffffffffffff] = 3; n["apples", 1] = 4
foreach ([s+, k] in n) printf("%s %d|", s, k)
foreach ([s, k-] in n) printf("%s|", s)
t[1] = "b"; t[2] = "a"; t[3] = "b"; t[4] = ""
foreach (k in t+) print(k)
foreach (v = k in t-) print(v, k)`,
    prints: 'apple -7|apples 1|fig 9223372036854775807|pear 2|fig|pear|apples|apple|4213b1b3a24',
  },
  {
    name: 'foreach over a part of an array, with keys that are worked out once',
    before: 'global p, t',
    body: `p[1, 10] = 5; p[2, 10] = 4; p[1, 20] = 3; p[3, 10] = 2; p[1, 30] = 1; t["a", 1, "x"] = 6; t["b", 1, "y"] = 7; t["a", 2, "x"] = 8
foreach ([a, b] in p[1, *]) print(a, b, " ")
foreach (v = [a, b] in p[*, 10]) print(a, v, " ")
foreach ([a, b-] in p[1, *] limit 2) print(b, " "); foreach (v = [a, b] in p[*, 10]+ limit 1) print(v, a, " ")
foreach ([a, b] in p[3, 10]) print("one", a, b, " "); foreach ([a, b] in p[3, 11]) print("none")
k = 1; foreach ([k, b] in p[k, *]) { print(k, b, " "); k = 2 }
s = "a"; foreach ([s, n, u] in t[s, *, "x"]) print(s, n, u, " "); foreach ([s, n, u] in t[*, *, "y"]) print(s, n)
foreach ([s, n, u] in t["abcdefghijklmnop", *, *]) print("never"); foreach ([s, n, u] in t[*, *, *]) print(n)`,
    prints: '110 120 130 15 24 32 30 20 23 one310 110 120 130 a1x a2x b1112',
  },
  {
    name: 'in and delete with keys that match any',
    before: 'global p, t',
    body: `for (i = 0; i < 4; i++) for (j = 0; j < 4; j++) { p[i, j] = i + j; t[sprint("k", i), j] = "v" }
println([*, 3] in p, [*, 4] in p, ["k2", *] in t, ["k4", *] in t, [*, *] in p)
delete p[*, 3]; delete p[i - 4, *]; delete t["k1", *]; delete t[*, 0]
foreach ([i, j] in p) print(i, j, " ")
foreach ([s, j] in t) print(s, j, " ")
delete p[*, *]; println([*, *] in p, [1, 1] in p)`,
    prints: '10101\n10 11 12 20 21 22 30 31 32 k01 k02 k03 k21 k22 k23 k31 k32 k33 00\n',
  },
  {
    name: 'foreach may stand in foreach, over the same array too',
    before: 'global a',
    body: `a[1] = 5; a[2] = 6
foreach (i in a) foreach (j in a-) print(i, j, " ")
foreach (i in a limit 0) print("never")
foreach (i in a limit a[9] + 1) print("once", i)`,
    prints: '12 11 22 21 once1',
  },
]

export const cases: readonly Case[] = [
  ...numbers,
  ...strings,
  ...formats,
  ...control,
  ...recursion,
  ...overloads,
  ...arrays,
]
