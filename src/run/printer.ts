import type { LateContext } from '../host/late.ts'
import type { Image } from '../image.ts'
import { FLUSH_BYTES, type Output } from './output.ts'
import { recordText } from './record.ts'
import type { RingMemory } from './ring.ts'
import { createWriter, type SiteWriter } from './writer.ts'

/** Prints the record at `offset` of the ring, of a site of the image. */
export interface RecordPrinter {
  print(site: number, offset: number, length: number): void
}

/** The ring that records are in, and what their texts need. */
export interface PrintedRing {
  readonly image: Image
  readonly memory: RingMemory
  readonly context: LateContext
}

/** Turns print records into output, by one generated writer for each site that ever prints. */
export class Printer implements RecordPrinter {
  readonly #image: Image
  readonly #memory: RingMemory
  readonly #output: Output
  readonly #context: LateContext
  readonly #writers: (SiteWriter | undefined)[] = []

  constructor({ image, memory, context }: PrintedRing, output: Output) {
    this.#image = image
    this.#memory = memory
    this.#output = output
    this.#context = context
  }

  print(site: number, offset: number, length: number): void {
    const writer = this.#writers[site] ?? this.#make(site)
    const { most } = writer
    const output = this.#output
    if (output.reserve(most.bytes + most.records * length)) {
      output.length = writer.write(offset, output.length)
      if (output.length >= FLUSH_BYTES) output.flush()
    } else {
      output.text(recordText(siteAt(this.#image, site), this.#memory, offset, this.#context))
    }
  }

  #make(site: number): SiteWriter {
    const { bytes } = this.#output
    const writer = createWriter(siteAt(this.#image, site), this.#memory, bytes, this.#context)
    this.#writers[site] = writer
    return writer
  }
}

/** Gives `take` the text of each print record, and the point that it is of. */
export function textPrinter(
  { image, memory, context }: PrintedRing,
  take: (text: string, point: number) => void,
): RecordPrinter {
  return {
    print: (site, offset) => {
      const text = recordText(siteAt(image, site), memory, offset, context)
      take(text, memory.u32[(offset + POINT_AT) >> 2] ?? 0)
    },
  }
}

/** Of a record: behind the number of its site. */
const POINT_AT = 4

function siteAt(image: Image, index: number): Image['sites'][number] {
  const site = image.sites[index]
  if (site === undefined) throw new Error(`the ring holds a record of unknown site ${index}`)
  return site
}
