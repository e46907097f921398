import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { printChecked } from './print.ts'

const SCRIPT = `global s, a, h[5], w%, st = "x", arr%[7], unused
function f:long(a:string, b) { q = b + 1; return q }
function raw(x) { print(x); return }
probe begin {
  s <<< 1; a[1, "a"] <<< 2; w[2] = 3; arr["a"]++; h[1] = st
  x = 1; y = "z\\n"; print(@count(s), @hist_log(a[1, "a"])[1], x)
  if (x > 1) { raw(2) } else next
  foreach (k+ in h limit 2) { printf("%5d %s\\n", k, h[k]); continue }
  foreach ([i, j] in a[1, *] @sum-) println(@hist_log(a[i, j]))
  while (x < 3) x++
  for (;;) { break }
  try { delete h[1] } catch (m) { print(m) }
  z = x ? 1 : 2; print(z, -x, !x, [1, *] in a, y =~ "z", y . "q", 3 in @hist_log(a[1, "a"]))
}
probe timer.s(3) if (st == "y") { print(f("a", 1)) }`

const OUTLINE = `# globals
s:stats
a:stats [long, string]
h[5]:string [long]
w%:long [long]
st:string
arr%[7]:long [string]
# functions
f:long (a:string, b:long)
  # locals
  q:long
raw:unknown (x:long)
# probes
begin /* <- begin */
  # locals
  x:long
  y:string
  k:long
  i:long
  j:string
  m:string
  z:long
timer.s(3) if ((st) == ("y")) /* <- timer.s(3) if (st == "y") */
`

test('print: globals, functions and probes with their types', () => {
  const { program, diagnostics } = checkText(SCRIPT)
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  assert.equal(program && printChecked(program), OUTLINE)
})

const BODIES = `# globals
s:stats
a:stats [long, string]
h[5]:string [long]
w%:long [long]
st:string = "x"
arr%[7]:long [string]
# functions
f:long (a:string, b:long)
  # locals
  q:long
{
(q) = ((b) + (1));
return q;
}
raw:unknown (x:long)
{
printf("%d", x);
return;
}
# probes
begin /* <- begin */
  # locals
  x:long
  y:string
  k:long
  i:long
  j:string
  m:string
  z:long
{
(s) <<< (1);
(a[1, "a"]) <<< (2);
(w[2]) = (3);
(arr["a"])++;
(h[1]) = (st);
(x) = (1);
(y) = ("z\\n");
printf("%d%d%d", @count(s), @hist_log(a[1, "a"])[1], x);
if ((x) > (1)) raw(2)
else next
;
foreach ([k+] in h limit 2) {
printf("%5d %s\\n", k, h[k]);
continue;
};
foreach ([i, j] in a[1, *] @sum-) println(@hist_log(a[i, j]));
for (; (x) < (3); ) (x)++;
for (; ; ) break;
try {
delete h[1];
} catch (m) {
printf("%s", m);
}
;
(z) = ((x)?(1):(2));
printf("%d%d%d%d%d%s%d", z, -(x), !(x), [1, *] in a, (y) =~ "z", (y) . ("q"), [3] in @hist_log(a[1, "a"]));
}
timer.s(3) if ((st) == ("y")) /* <- timer.s(3) if (st == "y") */
{
printf("%d", f("a", 1));
}
`

test('print: with bodies, what functions and handlers do', () => {
  const { program } = checkText(SCRIPT)
  assert.equal(program && printChecked(program, { bodies: true }), BODIES)
})

test('print: embedded C and functions of klew itself as they stand', () => {
  const script =
    'function f:string() %{ /* pure */ STAP_RETURN("a") %}\nprobe begin { print(f(), pid(), %{ 1 %}) }'
  const { program } = checkText(script, { options: { guru: true } })
  const text = program && printChecked(program, { bodies: true })
  assert.deepEqual(text?.split('\n').slice(1, 5), [
    'f:string ()',
    '%{ /* pure */ STAP_RETURN("a") %}',
    'pid:long ()',
    '%{ native %}',
  ])
})
