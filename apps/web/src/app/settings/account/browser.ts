const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** "Firefox on Linux", as far as the browser tells. */
export function browserName(agent: string): string {
  const browser = browsers.find(([mark]) => mark.test(agent))?.[1] ?? 'A browser'
  const system = systems.find(([mark]) => mark.test(agent))?.[1]
  return system ? `${browser} on ${system}` : browser
}
