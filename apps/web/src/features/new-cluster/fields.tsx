'use client'
/** The two fields that several steps ask for: a Pi's name and an address. */
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { wizard } from './copy.ts'

interface TextProps {
  value: string
  error: string | undefined
  onChange: (value: string) => void
}

export function NodeNameField({ value, error, onChange }: TextProps) {
  return (
    <Field label={wizard.node} error={error}>
      {(control) => (
        <Input
          {...control}
          value={value}
          maxLength={63}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value.trim().toLowerCase())}
        />
      )}
    </Field>
  )
}

interface AddressProps extends TextProps {
  label: string
  hint?: string
  placeholder?: string
  className?: string
}

export function AddressField({ label, hint, placeholder, className, value, error, onChange }: AddressProps) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => (
        <Input
          {...control}
          value={value}
          placeholder={placeholder}
          inputMode="decimal"
          autoComplete="off"
          className="numeric font-mono"
          onChange={(event) => onChange(event.target.value.trim())}
        />
      )}
    </Field>
  )
}
