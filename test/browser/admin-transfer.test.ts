import { readFile } from 'node:fs/promises'
import type { Download, Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const state = () => world.server.instance.replica.state
const personOf = (login: string) => [...state().all('staff')].find((s) => s.login === login)
const employee = () => [...state().all('staffType')].find((t) => t.name.startsWith('Employee'))
const typeName = () => employee()?.name ?? ''
const company = () => [...state().all('department')].find((d) => d.parentId === null)?.name ?? ''

async function opened(o: Parameters<BrowserWorld['signedIn']>[1] = {}): Promise<Page> {
  const page = await world.signedIn('hr', o)
  page.setDefaultTimeout(12_000)
  await page.goto('/admin/transfer')
  await page.getByRole('button', { name: /^(开始导入|Start an import)$/ }).waitFor()
  return page
}
async function chosen(page: Page, name: string, text: string): Promise<void> {
  const buffer = Buffer.from(text)
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer })
}
async function textOf(download: Download): Promise<string> {
  return await readFile(await download.path(), 'utf8')
}
const imports = async () =>
  await world.server.database.sql<{ id: string; state: string; is_dry_run: boolean }>(
    'SELECT id, state, is_dry_run FROM import_batch',
  )

describe('an import in the console', () => {
  it('[6] goes from a template to people in the directory and back, and every step says what is wrong', async () => {
    const page = await opened()
    await page.getByRole('button', { name: '开始导入' }).click()
    expect(await violations(page)).toEqual([])
    const [template] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载模板' }).click(),
    ])
    const whole = await textOf(template)
    expect(whole.startsWith('\ufeff')).toBe(true)
    const head = whole.slice(1).trim()
    expect(head).toMatch(/^登录名（必填）,姓名（必填）,类型（必填）,/)
    expect(head).toContain('部门（公司/销售部/华东 多个用 ; 分隔）')
    await shoot(page, 'transfer-upload')
    await chosen(page, 'people.xlsx', 'x')
    await page.getByText('无法识别 people.xlsx').waitFor()

    const row = (cells: Record<string, string>) =>
      head
        .replaceAll('"', '')
        .split(',')
        .map((name) => cells[name.replace(/（.*/, '')] ?? '')
        .join(',')
    const file = [
      `${head},Shoe size`,
      row({ 登录名: 'tr.one', 姓名: '甲一', 类型: typeName(), 部门: company(), 手机: '+86 139 0000 0001' }),
      row({ 登录名: 'tr.two', 姓名: '=乙二', 类型: 'Astronaut', 部门: '没有', 手机: 'not a number' }),
      row({ 登录名: 'staff', 职位: 'Imported title' }),
      row({ 登录名: 'guest' }),
    ].join('\r\n')
    await chosen(page, '新人.csv', file)
    const field = (column: string) => page.getByLabel(`“${column}”对应的字段`)
    await field('Shoe size').waitFor()
    await shoot(page, 'transfer-columns')
    expect(await violations(page)).toEqual([])
    // Two columns cannot fill one field.
    await field('Shoe size').click()
    await page.locator('.ant-select-item-option', { hasText: '姓名' }).first().click()
    await page.getByText('此字段已对应另一列').waitFor()
    expect(await page.getByRole('button', { name: '预览', exact: true }).isDisabled()).toBe(true)
    await field('Shoe size').click()
    await page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: '不导入' }).click()
    await page.getByRole('button', { name: '预览', exact: true }).dblclick()

    await page.getByText('新增 1，更新 1，未变 1，有问题 1').waitFor()
    // All that is wrong with the row, with its line and what stands there.
    const bad = page.getByRole('row', { name: /tr\.two/ })
    await bad.getByText('没有这个类型').waitFor()
    await bad.getByText('没有这个部门').waitFor()
    await bad.getByText('不是有效的电话号码').waitFor()
    expect(await bad.locator('td').first().innerText()).toBe('3')
    expect(await bad.locator('q').allInnerTexts()).toEqual(
      expect.arrayContaining(['Astronaut', '没有', 'not a number']),
    )
    await shoot(page, 'transfer-preview')
    expect(await violations(page)).toEqual([])
    await page.getByText('更新 1', { exact: true }).click()
    await page.getByText('Imported title').waitFor()
    expect(personOf('tr.one')).toBeUndefined()
    const [report] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载报告' }).click(),
    ])
    expect((await textOf(report)).split('\r\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^3,tr\.two,有问题,类型,,Astronaut,/)]),
    )

    await page.getByRole('button', { name: '导入 2 行' }).dblclick()
    await page.getByRole('button', { name: '撤销导入' }).waitFor()
    await shoot(page, 'transfer-done')
    expect(personOf('tr.one')?.name).toBe('甲一')
    expect(personOf('staff')?.title).toBe('Imported title')
    expect((await imports()).filter((one) => !one.is_dry_run)).toHaveLength(1)

    await page.getByRole('button', { name: '撤销导入' }).click()
    await page.getByText('将撤销 2 项修改：新增的 1 项移到回收站').waitFor()
    await shoot(page, 'transfer-undo')
    expect(await violations(page)).toEqual([])
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '撤销导入' }).click()
    await page.getByText('已撤销 2 项修改').waitFor()
    expect(personOf('tr.one')?.status).toBe('TRASHED')
    expect(personOf('staff')?.title).not.toBe('Imported title')
    await page.getByRole('button', { name: '返回' }).click()
    const listed = page.getByRole('row', { name: /新人\.csv/ }).filter({ hasText: '已撤销' })
    await listed.getByText('成员').waitFor()
    await shoot(page, 'transfer-list')
    expect(await violations(page)).toEqual([])
  })

  it('goes on when the page is closed; the list shows it again, and a lost answer begins nothing twice', async () => {
    const page = await opened({ dark: true, language: 'en' })
    const before = (await imports()).length
    await page.getByRole('button', { name: 'Start an import' }).click()
    const lines = Array.from({ length: 1200 }, (_, i) => `many${i},Many ${i},${employee()?.id}`)
    // As Excel writes it in China, dropped.
    const bytes = [
      ...Buffer.from('login,name,type,'),
      ...Buffer.of(0xd6, 0xb0, 0xce, 0xf1),
      ...Buffer.from(`\r\n${lines.join('\r\n')}\r\n`),
    ]
    const dataTransfer = await page.evaluateHandle(`(() => {
      const dropped = new DataTransfer()
      dropped.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], 'many.csv'))
      return dropped
    })()`)
    await page.dispatchEvent('.drop', 'drop', { dataTransfer })
    await page.getByText('GB18030').first().waitFor()
    await page.getByText('4 of 4 columns are imported').waitFor()
    let isLost = false
    await page.route('**/graphql', async (route) => {
      if (isLost || !(route.request().postData() ?? '').includes('mutation StartImport'))
        return await route.continue()
      isLost = true
      await route.fetch()
      await route.abort()
    })
    await page.getByRole('button', { name: 'Preview', exact: true }).click()
    await page.getByText('nothing is done twice').waitFor()
    await page.getByRole('button', { name: 'Preview', exact: true }).click()
    await page.getByRole('button', { name: 'Import 1200 rows' }).click()
    await page.getByText('You may leave this page: it goes on.').waitFor()
    await shoot(page, 'transfer-running')
    expect(await violations(page)).toEqual([])
    const context = page.context()
    await page.close()
    const again = await world.page(context)
    again.setDefaultTimeout(12_000)
    await again.goto('/admin/transfer')
    const row = again.getByRole('row', { name: /many\.csv/ }).filter({ hasNotText: 'Preview only' })
    await row.getByRole('button', { name: 'Open' }).click()
    await again.getByRole('button', { name: 'Undo the import' }).waitFor({ timeout: 40_000 })
    await again.getByText('1200 new, 0 changed').waitFor()
    await again.getByRole('button', { name: 'Next' }).click()
    await again.getByRole('rowheader', { name: 'many60', exact: true }).waitFor()
    await shoot(again, 'transfer-report-dark')
    expect(await violations(again)).toEqual([])
    expect((await imports()).length).toBe(before + 2)
  })
})

describe('an export in the console', () => {
  it('[6] [T111] holds the chosen columns, and what a spreadsheet would run is text', async () => {
    const page = await opened()
    const other = await world.server.login('hr', 'dolores')
    const staff = personOf('staff')
    await other.query('mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename } }', {
      i: { id: staff?.id, title: '=1+1' },
    })
    await page.getByRole('button', { name: '导出', exact: true }).click()
    await page.getByRole('checkbox', { name: '全部列' }).uncheck()
    await page.getByText('请至少选择一列').waitFor()
    for (const name of ['登录名', '职位', '姓名'])
      await page.getByRole('checkbox', { name, exact: true }).check()
    await shoot(page, 'transfer-export')
    expect(await violations(page)).toEqual([])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '导出', exact: true }).click(),
    ])
    expect(download.suggestedFilename()).toBe('成员.csv')
    const lines = (await textOf(download)).split('\r\n')
    expect(lines[0]).toBe('\ufeff登录名,姓名,职位')
    expect(lines).toContain(`staff,${staff?.name},'=1+1`)
  })
})
