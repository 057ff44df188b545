import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const state = () => world.server.instance.replica.state
const somebody = (n: number) => {
  const found = [...state().all('staff')].filter((s) => s.status === 'ACTIVE' && s.login.includes('.'))[n]
  if (!found) throw new Error(`there are no ${n} people`)
  return found
}
const SEARCH = {
  'zh-CN': '搜索姓名、拼音、账号、手机、邮箱、职位',
  en: 'Search name, pinyin, login, mobile, mail, title',
}
const rows = (page: Page) => page.getByRole('grid').locator('[role=row][aria-selected]')

/** The console with one person, and their mobile number, in the table. */
async function listed(login: string, o: { dark?: boolean; language?: 'zh-CN' | 'en' } = {}): Promise<Page> {
  const page = await world.signedIn('hr', o)
  page.setDefaultTimeout(12_000)
  await page.goto('/admin')
  await rows(page).first().waitFor()
  const isEnglish = o.language === 'en'
  await page.getByRole('button', { name: isEnglish ? 'Columns' : '列', exact: true }).click()
  await page.getByRole('checkbox', { name: isEnglish ? 'Mobile' : '手机' }).check()
  await page.keyboard.press('Escape')
  await page.getByRole('search').getByRole('textbox').first().fill(login)
  await expect.poll(() => rows(page).count()).toBe(1)
  return page
}
const cell = (page: Page, name: string) => page.getByRole('grid').locator(`[data-cell=${name}]`).first()

