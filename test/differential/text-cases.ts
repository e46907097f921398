import type { Case } from './language-cases.ts'

// Strings: what the library's functions and `=~` give. Constants are kept from being known to the
// compiler by going through globals.

const NUMBERS = 'function n:string (s:string, b:long) { return sprintf("%d ", strtol(s, b)) }'

export const textCases: readonly Case[] = [
  {
    name: '=~ tells whether a pattern matches somewhere, !~ whether it does not',
    before: 'global s = "tcp_sendmsg"',
    body: `print(s =~ "send", s =~ "^send", s =~ "msg$", s !~ "msg$", s =~ "^[a-z_]+$", s =~ "", s =~ "x|y|_")
if (s =~ "recv|send") print(" yes")
if (s !~ "recv") print(" no")`,
    prints: '1010111 yes no',
  },
  {
    name: '=~ in an empty string, and at its ends',
    before: 'global e = "", s = "ab"',
    body: 'print(e =~ "^$", e =~ ".", e =~ "a*", s =~ "^$", s =~ "^ab$", s =~ "b^", s =~ "b$")',
    prints: '1010101',
  },
  {
    name: 'matched() gives the groups of the last match',
    before: 'global s = "eth0.42: up", t',
    body: `if (s =~ "^([a-z]+[0-9]*)[.]([0-9]+)(x)?") {
  t = matched(2)
  printf("%s|%s|%s|%s|%d|%s|%d", matched(0), matched(1), t, matched(3), ngroups(), matched_str(), strtol(t, 10))
}`,
    prints: 'eth0.42|eth0|42||3|eth0.42|42',
  },
  {
    name: 'a match starts first and is the longest from there',
    before: 'global s = "xabcd", a = "aaab"',
    body: `if (s =~ "b|(ab|abc)(c?)") printf("%s|%s|%s ", matched(0), matched(1), matched(2))
if (a =~ "(a*)(a+)(b|$)") printf("%s|%s|%s ", matched(1), matched(2), matched(3))
if (a =~ "(a|b)*$") printf("%s", matched(1))`,
    prints: 'abc|ab|c aa|a|b b',
  },
  {
    name: '!~ leaves what the last =~ kept, a failed =~ does not',
    before: 'global s = "abc"',
    body: `print(s =~ "b(.)", s !~ "b", s !~ "x", matched(1))
try { print(s =~ "x"); print(matched(0)) } catch (m) { print(" ", m) }
try { print(ngroups()) } catch { print(" none") }
print(s =~ "."); try { print(" ", matched(0), matched(1)) } catch (m) { print(" ", m) }`,
    prints:
      "101c0 the last '=~' did not match near identifier 'matched' at t.stp:4:30 none1 the pattern that matched has fewer groups near identifier 'matched' at t.stp:6:47",
  },
  {
    name: 'what =~ kept is there in functions, and a loop matches anew each time',
    before: 'global s = "a1b2c3" function take:string () { return matched(2) . matched(1) }',
    body: `rest = s; all = ""
for (i = 0; i < 9 && rest =~ "^([a-z])([0-9])(.*)$"; i++) { all .= take(); rest = matched(3) }
print(all)`,
    prints: '1a2b3c',
  },
  {
    name: 'strpos() and isinstr()',
    before: 'global s = "a_ab_abc", p = "abc", e = ""',
    body: `printf("%d %d %d %d %d ", strpos(s, "abc"), strpos(s, "ab"), strpos(s, ""), strpos(s, "abd"), strpos(e, "a"))
printf("%d %d %d %d ", strpos(s, p), strpos(s, e), strpos(e, p), strpos("xabababcx", p))
print(isinstr(s, "b_"), isinstr(s, "ba"), isinstr(s, p), isinstr(p, s), isinstr("a.c", "."), isinstr("ac", "."))`,
    prints: '5 2 0 -1 -1 5 0 -1 5 101010',
  },
  {
    name: 'strpos() of parts that overlap themselves',
    before: 'global p = "aabaaab", q = "aaaa", t = "aabaabaaab"',
    body: `println(strpos(t, p), " ", strpos(t, q), " ", strpos("aaabaaaa", q), " ", strpos("xaabaabaaaab", p))
println(strpos("abababac", "ababac"), " ", strpos(t . t, "baabaab"), " ", strpos(q . p, p))`,
    prints: '3 -1 4 -1\n2 9 4\n',
  },
  {
    name: 'stringat() and isdigit()',
    before: 'global s = "a1\\xff"',
    body: `printf("%d %d %d %d %d ", stringat(s, 0), stringat(s, 1), stringat(s, 2), stringat(s, 3), stringat("xyz", 511))
print(isdigit(s), isdigit(substr(s, 1, 1)), isdigit(""), isdigit("9"), isdigit("/"), isdigit(":"))
try { print(stringat(s, -1)) } catch (m) { print(" ", m) }
try { print(stringat(s, 512)) } catch (m) { print(" no") }`,
    prints:
      "97 49 255 0 0 010100 the position is not from 0 to 511 near identifier 'stringat' at t.stp:5:13 no",
  },
  {
    name: 'strtol() of every base',
    before: NUMBERS,
    body: `print(n("42", 10), n("-42", 10), n("0x1F", 16), n("1f", 16), n("777", 8), n("101", 2), n("0x10", 0), n("010", 0), n("-0x10", 0))
print(n("12ab", 10), n("", 10), n("-", 10), n("+1", 10), n(" 1", 10), n("0x", 16), n("0x", 0), n("zz", 36), n("b", 36), n("1", 1), n("1", 99), n("9", -1))
print(n("9223372036854775807", 10), n("-9223372036854775808", 10), n("ffffffffffffffff", 16), n("18446744073709551616", 10))`,
    prints:
      '42 -42 31 31 511 5 16 8 -16 12 0 0 0 0 0 0 0 11 0 0 0 9223372036854775807 -9223372036854775808 -1 0 ',
  },
  {
    name: 'tokenize() takes a string apart',
    before: 'global s = "/usr//bin:x/", d = ":/", t[9]',
    body: `for (w = tokenize(s, "/:"); w != ""; w = tokenize("/:")) t[i++] = w
print(i, t[0], t[1], t[2], tokenize(":"), "|")
print(tokenize(s, d), tokenize("", d), tokenize(d), tokenize(d), "|")
print(tokenize("a,b", ";"), tokenize(","), tokenize("::", ":"), tokenize("x", ""), tokenize("", "x"))`,
    prints: '3usrbinx|usrbinx|a,bx',
  },
  {
    name: 'tokenize() goes on in another function',
    before: 'global s = "a b c" function next_word:string () { return tokenize(" ") }',
    body: 'w = tokenize(s, " "); print(w, next_word(), next_word(), next_word(), "|")',
    prints: 'abc|',
  },
  {
    name: 'str_replace() as a key and in comparisons',
    before: 'global s = "a-b--c", n',
    body: `n[str_replace(s, "-", "+")] = 3; print(n["a+b++c"], str_replace(s, "--", "") == "a-bc", " ", str_replace(s, "", "x"), " ", str_replace(s, "b", s), " ", str_replace("aaa", "aa", "b"), str_replace("aaa", "a", ""), "|")`,
    prints: '31 a-b--c a-a-b--c--c ba|',
  },
  {
    name: 'escapes, where they are printed',
    before: 'global s = "a-b--c"',
    body: `print(s, " ", text_str("a\\t\\"\\n\\xff\\\\"), " ", text_strn("abcdef", 3, 0), " ", text_strn("abcdef", 3, 1), " ", text_strn("abc", 3, 1), " ", string_quoted("a\\"b"))`,
    prints: 'a-b--c a\\t\\"\\n\\377\\\\ abc "abc"... "abc" "a\\"b"',
  },
  {
    name: 'sprintf() of numbers by every conversion',
    before: 'global n = -42, p = 42, z, t',
    body: `t = sprintf("%d %5d|%-5d|%05d|%+d % d %i", n, n, n, n, p, p, p); print(t, ";")
t = sprintf("%u %x %X %o %p", n, n, n, n, n); print(t, ";")
t = sprintf("%#x %#X %#o %#x %#o %o", p, p, p, z, z, z); print(t, ";")
t = sprintf("%.5d %8.3d %-8.3d| %08.3x %#08x %.0d", n, n, n, p, p, z); print(t, ";")
t = sprintf("%*d|%*d|%.*d|%0*d|%-*d|%*.*x", 5, n, -5, n, 4, n, 6, n, 5, p, 6, 3, p); print(t)`,
    prints:
      '-42   -42|-42  |-0042|+42  42 42;18446744073709551574 ffffffffffffffd6 FFFFFFFFFFFFFFD6 1777777777777777777726 0xffffffffffffffd6;0x2a 0X2A 052 0x0 00 0;-00042     -042 -042    | 0000002a     0x2a 0;  -42|-42  |-0042|-00042|42   |   02a',
  },
  {
    name: 'sprintf() of the largest numbers',
    before: 'global n = -0x8000000000000000, p = 0x7fffffffffffffff, t',
    body: 't = sprintf("%d %d %u %o %.25d %+.3d", n, p, n, n, n, p); print(t)',
    prints:
      '-9223372036854775808 9223372036854775807 9223372036854775808 1000000000000000000000 -0000009223372036854775808 +9223372036854775807',
  },
  {
    name: 'sprintf() of strings and characters',
    before: 'global s = "klew", e = "", c = 65, t',
    body: `t = sprintf("%s|%6s|%-6s|%.2s|%6.2s|%-6.2s|%.*s|%*s|%s%.3s", s, s, s, s, s, s, 3, s, -5, s, e, e); print(t, ";")
t = sprintf("%c%3c%-3c|%#c%#c%#c%#c%#5c|", c, c, c, c, 10, 39, 200, 92); print(t, ";")
t = sprintf("%o%c%s", c, 0, s); print(t, ";", sprintf("%c", c) == "A", strlen(sprintf("%5c|", 0)))
t = sprintf("%%%o%%", c); print(t)`,
    prints:
      "klew|  klew|klew  |kl|    kl|kl    |kle|klew |;A  AA  |A\\n\\'\\310   \\\\|;101;14%101%",
  },
  {
    name: 'sprintf() of raw bytes ends at the first that is 0',
    before: 'global n = 0x41424344, t',
    body: `t = sprintf("%4b|%1b|%.2b|", n, n, n); print(t, ";")
t = sprintf("%b|", n); print(t, ";"); t = sprintf("%-6.2b|", n); print(t, ";"); t = sprintf("a%6.2b|", n); print(t)`,
    prints: 'DCBA|D|DC|;DCBA;DC;a',
  },
  {
    name: 'sprintf() is cut where a string ends',
    before: 'global s = "0123456789abcdef", t, u',
    body: `t = sprintf("%300d|%-300d|", 1, 2); print(strlen(t), substr(t, 299, 4), ";")
t = sprintf("%.600d", 7); print(strlen(t), substr(t, 505, 9), ";")
for (i = 0; i < 5; i++) s = s . s
t = sprintf("%o%s%s", 8, s, s); print(strlen(t), substr(t, 0, 4), substr(t, 505, 9), ";")
u = sprintf("%*s", 1000, s); print(strlen(u), ";"); u = sprintf("%-1000.3s|", s); print(strlen(u), substr(u, 0, 5), "|")`,
    prints: '5111|2 ;511000000;5111001789abc;511;511012  |',
  },
]
