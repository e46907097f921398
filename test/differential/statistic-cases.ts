import type { Case } from './language-cases.ts'

/** Statistics. What they print is what SystemTap 4.8 printed, but for places of errors in messages. */
export const statistics: readonly Case[] = [
  {
    name: 'every extractor of a scalar statistic',
    before: 'global s',
    body: `s <<< 5; s <<< -3; s <<< 1000
printf("%d %d %d %d %d %d", @count(s), @sum(s), @min(s), @max(s), @avg(s), @variance(s))`,
    prints: '3 1002 -3 1000 334 332683',
  },
  {
    name: 'the variance as SystemTap works it out, with what its integers lose',
    before: 'global w',
    body: `x = 12345
for (i = 0; i < 11; i++) { x = (x * 1103515245 + 12345) & 0x7fffffff; w <<< x % 1000 - 500; printf("%d ", @variance(w)) }`,
    prints: '0 14365 25434 26512 78691 66873 78045 75502 73180 78624 76678 ',
  },
  {
    name: 'the variance of values shifted left',
    before: 'global v',
    body: `for (i = 0; i < 7; i++) { v <<< i * i * i - 40; printf("%d %d|", @variance(v, 8), @avg(v)) }`,
    prints: '0 -40|0 -39|19 -37|156 -31|722 -20|2415 -2|6564 23|',
  },
  {
    name: 'of an empty statistic only count and sum are known',
    before: 'global s, never_added, a probe never { never_added <<< 1; a[1] <<< 1 }',
    body: `println(@count(never_added), @sum(never_added), @count(a[3]), 3 in a)
try { println(@avg(never_added)) } catch (m) { println(m) }
try { println(@max(a[3])) } catch (m) { println(m) }
println(@min(s)); s <<< 1`,
    prints: `0000
empty aggregate near operator '@avg' at t.stp:4:15
empty aggregate near operator '@max' at t.stp:5:15
ERROR: empty aggregate near operator '@min' at t.stp:6:9
`,
  },
  {
    name: 'sums wrap',
    before: 'global s',
    body: 's <<< 0x7fffffffffffffff; s <<< 1; println(@sum(s), " ", @avg(s), " ", @max(s))',
    prints: '-9223372036854775808 -4611686018427387904 9223372036854775807\n',
  },
  {
    name: 'statistics in an array, tested and deleted',
    before: 'global a',
    body: `a["x", 1] <<< 4; a["x", 2] <<< 5; a["x", 1] <<< 7
println(@sum(a["x", 1]), " ", @max(a["x", 2]), " ", @count(a["y", 1]))
println(["x", 1] in a, ["y", 1] in a, [*, 2] in a, [*, 3] in a)
delete a["x", 1]; println(["x", 1] in a, @count(a["x", 1]))
a["z", 3] <<< 8; delete a["x", *]; println(@count(a["x", 2]), @count(a["z", 3]))`,
    prints: '11 5 0\n1010\n00\n01\n',
  },
  {
    name: 'delete empties a scalar, and an array of statistics',
    before: 'global s, a',
    body: `s <<< 4; delete s; println(@count(s)); s <<< 9; println(@min(s), @max(s))
a[1] <<< 3; a[2] <<< 3; delete a; println(@count(a[1]), 2 in a); a[2] <<< 5; println(@min(a[2]))`,
    prints: '0\n99\n00\n5\n',
  },
  {
    name: 'a full array of statistics takes no new element, and one with % drops its oldest',
    before: 'global a[2], b%[2]',
    body: `a[1] <<< 4; a[2] <<< 5; a[1] <<< 6; try { a[3] <<< 7 } catch (m) { println(m) }
println(@sum(a[1]), @sum(a[2]), @sum(a[3]))
b[1] <<< 4; b[2] <<< 5; b[1] <<< 6; b[3] <<< 7; println(@sum(b[1]), @sum(b[2]), @sum(b[3]))`,
    prints: `Array overflow, check size limit (2) near identifier 'a' at t.stp:3:43
1050
057
`,
  },
  {
    name: 'a logarithmic histogram: printed, indexed, tested, gone over',
    before: 'global s',
    body: `s <<< 5; s <<< -3; s <<< 6; s <<< 0
print(@hist_log(s))
println(@hist_log(s)[67], @hist_log(s)[62], @hist_log(s)[0], 67 in @hist_log(s), 3 in @hist_log(s))
foreach (b in @hist_log(s)) if (@hist_log(s)[b]) print(b, " ")
foreach (b in @hist_log(s) limit 3) print(b)
try { println(@hist_log(s)[128]) } catch (m) { print(m) }
try { println(@hist_log(s)[-1]) } catch { println("") }`,
    prints: `value |-------------------------------------------------- count
   -8 |                                                   0
   -4 |                                                   0
   -2 |@                                                  1
   -1 |                                                   0
    0 |@                                                  1
    1 |                                                   0
    2 |                                                   0
    4 |@@                                                 2
    8 |                                                   0
   16 |                                                   0

21020
62 64 67 012histogram index out of range near operator '@hist_log' at t.stp:8:15
`,
  },
  {
    name: 'a linear histogram of an element counts what is outside too',
    before: 'global a',
    body: `a["k"] <<< 5; a["k"] <<< -30; a["k"] <<< 1000; a["k"] <<< 0x7fffffffffffffff
a["k"] <<< -0x7fffffffffffffff - 1; a["other"] <<< 1
print(@hist_linear(a["k"], -10, 20, 10))
println(@hist_linear(a["k"], -10, 20, 10)[0], @hist_linear(a["k"], -10, 20, 10)[5])
try { print(@hist_linear(a["none"], -10, 20, 10)) } catch (m) { println(m) }`,
    prints: `value |-------------------------------------------------- count
 <-10 |@@                                                 2
  -10 |                                                   0
    0 |@                                                  1
   10 |                                                   0
   20 |                                                   0
  >20 |@@                                                 2

22
empty aggregate near identifier 'print' at t.stp:7:7
`,
  },
  {
    name: 'every bucket of a logarithmic histogram, from the least long to the largest',
    before: 'global s',
    body: `for (i = 0; i < 63; i++) { s <<< 1 << i; s <<< (1 << i) - 1; s <<< -(1 << i); s <<< -(1 << i) - 1 }
n = 0; foreach (b in @hist_log(s)) { n += @hist_log(s)[b] * b; if (@hist_log(s)[b] == 2) two++ }
println(n, " ", two, " ", @hist_log(s)[0], @hist_log(s)[63], @hist_log(s)[64], @hist_log(s)[127])`,
    prints: '16064 123 0111\n',
  },
  {
    name: 'foreach over statistics',
    before: 'global a',
    body: `a["k"] <<< 7; a["l"] <<< 7; a["k"] <<< 70; a["b"] <<< 1
foreach (k in a) print(k, @sum(a[k]), " ")
foreach (k- in a limit 2) print(k, @count(a[k]), " ")`,
    prints: 'k77 l7 b1 l1 k2 ',
  },
  {
    name: 'foreach over a part of an array of statistics, sorted by each of what they say',
    before: 'global a',
    body: `a["a", 1] <<< 3; a["b", 1] <<< 4; a["b", 1] <<< -9; a["c", 1] <<< 100; a["c", 2] <<< 0; a["a", 2] <<< -500; a["c", 1] <<< 20
foreach ([k, n] in a["c", *] @sum+) print(k, n, " "); foreach ([k, n] in a[*, 1] @min-) print(k, n, " ")
foreach ([k, n] in a @count-) print(k, n); foreach ([k, n] in a @variance- limit 2) print(" ", k, n)
foreach ([k, n] in a @sum+) foreach ([l, m] in a["b", *] @max-) print(" ", k, m)`,
    prints: 'c2 c1 c1 a1 b1 b1c1a1c2a2 c1 b1 a1 b1 c1 a1 c1',
  },
  {
    name: 'foreach sorted by what the statistics say',
    before: 'global a',
    body: `a["a"] <<< 3; a["b"] <<< 4; a["b"] <<< -9; a["c"] <<< 100
foreach (k in a @sum+) print(k); print(" "); foreach (k in a @sum-) print(k); print(" ")
foreach (k in a @max+) print(k); print(" "); foreach (k in a @avg- limit 1) print(k)
print(" "); foreach (k in a-) print(k)`,
    prints: 'bac cab abc c bac',
  },
]
