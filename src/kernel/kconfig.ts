/**
 * Looks up options in the text of a kernel's configuration: `CONFIG_X=value` a line. What is not
 * set stands there as a comment, or not at all, and has no value.
 */
export function kconfigOf(text: string): (name: string) => string | undefined {
  return name => {
    const start = text.startsWith(`${name}=`) ? 0 : text.indexOf(`\n${name}=`) + 1
    if (start === 0 && !text.startsWith(`${name}=`)) return undefined
    const end = text.indexOf('\n', start)
    const value = text.slice(start + name.length + 1, end < 0 ? text.length : end)
    return value.replace(/^"(.*)"$/, '$1')
  }
}
