/** A second look for secrets in what a run tells, by the texts that are stored; the engine has looked before. */
import { blanker } from '@bramble/provision'

/** Names of issued secrets that anybody may see. */
const isPublic = (name: string) =>
  name.endsWith('.certificate') || name.endsWith('.public') || name === 'ssh.revoked' || name.startsWith('rotation.')

/** A function that blanks every stored secret; of a key in PEM each line counts. */
export function redactorOf(
  issued: Readonly<Record<string, string>>,
  logins: readonly string[],
): (text: string) => string {
  const texts = [...Object.keys(issued).flatMap((name) => (isPublic(name) ? [] : [issued[name]!])), ...logins]
  // Shorter ones would blank half of the log.
  return blanker(texts, 6)
}
