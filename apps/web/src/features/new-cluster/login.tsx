'use client'
import { Input, Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/ui/tabs.tsx'
import { wizard } from './copy.ts'
import type { Draft, StepProps } from './draft.ts'

/** The login that all Pis share. A change makes the tests void: they were made with the old one. */
export function LoginFields({ draft, update, problems }: StepProps) {
  const change = (part: Partial<Draft>) =>
    update((was) => ({ ...was, ...part, nodes: was.nodes.map((node) => ({ ...node, test: null })) }))
  const takeFile = async (file: File | undefined) => {
    if (file && file.size < 32_768) change({ privateKey: await file.text() })
  }
  return (
    <fieldset className="grid gap-5 rounded-lg border border-border bg-sunken/50 p-4 sm:p-5">
      <legend className="px-1.5 font-medium text-sm">{wizard.login}</legend>
      <p className="-mt-2 max-w-prose text-[0.8125rem] text-muted">{wizard.loginText}</p>
      <div className="grid gap-5 sm:grid-cols-[1fr_8rem]">
        <Field label={wizard.user} error={problems.user}>
          {(control) => (
            <Input
              {...control}
              value={draft.user}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => change({ user: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field label={wizard.port} error={problems.port}>
          {(control) => (
            <Input
              {...control}
              value={draft.port}
              inputMode="numeric"
              autoComplete="off"
              className="numeric"
              onChange={(event) => change({ port: event.target.value.trim() })}
            />
          )}
        </Field>
      </div>
      <Tabs
        value={draft.method}
        onValueChange={(value) => change({ method: value === 'key' ? 'key' : 'password' })}
        className="grid justify-items-start"
      >
        <TabsList aria-label={wizard.method}>
          <TabsTrigger value="password">{wizard.password}</TabsTrigger>
          <TabsTrigger value="key">{wizard.key}</TabsTrigger>
        </TabsList>
        <TabsContent value="password" className="w-full">
          <Field label={wizard.password} error={problems.password}>
            {(control) => (
              <Input
                {...control}
                type="password"
                value={draft.password}
                autoComplete="off"
                data-1p-ignore
                onChange={(event) => change({ password: event.target.value })}
              />
            )}
          </Field>
        </TabsContent>
        <TabsContent value="key" className="grid w-full gap-3">
          <Field label={wizard.key} hint={wizard.keyHint} error={problems.privateKey}>
            {(control) => (
              <Textarea
                {...control}
                value={draft.privateKey}
                rows={4}
                spellCheck={false}
                autoComplete="off"
                className="font-mono text-xs sm:text-xs"
                onChange={(event) => change({ privateKey: event.target.value })}
                onDrop={(event) => {
                  const file = event.dataTransfer.files[0]
                  if (!file) return
                  event.preventDefault()
                  void takeFile(file)
                }}
              />
            )}
          </Field>
          <label className="w-fit rounded-md text-primary text-sm underline-offset-4 focus-within:outline-2 focus-within:outline-primary hover:underline">
            {wizard.keyFile}
            <input type="file" className="sr-only" onChange={(event) => void takeFile(event.target.files?.[0])} />
          </label>
        </TabsContent>
      </Tabs>
    </fieldset>
  )
}
