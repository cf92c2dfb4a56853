/** Where Bramble keeps its files: the same rule for the command line, the dashboard and the worker. */
import { homedir } from 'node:os'
import path from 'node:path'

/** `$XDG_DATA_HOME/bramble`, else `~/.local/share/bramble`. */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env.XDG_DATA_HOME
  // The XDG specification: a relative path there is to be ignored.
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.local', 'share'), 'bramble')
}

/** Images that a browser sent lie below the data directory, where the worker of the same machine finds them. */
export const uploadsIn = (dataDir: string): string => path.join(dataDir, 'uploads')

/** Uploads of apps, named by their ids, below the folder of uploads. */
export const appUploadsIn = (uploads: string): string => path.join(uploads, 'apps')
