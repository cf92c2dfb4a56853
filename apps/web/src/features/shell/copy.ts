/** Texts of the frame around all pages. */
export const wall = {
  enter: 'Wall view',
  hint: 'Full-screen view of this page; keeps the screen on',
  leave: 'Exit wall view (Escape)',
} as const

/** In front of the title of the tab when something is wrong. */
export const troubleTitle = (title: string) => `(!) ${title}`
