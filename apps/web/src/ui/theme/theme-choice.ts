'use client'
/** The colours that were chosen, for every control that shows or changes them. */
import { useEffect, useState } from 'react'
import { type Theme, themeCookie, themeOf } from './theme.ts'

const chosen = 'bramble-theme'

export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=31536000; samesite=lax`
  window.dispatchEvent(new Event(chosen))
}

export function useTheme(initial: Theme): Theme {
  const [theme, setTheme] = useState(initial)
  useEffect(() => {
    const read = () => setTheme(themeOf(document.documentElement.dataset.theme))
    window.addEventListener(chosen, read)
    return () => window.removeEventListener(chosen, read)
  }, [])
  return theme
}
