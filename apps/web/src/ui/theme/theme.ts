/** Light, dark or as the system says. Kept in a cookie, so that the server's first byte has the right colours: no flash. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const themeCookie = 'bramble-theme'

export function themeOf(value: string | undefined): Theme {
  return themes.find((theme) => theme === value) ?? 'system'
}
