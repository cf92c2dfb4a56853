/** Names within an app: its own, its processes', its environment's. */
import { z } from 'zod'

/** They would read as parts of Bramble or of the cluster in lists, logs and units. */
const reservedNames = [
  ...['bramble', 'base', 'web', 'site', 'balancer', 'haproxy', 'keepalived', 'etcd', 'patroni', 'postgres', 'backup'],
  ...['root', 'system', 'alive', 'statistics', 'none'],
]

/** Also part of the system user `app-<name>`, of units, folders and backends. */
export const AppName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$/, {
    error: 'must start with a letter: lower-case letters, digits and inner hyphens, 24 at most',
    abort: true,
  })
  .refine((name) => !reservedNames.includes(name), {
    error: ({ input }) => `must be another name: "${input}" is the name of a part of the cluster`,
  })

/** A line of a Procfile begins with it. `web` receives the requests. */
export const ProcessName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9_-]{0,14}[a-z0-9])?$/,
    'must be the name of a process: lower-case letters, digits, inner hyphens and underscores, 16 at most',
  )

/** What a process can rely on, and what systemd tells it. */
const reservedVariables: readonly (readonly [RegExp, string])[] = [
  [/^PORT$/, 'Bramble chooses the port of each slot and sets PORT'],
  [/^BRAMBLE_/, 'names that start with BRAMBLE_ are set by Bramble'],
  [/^(HOME|USER|LOGNAME|SHELL|PWD)$/, 'it follows from the system user of the app'],
  [
    /^(INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|CREDENTIALS_DIRECTORY|MAINPID|MANAGERPID|SYSTEMD_.*|LISTEN_.*|WATCHDOG_.*)$/,
    'systemd sets it',
  ],
]

/** Why a variable cannot be set by the user; null: it can. */
export function reservedVariable(name: string): string | null {
  return reservedVariables.find(([pattern]) => pattern.test(name))?.[1] ?? null
}

export const VariableName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    error: 'must be the name of a variable: letters, digits and underscores',
    abort: true,
  })
  .refine((name) => reservedVariable(name) === null, {
    error: ({ input }) => `cannot be set: ${reservedVariable(String(input))}`,
  })

/** Bytes of a value, as of one that Linux passes to a process: 128 KB with its name. */
export const longestValue = 64 * 1024

export const VariableValue = z
  .string('must be text: put numbers, true and false in quotes')
  .refine((text) => !text.includes('\0'), 'cannot contain a NUL character: no process can receive one')
  .refine((text) => new TextEncoder().encode(text).length <= longestValue, 'must be 64 KB at most')
