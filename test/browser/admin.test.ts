import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { subtree } from '../../src/model/state.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const person = (login: string) => {
  const found = [...world.server.instance.replica.state.all('staff')].find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
/** The console, opened by somebody, with people in it. */
async function openConsole(login: string, o: Parameters<BrowserWorld['signedIn']>[1] = {}): Promise<Page> {
  const page = await world.signedIn(login, o)
  page.setDefaultTimeout(12_000)
  await page.getByRole('link', { name: /^(管理|Admin)$/ }).click()
  await rows(page).first().waitFor()
  return page
}
const rows = (page: Page) => page.getByRole('grid').locator('[role=row][aria-selected]')
const table = (page: Page) => page.getByRole('grid')

describe('the console', () => {
  it('[T110] [T118] works under the policy of the page, and looks like the app', async () => {
    const page = await openConsole('hr')
    await shoot(page, 'admin-people')
    const colour = await page.evaluate(
      `getComputedStyle(document.querySelector('.people-head .ant-btn-primary')).backgroundColor`,
    )
    expect(colour).toBe('rgb(36, 86, 214)')
    expect(await page.locator('style').count()).toBe(0)
    // No device of anybody keeps it for the time without the server.
    const loaded = await page.evaluate(`performance.getEntriesByType('resource').map(({ name }) => name)`)
    expect(loaded).toContainEqual(expect.stringContaining('/assets/admin-page'))
    expect(await (await fetch(`${world.server.url}/sw.js`)).text()).not.toContain('admin-page')
  })

  it('[T37] is not offered to those who administer nothing, and says so to whoever comes by its address', async () => {
    const page = await world.signedIn('staff')
    await page.getByRole('link', { name: '组织架构' }).waitFor()
    expect(await page.getByRole('link', { name: '管理' }).count()).toBe(0)
    await page.goto('/admin')
    await page.getByRole('heading', { name: '你没有管理权限' }).waitFor()
    await shoot(page, 'admin-refused')
  })

  it('[T36] [T37] shows a delegate the own branch, and neither offers nor opens what their abilities do not reach', async () => {
    const { state } = world.server.instance.replica
    const role = [...state.all('role')].find((r) => r.name === 'Branch administrator')
    const delegate = [...state.all('staff')].find((s) => s.roleIds.includes(role?.id ?? ''))
    const branch = state.get('department', role?.abilities[0]?.departmentId ?? '')
    if (!delegate || !branch) throw new Error('the demo company has no delegate')
    const page = await openConsole(delegate.login)
    expect(await page.getByRole('treeitem', { level: 1 }).allInnerTexts()).toEqual([
      expect.stringContaining(branch.name),
    ])
    const inside = new Set(subtree(state, branch.id))
    const people = [...state.all('staff')].filter(
      (s) => s.status !== 'TRASHED' && s.memberships.some((m) => inside.has(m.departmentId)),
    )
    expect(await table(page).getAttribute('aria-rowcount')).toBe(String(people.length + 1))
    const has = (name: string) => role?.abilities.some((a) => a.name === name || a.name === '*') ?? false
    expect(await page.getByRole('link', { name: '操作日志' }).count()).toBe(has('audit.read') ? 1 : 0)
    await shoot(page, 'admin-delegate')
    await page.goto(`/admin/staff/${person('hr').id}`)
    await page.getByText('此成员已不存在，或不在你的管理范围内。').waitFor()
  })

  it('reads the audit log, by words and by outcome', async () => {
    const page = await openConsole('hr')
    await page.getByRole('link', { name: '操作日志' }).click()
    await page.getByRole('listitem').filter({ hasText: '登录' }).first().waitFor()
    await shoot(page, 'admin-audit')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('搜索对象、操作人').fill('nobody is called so')
    await page.getByText('没有记录。').waitFor()
  })

  it('finds, filters and puts in order on the server', async () => {
    const page = await openConsole('hr')
    const all = Number(await table(page).getAttribute('aria-rowcount')) - 1
    await page.getByLabel('搜索姓名、拼音、账号、手机、邮箱、职位').fill(person('staff').login)
    await expect.poll(() => rows(page).count()).toBeLessThan(10)
    await page.getByLabel('搜索姓名、拼音、账号、手机、邮箱、职位').fill('')
    await expect.poll(() => table(page).getAttribute('aria-rowcount')).toBe(String(all + 1))
    await page.getByRole('columnheader', { name: '账号' }).getByRole('button').click()
    await page.locator('[role=columnheader][aria-sort=ascending]', { hasText: '账号' }).waitFor()
    const logins = [...world.server.instance.replica.state.all('staff')]
      .filter((s) => s.status !== 'TRASHED')
      .map((s) => s.login)
      .sort()
    await rows(page)
      .first()
      .getByText(logins[0] ?? '', { exact: true })
      .waitFor()
    await page.getByRole('columnheader', { name: '账号' }).getByRole('button').click()
    await rows(page)
      .first()
      .getByText(logins.at(-1) ?? '', { exact: true })
      .waitFor()
    // The far end of the list.
    await rows(page).first().focus()
    await page.keyboard.press('End')
    await rows(page)
      .last()
      .getByText(logins[0] ?? '', { exact: true })
      .waitFor()
  })
})

describe('[9] accessibility: axe finds nothing', () => {
  it.each([
    ['light', false],
    ['dark', true],
  ] as const)(
    'in the console, %s',
    async (_, dark) => {
      const page = await openConsole('hr', { dark, language: dark ? 'en' : 'zh-CN' })
      expect(await violations(page)).toEqual([])
      await rows(page).first().click()
      await page.getByRole('dialog').getByRole('tab').first().waitFor()
      await shoot(page, `admin-drawer-${dark ? 'dark' : 'light'}`)
      expect(await violations(page)).toEqual([])
    },
    60_000,
  )
})
