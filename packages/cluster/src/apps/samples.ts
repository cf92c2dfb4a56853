/** Apps that come with Bramble, in the folder `samples`, to deploy first. */
import { z } from 'zod'

export const SampleName = z.enum(['page', 'board', 'guestbook'])
export type SampleName = z.infer<typeof SampleName>

/** What an app that is made of it is given. */
export const samples: Record<SampleName, { database: boolean }> = {
  page: { database: false },
  board: { database: true },
  guestbook: { database: true },
}
