/** What the audit can be filtered by, as it stands in the address. */
export const filterNames = ['text', 'who', 'what', 'outcome', 'from', 'to'] as const
export type FilterName = (typeof filterNames)[number]
