'use client'
/** A labelled choice of one of a few words. */
import type { ReactNode } from 'react'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'

interface ChoiceFieldProps<T extends string> {
  label: string
  hint?: ReactNode
  value: T
  options: readonly (readonly [value: T, label: string])[]
  onChange: (value: T) => void
}

export function ChoiceField<T extends string>({ label, hint, value, options, onChange }: ChoiceFieldProps<T>) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <Select value={value} onValueChange={(next) => onChange(next as T)}>
          <SelectTrigger {...control}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {options.map(([option, words]) => (
              <SelectItem key={option} value={option}>
                {words}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  )
}
