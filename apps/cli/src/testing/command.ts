/** `./bramble test`: everything that can fail, one after the other, and one line that says how it went. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '@bramble/process'
import { Command, Option } from 'commander'
import { installMissing } from '../supervisor/apt.ts'
import { buildDashboard } from '../supervisor/build.ts'
import { root } from '../supervisor/checkout.ts'
import { toolsOf } from './suite-tools.ts'
import { type Count, countVitest, failedOnce, noCount, type StageResult, sum, summary } from './summary.ts'

const suites = ['verify', 'unit', 'scenarios', 'security', 'browser', 'endurance'] as const
type Suite = (typeof suites)[number]

/** The suites that need a lab. The last takes hours, so it runs by its name only. */
const labSuites = ['scenarios', 'browser', 'endurance'] as const
const byNameOnly: readonly Suite[] = ['endurance']

const minutes = (n: number) => n * 60_000

export function testCommand(): Command {
  return new Command('test')
    .description('run the checks, the unit tests, the lab scenarios and the browser tests')
    .addOption(new Option('--only <suite>', 'just one of them').choices([...suites]))
    .argument('[names...]', 'only test files whose path holds one of these words')
    .action(async (names: string[], { only }: { only?: Suite }) => {
      const results = await runSuites(only, names)
      process.stdout.write(`\n${summary(results)}\n`)
      if (sum(results.map(({ count }) => count)).failed > 0) process.exitCode = 1
    })
}

async function runSuites(only: Suite | undefined, names: string[]): Promise<StageResult[]> {
  const reports = await mkdtemp(path.join(tmpdir(), 'bramble-test-'))
  const results: StageResult[] = []
  const stage = async (name: string, work: () => Promise<Count | string>) => {
    process.stdout.write(`\n── ${name}\n`)
    const begun = Date.now()
    let count: Count = noCount
    let note = ''
    try {
      const outcome = await work()
      if (typeof outcome === 'string') note = outcome
      else count = outcome
    } catch (error) {
      note = (error as Error).message.split('\n')[0] ?? ''
      count = failedOnce
      process.stdout.write(`${(error as Error).message}\n`)
    }
    results.push({ name, seconds: (Date.now() - begun) / 1000, count, note })
  }
  const wants = (suite: Suite) => (only === undefined ? !byNameOnly.includes(suite) : only === suite)
  const noLab = cannotRunLab()
  const hasUnit = wants('verify') || only === 'unit'
  try {
    // Before the first suite starts, so that a missing tool is seen after seconds and not after the suites before it.
    const withTools = [
      ...(hasUnit ? (['unit'] as const) : []),
      ...(wants('security') ? (['security'] as const) : []),
      ...labSuites.filter((suite) => wants(suite) && !noLab),
    ]
    if (withTools.length > 0)
      await stage('tools', async () => {
        await installMissing(toolsOf(withTools))
        // Tests of every suite import the database's client, which is generated.
        await runTool(['pnpm', 'exec', 'turbo', 'run', 'generate'], minutes(5))
        return ''
      })
    // Files that run side by side start a Bramble each: two builds in one folder would disturb each other.
    if (withTools.some((suite) => suite !== 'unit'))
      await stage('build', async () => {
        await buildDashboard((line) => process.stdout.write(`${line}\n`), AbortSignal.timeout(minutes(15)))
        return ''
      })
    if (wants('verify'))
      for (const check of ['lint', 'types', 'imports', 'dead']) await stage(check, () => runCheck(check))
    if (hasUnit) await stage('unit', () => runVitest('unit', names, path.join(reports, 'unit.json'), minutes(30)))
    if (wants('security'))
      await stage('security', () => runVitest('security', names, path.join(reports, 'security.json'), minutes(30)))
    for (const suite of labSuites)
      if (wants(suite))
        await stage(suite, async () => {
          if (noLab && only === undefined) return `not run: ${noLab}`
          if (noLab) throw new Error(`This suite needs a lab, and ${noLab}.`)
          return runVitest(suite, names, path.join(reports, `${suite}.json`), minutes(75))
        })
  } finally {
    await rm(reports, { recursive: true, force: true })
  }
  return results
}

function cannotRunLab(): string | undefined {
  if (process.platform !== 'linux') return 'the lab needs Linux'
  if (process.getuid?.() !== 0) return 'the lab needs root: run it with sudo'
  return undefined
}

/** A check passes or fails as one. */
async function runCheck(name: string): Promise<Count> {
  const code = await follow(['pnpm', 'run', '--silent', name], minutes(10))
  return code === 0 ? { ...noCount, passed: 1 } : failedOnce
}

async function runTool(argv: string[], timeout: number): Promise<void> {
  if ((await follow(argv, timeout)) !== 0) throw new Error(`${argv.join(' ')} failed`)
}

async function runVitest(project: string, names: string[], report: string, timeout: number): Promise<Count> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const argv = ['pnpm', 'exec', 'vitest', 'run', '--project', project, ...reporters, ...names]
  return judge(await follow(argv, timeout), report)
}

/** A runner that failed without a failing test (a crash, a time-out, no test found) counts as one failure. */
async function judge(code: number | null, report: string): Promise<Count> {
  const text = await readFile(report, 'utf8').catch(() => undefined)
  if (text === undefined) throw new Error(`The runner left no report (it ended with ${code ?? 'a signal'})`)
  const found = countVitest(JSON.parse(text))
  return code !== 0 && found.failed === 0 ? sum([found, failedOnce]) : found
}

async function follow(argv: string[], timeout: number): Promise<number | null> {
  const onLine = (line: string) => process.stdout.write(`${line}\n`)
  return (await run(argv, { cwd: root, env: { FORCE_COLOR: '0' }, timeout, onLine })).code
}
