import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { TEST_BASE } from '../support/slapd.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const people = () => [...world.server.instance.replica.state.all('staff')]

async function open(login: string, o: Parameters<BrowserWorld['signedIn']>[1] = {}): Promise<Page> {
  const page = await world.signedIn(login, o)
  page.setDefaultTimeout(12_000)
  await page.goto('/admin/dashboard')
  await page.locator('.day-chart').waitFor()
  return page
}
const card = (page: Page, name: string) => page.locator('.card', { hasText: name })

describe('the overview of the console', () => {
  it('[6] is its first section: how much there is, how the server does, and that nothing needs anybody', async () => {
    const page = await open('hr')
    expect(await page.locator('.admin-head nav a').first().innerText()).toBe('概览')
    await page.getByText('一切正常，没有需要处理的事项。').waitFor()
    const active = people().filter(({ status }) => status === 'ACTIVE').length
    expect(await card(page, '成员').locator('strong').innerText()).toBe(String(active))
    expect(await card(page, 'LDAP 目录').locator('strong').innerText()).toBe('正常')
    expect(await page.locator('.day-chart tbody tr').count()).toBe(14)
    await shoot(page, 'admin-dashboard')
    expect(await violations(page)).toEqual([])
    const dark = await open('hr', { dark: true, phone: true, language: 'en' })
    await dark.getByText('All is well: nothing needs you.').waitFor()
    await shoot(dark, 'admin-dashboard-dark')
    expect(await violations(dark)).toEqual([])
    for (const selector of ['html', '.dashboard']) {
      const box = `document.querySelector('${selector}')`
      expect(await dark.evaluate(`${box}.scrollWidth > ${box}.clientWidth`)).toBe(false)
    }
    await dark.locator('.day-chart .days').scrollIntoViewIfNeeded()
    await shoot(dark, 'admin-dashboard-dark-below')
  })

  it('[T36] [T37] shows a delegate the numbers of the own branch, and nothing of the server', async () => {
    const { state } = world.server.instance.replica
    const role = [...state.all('role')].find((r) => r.name === 'Branch administrator')
    const delegate = people().find(({ roleIds }) => roleIds.includes(role?.id ?? ''))
    const page = await open(delegate?.login ?? '')
    const shown = Number(await card(page, '成员').locator('strong').innerText())
    expect(shown).toBeGreaterThan(0)
    expect(shown).toBeLessThan(people().length / 2)
    expect(await page.locator('.card').count()).toBe(2)
  })

  it('[L6] [6] says by itself what needs somebody, the worst first, and what to do', async () => {
    const page = await open('hr', { language: 'en' })
    await page.getByText('All is well').waitFor()
    const { slapd } = world.server
    const lost = people().filter(({ login }) => login !== 'hr')
    const ldif = lost
      .slice(0, 60)
      .map(
        ({ login }) =>
          `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: dlrDisabled\ndlrDisabled: TRUE\n`,
      )
    await slapd.ldapmodify(ldif.join('\n'))
    await page.getByText('npm run sync -- --confirm').waitFor()
    slapd.pause()
    try {
      await page.getByText('The LDAP directory does not answer').waitFor()
      const kinds = await page.locator('.concerns li strong').allInnerTexts()
      expect(kinds[0]).toBe('The LDAP directory does not answer')
      expect(kinds).toContainEqual(expect.stringMatching(/^A mass deletion waits/))
      await shoot(page, 'admin-dashboard-attention')
      expect(await violations(page)).toEqual([])
    } finally {
      slapd.resume()
    }
  })
})
