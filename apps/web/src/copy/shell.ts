/** Words of the frame around all pages. */
export const wall = {
  enter: 'Wall view',
  hint: 'This page alone, large, on a screen that stays awake',
  leave: 'Leave the wall view (Escape)',
} as const

/** In front of the title of the tab when something is wrong. */
export const troubleTitle = (title: string) => `(!) ${title}`
