/** Macros that every script has without defining them, as in SystemTap's library. */
export const standardMacros: ReadonlyMap<string, string> = new Map([
  ['@choose_defined', '@define choose_defined(a, b) %( (@defined(@a) ? @a : @b) %)'],
  ['@task', '@define task(pointer) %( @cast(@pointer, "task_struct", "kernel") %)'],
  ['@mm', '@define mm(pointer) %( @cast(@pointer, "mm_struct", "kernel") %)'],
])
