import type { LateContext } from '../host/late.ts'
import type { Image } from '../image.ts'
import { FLUSH_BYTES, type Output } from './output.ts'
import { recordText } from './record.ts'
import type { RingMemory } from './ring.ts'
import { createWriter, type SiteWriter } from './writer.ts'

/** Turns print records into output, by one generated writer for each site that ever prints. */
export class Printer {
  readonly #image: Image
  readonly #memory: RingMemory
  readonly #output: Output
  readonly #context: LateContext
  readonly #writers: (SiteWriter | undefined)[] = []

  constructor(image: Image, memory: RingMemory, output: Output, context: LateContext) {
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
      output.text(recordText(this.#site(site), this.#memory, offset, this.#context))
    }
  }

  #make(site: number): SiteWriter {
    const { bytes } = this.#output
    const writer = createWriter(this.#site(site), this.#memory, bytes, this.#context)
    this.#writers[site] = writer
    return writer
  }

  #site(index: number): Image['sites'][number] {
    const site = this.#image.sites[index]
    if (site === undefined) throw new Error(`the ring holds a record of unknown site ${index}`)
    return site
  }
}
