/** The table in docs/alerts.md is made of the rules: when it differs, this test prints what should stand there. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { percentText, sizeText, spanText } from '../figures.ts'
import type { Unit } from '../metrics.ts'
import { type RuleName, type RuleTopic, ruleOf, ruleTopics, type Threshold } from './index.ts'

const docs = readFileSync(new URL('../../../../../docs/alerts.md', import.meta.url), 'utf8')

const figures: Partial<Record<Unit, (value: number) => string>> = {
  fraction: percentText,
  bytes: sizeText,
  seconds: spanText,
  celsius: (value) => `${value} °C`,
  'per-second': (value) => `${value} per second`,
}
const begun = (label: string) => (/^[A-Z]{2}/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1))
const words = ({ label, unit, value }: Threshold) => `${begun(label)} ${(figures[unit] ?? String)(value)}`

function row(name: RuleName): string {
  const { title, level, holds, means, thresholds } = ruleOf(name)
  const from = Object.values<Threshold>(thresholds).map(words).join(', ')
  return `| ${title} | ${level} | ${holds === 0 ? 'at once' : spanText(holds)} | ${from} | ${means} |`
}

const head = '| rule | level | after | from | what it means |\n|---|---|---|---|---|'

test.each(Object.keys(ruleTopics) as RuleTopic[])('the docs list the rules about %s', (topic) => {
  expect(docs).toContain(`${head}\n${ruleTopics[topic].map(row).join('\n')}\n`)
})
