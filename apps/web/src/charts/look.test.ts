/** Measures the colours of the charts: apart for colour-blind eyes, and out from the surface. Reads globals.css itself. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeColours, placeLook } from './look.ts'

const css = readFileSync(new URL('../app/globals.css', import.meta.url), 'utf8')
type Triple = [number, number, number]

/** Both values of a token, as L, C, h. */
function token(name: string): [light: Triple, dark: Triple] {
  const found = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`).exec(css)
  if (!found) throw new Error(`globals.css has no --${name}`)
  const triple = (text: string) => text.split(' ').map(Number) as Triple
  return [triple(found[1]!), triple(found[2]!)]
}

function linear([l, c, h]: Triple): Triple {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)]
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ]
  const rgb: Triple = [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ]
  return rgb.map((value) => Math.min(1, Math.max(0, value))) as Triple
}

function oklab([r, g, b]: Triple): Triple {
  const root = (value: number) => Math.cbrt(Math.max(0, value))
  const [l, m, s] = [
    root(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b),
    root(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b),
    root(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b),
  ]
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

/** Machado 2009, full severity. */
const eyes: Record<string, Triple[]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
const seen = (rgb: Triple, eye: Triple[]) =>
  eye.map((row) => row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]) as Triple
const luminance = ([r, g, b]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * b
const contrast = (a: Triple, b: Triple) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
const distance = (a: Triple, b: Triple) => Math.hypot(...a.map((value, at) => value - b[at]!))

describe.each([0, 1] as const)('the colours, %i (0: light, 1: dark)', (scheme) => {
  const nodes = Array.from({ length: nodeColours }, (_, at) => linear(token(`node-${at + 1}`)[scheme]))
  const measures = [1, 2, 3].map((at) => linear(token(`measure-${at}`)[scheme]))
  const surface = linear(token('surface')[scheme])

  it('stand out from the surface 3:1', () => {
    for (const colour of [...nodes, ...measures]) expect(contrast(colour, surface)).toBeGreaterThanOrEqual(3)
  })
  it.each(Object.keys(eyes))('stay apart for %s eyes, the first four well', (name) => {
    const labs = nodes.map((rgb) => oklab(seen(rgb, eyes[name]!)))
    for (let a = 0; a < labs.length; a++)
      for (let b = a + 1; b < labs.length; b++)
        expect(distance(labs[a]!, labs[b]!), `${a + 1} and ${b + 1}`).toBeGreaterThan(b < 4 ? 0.1 : 0.06)
  })
})

it('from the ninth node on dashes tell them apart', () => {
  const looks = Array.from({ length: 32 }, (_, place) => placeLook(place))
  expect(new Set(looks.map(({ colour, dash }) => `${colour} ${dash}`)).size).toBe(32)
})
