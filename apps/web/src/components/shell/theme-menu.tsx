'use client'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import {
  Dropdown,
  DropdownContent,
  DropdownRadioGroup,
  DropdownRadioItem,
  DropdownTrigger,
} from '@/components/ui/dropdown.tsx'
import { en } from '@/copy/en.ts'
import { type Theme, themeCookie, themeOf, themes } from '@/lib/theme.ts'

const icons = { system: Monitor, light: Sun, dark: Moon }

export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial)
  const Icon = icons[theme]
  const choose = (value: string) => {
    const next = themeOf(value)
    setTheme(next)
    document.documentElement.dataset.theme = next
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http
    document.cookie = `${themeCookie}=${next}; path=/; max-age=31536000; samesite=lax`
  }
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={en.theme.label}>
          <Icon aria-hidden />
        </Button>
      </DropdownTrigger>
      <DropdownContent>
        <DropdownRadioGroup value={theme} onValueChange={choose}>
          {themes.map((entry) => {
            const Entry = icons[entry]
            return (
              <DropdownRadioItem key={entry} value={entry}>
                <Entry aria-hidden />
                {en.theme[entry]}
              </DropdownRadioItem>
            )
          })}
        </DropdownRadioGroup>
      </DropdownContent>
    </Dropdown>
  )
}
