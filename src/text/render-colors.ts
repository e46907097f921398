/** What is coloured in a message, each by the parameters of an SGR sequence: `01;31`. */
export interface Colors {
  readonly error: string
  readonly warning: string
  /** Places and the frame of the source. */
  readonly source: string
  readonly caret: string
  readonly token: string
}

const DEFAULTS: Colors = {
  error: '01;31',
  warning: '00;33',
  source: '00;34',
  caret: '01',
  token: '01',
}

/**
 * The colours of SYSTEMTAP_COLORS, `error=01;31:caret=01`; those that it does not name are the
 * usual ones. Undefined where it is empty or not of that form: then nothing is coloured.
 */
export function parseColors(text: string | undefined): Colors | undefined {
  if (text === undefined) return DEFAULTS
  const colors: { -readonly [K in keyof Colors]: Colors[K] } = { ...DEFAULTS }
  for (const item of text.split(':')) {
    const [, key = '', value = ''] = /^(\w+)=([0-9;]+)$/.exec(item) ?? []
    if (!isKey(key)) return undefined
    colors[key] = value
  }
  return colors
}

function isKey(text: string): text is keyof Colors {
  return Object.hasOwn(DEFAULTS, text)
}
