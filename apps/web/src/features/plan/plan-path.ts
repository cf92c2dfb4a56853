/** Where a plan is made and read; with `provision`, its button stands ready. */
export function planPath(cluster: string, run: string, intent: 'look' | 'provision'): string {
  return `/clusters/${cluster}/plan/${run}${intent === 'provision' ? '?provision=1' : ''}`
}
