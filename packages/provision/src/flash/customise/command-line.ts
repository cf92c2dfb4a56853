/** The kernel's command line: one line of words in cmdline.txt. */
import { withMemoryCgroup } from '../../resources/memory-cgroup.ts'

/** Words of an earlier first boot that ours stand in for. */
const replaced = [/^ds=/, /^systemd\.run(_success_action|_failure_action)?=/, /^systemd\.unit=/]
const radio = /^cfg80211\.ieee80211_regdom=/

/** The image's own words in their order, then ours. Words after ` -- ` are init's, and stay last. */
export function commandLine(existing: string, words: readonly string[], country: string | null): string {
  const own = existing.split(/\s+/).filter((word) => word !== '')
  const border = own.indexOf('--')
  const kernel = border < 0 ? own : own.slice(0, border)
  const init = border < 0 ? [] : own.slice(border)
  const gone = country ? [...replaced, radio] : replaced
  const kept = kernel.filter((word) => !gone.some((pattern) => pattern.test(word)))
  const wifi = country ? [`cfg80211.ieee80211_regdom=${country}`] : []
  return withMemoryCgroup([...kept, ...wifi, ...words, ...init].join(' '))
}