describe('[6] the table of people', () => {
  it('is edited where it stands: by a double click and by the keyboard; Escape leaves it', async () => {
    const { id, login, title } = somebody(10)
    const page = await listed(login)
    await cell(page, 'title').dblclick()
    const input = cell(page, 'title').getByRole('textbox')
    await input.fill('Never')
    await input.press('Escape')
    await cell(page, 'title')
      .getByText(title ?? '')
      .waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    // The keyboard is where it was.
    await page.keyboard.press('Enter')
    await input.fill('Cell title')
    await input.press('Enter')
    await expect.poll(() => state().get('staff', id)?.title).toBe('Cell title')
    await cell(page, 'title').getByText('Cell title').waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    const type = [...state().all('staffType')].find((one) => one.id !== state().get('staff', id)?.typeId)
    await page
      .locator('.ant-select-item-option', { hasText: type?.name ?? '' })
      .first()
      .click()
    await expect.poll(() => state().get('staff', id)?.typeId).toBe(type?.id)
    // A single click still opens.
    await cell(page, 'title').click()
    await page.getByRole('dialog').getByRole('tab').first().waitFor()
  })

  it.each([
    ['zh-CN', false, '不是有效的电话号码'],
    ['en', true, 'is no telephone number'],
  ] as const)('says beside the cell what the server does not take, %s', async (language, dark, problem) => {
    const { id, login, mobile } = somebody(11)
    const page = await listed(login, { language, dark })
    await cell(page, 'mobile').dblclick()
    const input = cell(page, 'mobile').getByRole('textbox')
    await input.fill('not a number')
    await input.press('Enter')
    await page.getByRole('alert').getByText(problem).waitFor()
    await shoot(page, `admin-cell-${language}`)
    expect(await violations(page)).toEqual([])
    expect(state().get('staff', id)?.mobile).toBe(mobile)
    await input.press('Escape')
    await expect.poll(() => page.getByText(problem).isVisible()).toBe(false)
  })

  it('[8] a cell that two edit shows both, and keeps what one chooses; what else was changed stays', async () => {
    const { id, login } = somebody(12)
    const page = await listed(login)
    await cell(page, 'title').dblclick()
    const input = cell(page, 'title').getByRole('textbox')
    await input.fill('My cell')
    const other = await world.server.login('hr', 'dolores')
    await other.query('mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename } }', {
      i: { id, title: 'Their cell', nickname: 'Kept' },
    })
    await input.press('Enter')
    const both = page.getByRole('alert', { name: '其他管理员刚刚修改了同样的内容' })
    await both.getByText('Their cell').waitFor()
    await both.getByText('My cell').waitFor()
    await shoot(page, 'admin-cell-conflict')
    expect(await violations(page)).toEqual([])
    await both.getByRole('button', { name: '用我的修改覆盖' }).click()
    await expect.poll(() => state().get('staff', id)?.title).toBe('My cell')
    expect(state().get('staff', id)?.nickname).toBe('Kept')
  })

  it('people are dragged onto a department, once it is said who gains and loses sight', async () => {
    const { id, login, memberships } = somebody(13)
    const page = await listed(login)
    const target = [...state().all('department')].find(
      (d) => d.name.includes('Finance') && !memberships.some((m) => m.departmentId === d.id),
    )
    if (!target) throw new Error('there is no other department')
    await rows(page)
      .first()
      .dragTo(page.getByRole('treeitem', { name: new RegExp(`^${target.name}`) }))
    const dialog = page.getByRole('dialog')
    await dialog
      .getByText(/没有人的可见范围会改变|没有人会多看到|人将多看到/)
      .first()
      .waitFor()
    await shoot(page, 'admin-move-people')
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('radio', { name: '在原有部门之外再加入此部门' }).check()
    await dialog.getByRole('button', { name: '调整', exact: true }).click()
    await expect
      .poll(() =>
        state()
          .get('staff', id)
          ?.memberships.map((m) => m.departmentId)
          .sort(),
      )
      .toEqual([...memberships.map((m) => m.departmentId), target.id].sort())
    await dialog.getByText('已完成 1 项').waitFor()
  })

  it('somebody new is checked as one types, and what others do to those whom one does not see shows at once', async () => {
    const page = await listed(somebody(14).login)
    await page.getByRole('button', { name: '添加成员' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('账号').fill(somebody(0).login)
    await dialog.getByText(`已是 ${somebody(0).name} 的账号`).waitFor()
    await dialog.getByLabel('手机', { exact: true }).fill('x')
    await dialog.getByText('不是有效的电话号码').waitFor()
    await dialog.getByLabel('账号').fill('typed.newcomer')
    await expect.poll(() => dialog.getByText(/^已是/).count()).toBe(0)
    await shoot(page, 'admin-typed')
    await dialog.getByRole('button', { name: '放弃更改' }).click()
    await dialog.getByRole('button', { name: '关闭' }).click()
    const other = await world.server.login('hr', 'dolores')
    const { id } = somebody(14)
    const update = async (input: object) =>
      await other.query('mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename } }', {
        i: { id, ...input },
      })
    await update({ isDisabled: true })
    await rows(page).first().getByText('已停用').waitFor({ timeout: 6000 })
    // No copy shows them any more.
    await update({ title: 'Edited elsewhere' })
    await rows(page).first().getByText('Edited elsewhere').waitFor({ timeout: 6000 })
    await update({ isDisabled: false })
  })

  it('all of them are edited in batches, with progress, and whoever cannot be is named', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    await rows(page).first().waitFor()
    await page.getByLabel(SEARCH['zh-CN']).fill('')
    // Everybody is fetched first; then the box is checked.
    await page.getByRole('checkbox', { name: '全选' }).click()
    const people = [...state().all('staff')].filter((s) => s.status !== 'TRASHED').length
    await page.getByText(`已选 ${people} 人`).waitFor()
    await page.getByRole('toolbar').getByRole('button', { name: '停用' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
    await page.getByRole('button', { name: /^停止/ }).click()
    const goOn = page.getByRole('button', { name: /^继续处理其余/ })
    await goOn.waitFor()
    await shoot(page, 'admin-bulk-stopped')
    expect(await violations(page)).toEqual([])
    const off = () => [...state().all('staff')].filter((s) => s.status === 'DISABLED').length
    expect(off()).toBeLessThan(people - 1)
    await goOn.click()
    await page.getByText(/^完成 \d+ 项，\d+ 项未完成/).waitFor({ timeout: 40_000 })
    await page.getByText('不能对自己的账号执行此操作').waitFor()
    await shoot(page, 'admin-bulk-done')
    expect(
      state().get('staff', [...state().all('staff')].find((s) => s.login === 'hr')?.id ?? '')?.status,
    ).toBe('ACTIVE')
  })
})
