const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** "Firefox on Linux", as far as the browser tells. */
export function deviceOf(agent: string): { device: string; phone: boolean } {
  const browser = browsers.find(([mark]) => mark.test(agent))?.[1] ?? 'A browser'
  const system = systems.find(([mark]) => mark.test(agent))?.[1]
  return { device: system ? `${browser} on ${system}` : browser, phone: /Android|iPhone|iPad/.test(agent) }
}
