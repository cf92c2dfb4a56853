'use client'
import { CircleUser, LogOut } from 'lucide-react'
import { useTransition } from 'react'
import type { Account } from '@/auth/access.ts'
import { signOut } from '@/features/sign-in/actions.ts'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import {
  Dropdown,
  DropdownContent,
  DropdownItem,
  DropdownLabel,
  DropdownSeparator,
  DropdownTrigger,
} from '@/ui/dropdown.tsx'

export function AccountMenu({ account, wide }: { account: Account; wide?: boolean }) {
  const [leaving, start] = useTransition()
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button
          variant="ghost"
          size={wide ? 'md' : 'icon-sm'}
          aria-label={wide ? `${en.nav.account}: ${account.name}` : en.nav.account}
          className={cn(wide && 'min-w-0 flex-1 shrink justify-start px-2')}
        >
          <CircleUser aria-hidden />
          {wide ? <span className="truncate">{account.name}</span> : null}
        </Button>
      </DropdownTrigger>
      <DropdownContent align={wide ? 'start' : 'end'}>
        <DropdownLabel className="max-w-60 truncate">
          {account.email} · {en.roles[account.role]}
        </DropdownLabel>
        <DropdownSeparator />
        <DropdownItem disabled={leaving} onSelect={() => start(() => signOut())}>
          <LogOut aria-hidden />
          {en.nav.signOut}
        </DropdownItem>
      </DropdownContent>
    </Dropdown>
  )
}
