'use client'
import { Monitor, Moon, Sun } from 'lucide-react'
import { Button } from '@/components/ui/button.tsx'
import {
  Dropdown,
  DropdownContent,
  DropdownRadioGroup,
  DropdownRadioItem,
  DropdownTrigger,
} from '@/components/ui/dropdown.tsx'
import { en } from '@/copy/en.ts'
import { type Theme, themeOf, themes } from '@/lib/theme.ts'
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
