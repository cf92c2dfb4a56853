/** What a board says about itself: model, memory and system out of the node's last facts. */
import { z } from 'zod'

const Facts = z.object({
  model: z.string().nullish(),
  memory: z.number().optional(),
  codename: z.string().optional(),
  architecture: z.string().optional(),
  container: z.boolean().optional(),
  diskFree: z.number().optional(),
})

export interface BoardFacts {
  /** "Raspberry Pi 4 Model B", "Virtual Pi"; null when it was never asked. */
  model: string | null
  /** "4 GB RAM"; null when unknown. */
  memory: string | null
  /** "Debian trixie"; null when unknown. */
  system: string | null
}

export function boardFacts(facts: unknown): BoardFacts {
  const parsed = Facts.safeParse(facts)
  if (!parsed.success) return { model: null, memory: null, system: null }
  const { model, memory, codename, container, architecture } = parsed.data
  return {
    model: model ? model.replace(/ Rev [\d.]+$/, '') : container ? 'Virtual Pi' : (architecture ?? null),
    memory: memory ? `${memoryWords(memory)} RAM` : null,
    system: codename ? `Debian ${codename}` : null,
  }
}

/** A Pi's memory as it is sold: the kernel keeps a part for itself and for the GPU. */
export function memoryWords(bytes: number): string {
  const gib = bytes / 2 ** 30
  const sold = [0.5, 1, 2, 4, 8, 16].find((size) => gib <= size && gib > size * 0.7)
  if (sold === 0.5) return '512 MB'
  return sold ? `${sold} GB` : `${gib.toFixed(1)} GB`
}
