/** The API token of a dashboard: in a file that nobody else can read, never on the command line. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { Secret, Trouble } from '@bramble/provision'

/** Trouble `token-file`. */
export function readTokenFile(file: string): Secret {
  const handle = opened(file)
  try {
    const found = fstatSync(handle)
    if (!found.isFile()) throw refused(`${file} is not a file`, 'Give the file that holds the token.')
    if ((found.mode & 0o077) !== 0)
      throw refused(`${file} can be read or changed by other users of this machine`, `Run: chmod 600 ${file}`)
    if (found.size > 1_000) throw refused(`${file} holds more than a token`, 'Write the token alone into the file.')
    const text = readFileSync(handle, 'utf8').trim()
    if (!/^brm_[0-9a-f]{60}$/.test(text))
      throw refused(
        `${file} does not hold an API token, which begins with brm_`,
        'Create a token in the dashboard under Settings, API tokens, and write it into the file.',
      )
    return new Secret(text)
  } finally {
    closeSync(handle)
  }
}

function opened(file: string): number {
  try {
    // A named pipe would wait for somebody to write.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw refused(
      isMissing ? `there is no file ${file}` : `${file} cannot be opened: ${(error as Error).message}`,
      'Give the file that holds the token.',
    )
  }
}

const refused = (why: string, cure: string) => new Trouble('token-file', `--token-file: ${why}.`, cure)
