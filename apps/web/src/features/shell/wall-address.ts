/** The wall view stands in the address, so that a screen can be started with it: `?wall=1`. Pure. */
const parameter = 'wall'

export const isWall = (params: { has(name: string): boolean }): boolean => params.has(parameter)

/** The same address with or without the wall view; everything else in it stays. */
export function wallAddress(path: string, params: { toString(): string }, on: boolean): string {
  const next = new URLSearchParams(params.toString())
  if (on) next.set(parameter, '1')
  else next.delete(parameter)
  const query = next.toString()
  return query ? `${path}?${query}` : path
}
