/** A second look for secrets in what a run tells, by the texts that are stored; the engine has looked before. */

/** Names of issued secrets that anybody may see. */
const isPublic = (name: string) => name.endsWith('.certificate') || name.endsWith('.public')

/** A function that blanks every stored secret; of a key in PEM each line counts. */
export function redactorOf(
  issued: Readonly<Record<string, string>>,
  logins: readonly string[],
): (text: string) => string {
  const texts = [...Object.keys(issued).flatMap((name) => (isPublic(name) ? [] : [issued[name]!])), ...logins]
  const words = texts
    .flatMap((text) => text.split('\n'))
    // Shorter ones would blank half of the log.
    .filter((line) => line.length >= 6 && !line.startsWith('-----'))
    .sort((a, b) => b.length - a.length)
  return (text) => words.reduce((done, word) => (done.includes(word) ? done.replaceAll(word, '‹secret›') : done), text)
}
