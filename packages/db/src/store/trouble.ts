import { z } from 'zod'

/** A failure as data: stable code, what happened, what to do. */
export const TroubleView = z.object({ code: z.string(), message: z.string(), cure: z.string() })
export type TroubleView = z.infer<typeof TroubleView>
