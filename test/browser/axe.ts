import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds wrong with a page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  // What is injected for the test is not of the page: evaluation is not held to its policy.
  await page.evaluate(AXE)
  const found = (await page.evaluate(`axe.run().then(({ violations }) => violations)`)) as Violation[]
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
