'use client'
import { Monitor, Moon, Sun } from 'lucide-react'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownRadioGroup, DropdownRadioItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { type Theme, themeOf, themes } from './theme.ts'
import { chooseTheme, useTheme } from './theme-choice.ts'

const icons = { system: Monitor, light: Sun, dark: Moon }

export function ThemeMenu({ initial }: { initial: Theme }) {
  const theme = useTheme(initial)
  const Icon = icons[theme]
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={en.theme.label}>
          <Icon aria-hidden />
        </Button>
      </DropdownTrigger>
      <DropdownContent>
        <DropdownRadioGroup value={theme} onValueChange={(value) => chooseTheme(themeOf(value))}>
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
