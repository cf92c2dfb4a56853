'use client'
import type { UserView } from '@bramble/db/people'
import { EllipsisVertical, KeyRound, ShieldCheck, ShieldOff, Trash2, UserPlus } from 'lucide-react'
import { startTransition, useActionState, useEffect, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { roleNames } from '@/auth/roles.ts'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle, DialogTrigger } from '@/ui/dialog.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { addUser, changeRole, dismissUser, resetTotp } from './actions.ts'

const words = settings.people

export function People({ users, self }: { users: UserView[]; self: string }) {
  return (
    <>
      <ul className="mt-4 divide-y divide-border border-border border-t">
        {users.map((user) => (
          <Person key={user.id} user={user} self={user.id === self} />
        ))}
      </ul>
      <div className="border-border border-t p-5">
        <AddPerson />
      </div>
    </>
  )
}

function Person({ user, self }: { user: UserView; self: boolean }) {
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const [asked, setAsked] = useState<'remove' | 'reset' | null>(null)
  const give = (role: string) =>
    start(async () => {
      const answer = await confirmed(() => changeRole(user.id, role))
      if (answer.ok) toast.success(words.roleChanged(user.name))
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-3 px-5 py-3.5 text-sm sm:grid-cols-[minmax(0,1fr)_10rem_auto]">
      <div className="col-span-2 grid min-w-0 gap-1 sm:col-span-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="wrap-anywhere font-medium">{user.name}</span>
          {self ? <Badge>{words.you}</Badge> : null}
        </p>
        <p className="wrap-anywhere text-muted">{user.email}</p>
        {user.secondFactor || user.tokens > 0 ? (
          <p className="flex flex-wrap gap-2">
            {user.secondFactor ? (
              <Badge tone="ok">
                <ShieldCheck aria-hidden />
                {words.secondFactor}
              </Badge>
            ) : null}
            {user.tokens > 0 ? (
              <Badge className="numeric">
                <KeyRound aria-hidden />
                {words.tokens(user.tokens)}
              </Badge>
            ) : null}
          </p>
        ) : null}
      </div>
      <Select value={user.role} disabled={pending || self} onValueChange={give}>
        <SelectTrigger aria-label={words.roleOf(user.name)}>
          <SelectValue />
        </SelectTrigger>
        <RoleItems />
      </Select>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={words.more(user.name)} disabled={pending || self}>
            <EllipsisVertical aria-hidden />
          </Button>
        </DropdownTrigger>
        <DropdownContent align="end">
          {user.secondFactor ? (
            <DropdownItem onSelect={() => setAsked('reset')}>
              <ShieldOff aria-hidden />
              {words.reset}
            </DropdownItem>
          ) : null}
          <DropdownItem onSelect={() => setAsked('remove')}>
            <Trash2 aria-hidden />
            {words.remove}
          </DropdownItem>
        </DropdownContent>
      </Dropdown>
      {asked && (
        <ConfirmDialog
          danger
          title={asked === 'reset' ? words.resetTitle(user.name) : words.removeTitle(user.name)}
          text={asked === 'reset' ? words.resetText : words.removeText}
          keep={words.keep}
          confirm={asked === 'reset' ? words.reset : words.remove}
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            const answer = await confirmed(() => (asked === 'reset' ? resetTotp : dismissUser)(user.id))
            if (!answer.ok) return answer
            if (asked === 'reset') toast.success(words.resetDone(user.name))
            setAsked(null)
            return undefined
          }}
        />
      )}
    </li>
  )
}

function RoleItems() {
  return (
    <SelectContent>
      {roleNames.map((role) => (
        <SelectItem key={role} value={role}>
          {en.roles[role]}
        </SelectItem>
      ))}
    </SelectContent>
  )
}

function AddPerson() {
  const [open, setOpen] = useState(false)
  const confirmed = useConfirmed()
  const [answer, submit, pending] = useActionState<Outcome | null, FormData>(
    (before, form) => confirmed(() => addUser(before, form)),
    null,
  )
  const { form, marked } = useMarked(answer)
  useEffect(() => {
    if (!answer?.ok) return
    setOpen(false)
    toast.success(words.added)
  }, [answer])
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button>
          <UserPlus aria-hidden />
          {words.addUser}
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>{words.addUser}</DialogTitle>
        <DialogDescription>{words.addText}</DialogDescription>
        <form
          ref={form}
          method="post"
          onSubmit={(event) => {
            event.preventDefault()
            const data = new FormData(event.currentTarget)
            startTransition(() => submit(data))
          }}
          className="grid gap-4"
        >
          <Refused answer={answer} at={['name', 'email', 'password']} />
          <Field label={en.account.name} error={marked.name}>
            {(control) => <Input {...control} name="name" required maxLength={80} autoComplete="off" />}
          </Field>
          <Field label={en.account.email} error={marked.email}>
            {(control) => <Input {...control} name="email" type="email" required autoComplete="off" />}
          </Field>
          <Field label={en.account.password} error={marked.password} hint={en.account.passwordHint}>
            {(control) => (
              <Input {...control} name="password" type="password" required minLength={12} autoComplete="new-password" />
            )}
          </Field>
          <Field label={words.role}>
            {(control) => (
              <Select name="role" defaultValue="viewer">
                <SelectTrigger {...control}>
                  <SelectValue />
                </SelectTrigger>
                <RoleItems />
              </Select>
            )}
          </Field>
          <DialogFooter>
            <Button type="submit" variant="primary" pending={pending}>
              {words.add}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
