import { disassemble } from '../bpf/disassemble.ts'
import { mapTypeName } from '../bpf/map.ts'
import { programTypeName } from '../bpf/program.ts'
import type { Attachment, Image, MapSpec, ProgramSpec } from '../image.ts'
import { Source } from '../text/source.ts'

/** What -p3 shows of an image: maps, attachments, and the programs with the script's lines. */
export function listing(image: Image): string {
  const parts = [
    image.maps.map(mapLine),
    image.attachments.flatMap(attachment => attachmentLines(image, attachment)),
    ...image.programs.map((program, n) => [programText(image, program, n)]),
  ]
  return parts
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n').trimEnd()}\n`)
    .join('\n')
}

function mapLine({ name, type, keySize, valueSize, maxEntries }: MapSpec, index: number): string {
  const shape = `key ${keySize}, value ${valueSize}, entries ${maxEntries}`
  return `map ${index}: ${name} ${mapTypeName(type)}, ${shape}`
}

function attachmentLines(image: Image, { program, method, targets }: Attachment): string[] {
  return targets.map(({ name, point }) => {
    const text = image.points[point]?.text ?? ''
    return `attach ${program}: ${method} ${name}, point ${point}: ${text}`
  })
}

function programText(image: Image, program: ProgramSpec, index: number): string {
  const head = `program ${index}: ${program.name} ${programTypeName(program.type)}`
  const code = disassemble(program.instructions, {
    maps: image.maps.map(map => map.name),
    points: program.pointReferences,
    comments: scriptLines(image, program),
  })
  return `${head}\n${code}`
}

/** Before the first instruction of each place: the line of the script. */
function scriptLines(image: Image, { lines }: ProgramSpec): ReadonlyMap<number, string> {
  const sources = image.sources.map(({ name, text }) => new Source(name, text))
  const comments = new Map<number, string>()
  let last = ''
  for (const { instruction, place } of lines) {
    const where = image.places[place]
    const source = where && sources[where.source]
    if (where === undefined || source === undefined) continue
    const { line } = source.position(where.start)
    const comment = `${source.name}:${line}  ${source.line(line).trim()}`
    if (comment !== last) comments.set(instruction, comment)
    last = comment
  }
  return comments
}
