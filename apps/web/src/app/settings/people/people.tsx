'use client'
import type { UserView } from '@bramble/db'
import { UserPlus } from 'lucide-react'
import { startTransition, useActionState, useEffect, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Alert } from '@/components/ui/alert.tsx'
import { Badge } from '@/components/ui/badge.tsx'
import { Button } from '@/components/ui/button.tsx'
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from '@/components/ui/dialog.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/components/ui/select.tsx'
import { en } from '@/copy/en.ts'
import { settings } from '@/copy/settings.ts'
import type { Outcome } from '@/lib/outcome.ts'
import { roleNames } from '@/lib/roles.ts'
import { addUser, changeRole, dismissUser } from './actions.ts'

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
  const say = (answer: Outcome) => {
    if (!answer.ok) toast.error(answer.message, { description: answer.cure })
  }
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-3.5 text-sm">
      <div className="min-w-40 flex-1">
        <p className="flex items-center gap-2 font-medium">
          {user.name}
          {self ? <Badge>{settings.people.you}</Badge> : null}
        </p>
        <p className="wrap-anywhere text-muted">{user.email}</p>
      </div>
      <Select
        value={user.role}
        disabled={pending || self}
        onValueChange={(role) => start(async () => say(await changeRole(user.id, role)))}
      >
        <SelectTrigger className="w-40" aria-label={settings.people.roleOf(user.name)}>
          <SelectValue />
        </SelectTrigger>
        <RoleItems />
      </Select>
      <Dialog>
        <DialogTrigger asChild>
          <Button variant="ghost" disabled={self || pending}>
            {settings.people.remove}
          </Button>
        </DialogTrigger>
        <DialogContent>
          <DialogTitle>{settings.people.removeTitle(user.name)}</DialogTitle>
          <DialogDescription>{settings.people.removeText}</DialogDescription>
          <DialogFooter>
            <DialogClose asChild>
              <Button>{settings.people.keep}</Button>
            </DialogClose>
            <DialogClose asChild>
              <Button variant="danger" onClick={() => start(async () => say(await dismissUser(user.id)))}>
                {settings.people.remove}
              </Button>
            </DialogClose>
          </DialogFooter>
        </DialogContent>
      </Dialog>
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
  const [answer, submit, pending] = useActionState(addUser, null)
  useEffect(() => {
    if (!answer?.ok) return
    setOpen(false)
    toast.success(settings.people.added)
  }, [answer])
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button>
          <UserPlus aria-hidden />
          {settings.people.addUser}
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>{settings.people.addUser}</DialogTitle>
        <DialogDescription>{settings.people.addText}</DialogDescription>
        <form
          action={submit}
          onSubmit={(event) => {
            event.preventDefault()
            const data = new FormData(event.currentTarget)
            startTransition(() => submit(data))
          }}
          className="grid gap-4"
        >
          {answer && !answer.ok ? (
            <Alert tone="bad" title={answer.message}>
              {answer.cure}
            </Alert>
          ) : null}
          <Field label={en.account.name}>
            {(control) => <Input {...control} name="name" required maxLength={80} autoComplete="off" />}
          </Field>
          <Field label={en.account.email}>
            {(control) => <Input {...control} name="email" type="email" required autoComplete="off" />}
          </Field>
          <Field label={en.account.password} hint={en.account.passwordHint}>
            {(control) => (
              <Input {...control} name="password" type="password" required minLength={12} autoComplete="new-password" />
            )}
          </Field>
          <Field label={settings.people.role}>
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
              {settings.people.add}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
