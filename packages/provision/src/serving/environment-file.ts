/** Environment of an app as systemd reads it from an EnvironmentFile: every value byte for byte. */

/**
 * In double quotes systemd takes a backslash away before these only, and everything else as it is: line breaks, `%`, UTF-8.
 * `environment` must be valid (`VariableName`, `VariableValue`).
 */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`)
    .join('')
}
