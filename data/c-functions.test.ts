import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cFunctions } from './c-functions.ts'

const cases: [name: string, text: string, functions: string[]][] = [
  ['a definition', 'int f(int a)\n{\n\treturn g(a);\n}\n', ['f:1']],
  ['the line is that of the name', 'static inline\nint\nf(void)\n{ }', ['f:3']],
  ['a declaration is none', 'int f(void);\nextern int g(int);', []],
  ['a table is none', 'struct ops o = { .f = f, .g = g(1), };\nint a[] = { x(1) };', []],
  ['a struct is none', 'struct s { int (*f)(int); } __attribute__((packed));', []],
  ['behind a struct', 'struct s { int a; };\nint f(void) { }', ['f:2']],
  ['one that gives a pointer to functions is left out', 'int (*f(int a))(int)\n{\n}', []],
  ['attributes before', 'static __printf(1, 2) int f(char *x)\n{ }', ['f:1']],
  ['attributes behind', 'void f(void)\n\t__acquires(a) __releases(b)\n{ }', ['f:1']],
  ['names with underscores', 'int __f(void) { }\nint ____g(void) { }', ['__f:1', '____g:2']],
  [
    'macros that take no semicolon',
    'BTF_ID_LIST(ids)\nBTF_ID(struct, s)\nint f(void) { }',
    ['f:3'],
  ],
  ['a macro with a body', 'DEFINE_THING(x) {\n}\nint f(void) { }', ['f:3']],
  ['a system call', 'SYSCALL_DEFINE3(bind, int, fd,\n\tint, b) { }', ['%bind:1']],
  ['a compat system call', 'COMPAT_SYSCALL_DEFINE1(x, int, a) { }', ['&x:1']],
  ['a BPF helper', 'BPF_CALL_2(bpf_x, int, a, int, b) { }', ['=bpf_x:1']],
  ['an exception', 'DEFINE_IDTENTRY(exc_bounds)\n{ }', ['exc_bounds:1']],
  ['comments', '/* int f(void) { */ // int g(void) {\nint h(void /* { */) { }', ['h:2']],
  [
    'strings and characters',
    "int f(void) { p(\"{\\\"\", '{', '\\''); }\nint g(void) { }",
    ['f:1', 'g:2'],
  ],
  ['directives', '#define F(x) \\\n\tint f(void) {\nint g(void) { }', ['g:3']],
  [
    'both branches of a head',
    '#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n}\nint g(void) { }',
    ['f:2', 'g:9'],
  ],
  [
    'both branches of a body',
    'int f(void) {\n#if A\nif (x) {\n#else\nif (y) {\n#endif\n} }\nint g(void) { }',
    ['f:1', 'g:8'],
  ],
  ['what is disabled', '#if 0\nint f(void) {\n#if A\n#endif\n"\n#endif\nint g(void) { }', ['g:7']],
  ['the other branch of what is disabled', '#if 0\n{\n#else\nint f(void) { }\n#endif', ['f:4']],
  ['an end in the middle', 'int f(void) { "', ['f:1']],
  ['nothing', '', []],
]
for (const [name, text, functions] of cases) {
  test(`C functions: ${name}`, () => {
    const found = cFunctions(Buffer.from(text, 'latin1'))
    assert.deepEqual(
      found.map(f => `${f.name}:${f.line}`),
      functions,
    )
  })
}
