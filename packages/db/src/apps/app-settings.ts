/** Settings of an app, as the page and programs change them. */
import { AppSpec } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'
import { changeAppSpec } from './app-specs.ts'

const Change = AppSpec.omit({ name: true, environment: true }).partial().strict()

/**
 * What is not named stays; null takes a setting away. Nothing on the nodes changes before the next deploy.
 * Refusal `app-invalid`, `app-unknown`, `spec-invalid`, `run-active`, `cluster-unknown`.
 */
export async function changeApp(input: { cluster: string; app: string; change: object; by: string }): Promise<void> {
  const { cluster, app, by } = input
  const fields = Object.keys(input.change)
  const entry = { who: by, what: 'app.change' as const, target: `${cluster}/${app}`, detail: fields.join(', ') }
  await audited(entry, async () => {
    const given = Object.entries(input.change).filter(([, value]) => value !== null)
    const parsed = Change.safeParse(Object.fromEntries(given))
    if (!parsed.success) {
      const words = fieldWords(parsed.error.issues, input.change)
      throw new Refusal('app-invalid', inOneLine(words, 'app'), 'Correct this and try again.', { fields: words })
    }
    // Defaults that nobody asked for are not changes.
    const asked = Object.entries(parsed.data).filter(([name]) => fields.includes(name))
    await changeAppSpec(cluster, app, async (before) => {
      const kept = Object.entries(before).filter(([name]) => !fields.includes(name))
      return AppSpec.parse(Object.fromEntries([...kept, ...asked]))
    })
  })
}
