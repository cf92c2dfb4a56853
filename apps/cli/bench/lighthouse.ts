/** Lighthouse's judgement of a screen. It is fetched when it is needed: nothing else in the repository uses it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must } from '@bramble/process'
import { chromiumPath } from '../scenarios/dashboard.ts'
import { root } from '../src/supervisor/checkout.ts'

const categories = ['performance', 'accessibility', 'best-practices'] as const

/** Scores of 100 in the order of `categories`. `form`: a desk's screen, or a slowed-down phone. */
export async function lighthouse(url: string, cookie: string, form: 'desktop' | 'phone'): Promise<number[]> {
  try {
    return await judge(url, cookie, form)
  } catch (error) {
    // Now and then its browser records no trace (NO_NAVSTART); its own advice is to run it again.
    if (!String(error).includes('run Lighthouse again')) throw error
    return judge(url, cookie, form)
  }
}

async function judge(url: string, cookie: string, form: 'desktop' | 'phone'): Promise<number[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bramble-lighthouse-'))
  try {
    const report = path.join(folder, 'report.json')
    await must(
      [
        ...['pnpm', 'dlx', 'lighthouse@12.8.2', url, '--quiet', '--output=json', `--output-path=${report}`],
        ...(form === 'desktop' ? ['--preset=desktop'] : []),
        `--only-categories=${categories.join(',')}`,
        `--extra-headers=${JSON.stringify({ Cookie: cookie })}`,
        '--chrome-flags=--headless=new --no-sandbox --disable-background-networking --disable-dev-shm-usage',
      ],
      { cwd: root, env: { ...process.env, CHROME_PATH: chromiumPath() }, timeout: 5 * 60_000 },
    )
    const { categories: found } = JSON.parse(await readFile(report, 'utf8')) as {
      categories: Record<string, { score: number }>
    }
    return categories.map((name) => Math.round((found[name]?.score ?? 0) * 100))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
