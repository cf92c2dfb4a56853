/** The folder of an app on a web node: other apps cannot look into it, and the app itself writes nothing there. */

import { fileState } from '../../engine/file.ts'
import { because, type Step, settled } from '../../engine/types.ts'
import { appRoot, appUser } from '../../serving/units.ts'

export function appFolders(app: string): Step {
  const folder = `${appRoot}/${app}`
  const user = appUser(app)
  const wanted = [
    { path: folder, mode: 0o750, group: user },
    { path: `${folder}/releases`, mode: 0o755, group: 'root' },
    { path: `${folder}/environments`, mode: 0o700, group: 'root' },
    { path: `${folder}/slots`, mode: 0o755, group: 'root' },
  ].map((one) => ({ ...one, state: fileState(one.path) }))
  return {
    id: `apps/folders-${app}`,
    title: `Create ${folder}`,
    reads: wanted.map(({ state }) => state),
    // A user that was created again may have another id.
    follows: [`apps/user-${app}`],
    check(facts) {
      const wrong = wanted.find(({ state, mode, group }) => {
        const now = facts.of(state)
        return now.kind !== 'folder' || now.mode !== mode || now.owner !== `root:${group}`
      })
      if (!wrong) return settled
      const { kind } = facts.of(wrong.state)
      return because(kind === 'absent' ? `${wrong.path} does not exist` : `${wrong.path} has a different owner or mode`)
    },
    apply: () =>
      wanted.map(({ path, mode, group }) => ({
        kind: 'run' as const,
        argv: ['install', '-d', '-o', 'root', '-g', group, '-m', mode.toString(8), path],
      })),
  }
}
