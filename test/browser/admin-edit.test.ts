import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { ancestry } from '../../src/model/state.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

/** The first answer to a mutation never arrives; what it asks is done. */
async function losingAnswer(page: Page, mutation: string): Promise<void> {
  let isLost = false
  await page.route('**/graphql', async (route) => {
    if (isLost || !(route.request().postData() ?? '').includes(`mutation ${mutation}`))
      return await route.continue()
    isLost = true
    await route.fetch()
    await route.abort()
  })
}

const state = () => world.server.instance.replica.state
const person = (login: string) => {
  const found = [...state().all('staff')].find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
/** People who are nobody's login of the demo. */
const somebody = (n: number) => {
  const found = [...state().all('staff')].filter((s) => s.status === 'ACTIVE' && s.login.includes('.'))[n]
  if (!found) throw new Error(`there are no ${n} people`)
  return found
}
const departmentNamed = (name: string) => {
  const all = [...state().all('department')]
  // The one that stands highest.
  const found = all
    .filter((d) => d.name.includes(name))
    .sort((a, b) => [...ancestry(state(), a.id)].length - [...ancestry(state(), b.id)].length)[0]
  if (!found) throw new Error(`there is no ${name}`)
  return found
}
/** The console with the drawer of one person. */
async function opened(id: string): Promise<Page> {
  const page = await world.signedIn('hr')
  page.setDefaultTimeout(12_000)
  await page.goto(`/admin/staff/${id}`)
  await page.getByRole('dialog').getByRole('tab', { name: '基本信息' }).waitFor()
  return page
}
const save = (page: Page) => page.getByRole('dialog').getByRole('button', { name: '保存', exact: true })
const audited = async (action: string) => {
  const client = await world.server.login('hr', 'dolores')
  const { admin } = (await client.query(
    'query ($f: AuditLogFilter) { admin { auditLog(filter: $f, first: 100) { edges { node { subject { id } } } } } }',
    { f: { action, outcome: 'DONE' } },
  )) as unknown as { admin: { auditLog: { edges: { node: { subject: { id: string } } }[] } } }
  return admin.auditLog.edges.map(({ node }) => node.subject.id)
}

describe('a person in the console', () => {
  it('is edited; what the server does not take stands beside the field, and goes when it is mended', async () => {
    const { id } = somebody(0)
    const page = await opened(id)
    await page.getByLabel('手机', { exact: true }).fill('not a number')
    await page.getByLabel('职位', { exact: true }).fill('Chief of Tests')
    await page.getByText('不是有效的电话号码').waitFor()
    await shoot(page, 'admin-problem')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('手机', { exact: true }).fill('+86 138 0000 0001')
    await expect.poll(() => page.getByText('不是有效的电话号码').count()).toBe(0)
    await save(page).click()
    await page.getByRole('dialog').getByText('已保存').waitFor()
    expect(state().get('staff', id)).toMatchObject({ title: 'Chief of Tests', mobile: '+86 138 0000 0001' })
  })

  it('is not lost by leaving: a link, the back button and the cross all ask first', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    await page.getByRole('grid').locator('[role=row][aria-selected]').nth(3).click()
    await page.getByRole('dialog').getByRole('tab', { name: '基本信息' }).waitFor()
    const { pathname } = new URL(page.url())
    await page.getByLabel('昵称', { exact: true }).fill('Half done')
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
    await page.getByText('离开后，这些更改将丢失。').waitFor()
    await page.getByRole('button', { name: '继续编辑' }).click()
    await page.goBack()
    await page.getByText('离开后，这些更改将丢失。').waitFor()
    await page.getByRole('button', { name: '继续编辑' }).click()
    await expect.poll(() => page.getByLabel('昵称', { exact: true }).inputValue()).toBe('Half done')
    expect(new URL(page.url()).pathname).toBe(pathname)
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '放弃更改' }).click()
    await expect.poll(() => page.locator('.ant-drawer-open').count()).toBe(0)
    expect([...state().all('staff')].some((s) => s.nickname === 'Half done')).toBe(false)
  })

  it('is created once, however often the button is pressed, and however often the answer is lost', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    await page.getByRole('button', { name: '添加成员' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('姓名').fill('Newcomer')
    await dialog.getByLabel('账号').fill(somebody(0).login)
    const create = dialog.getByRole('button', { name: '创建' })
    await create.click()
    await dialog
      .getByText(/请选择|已是/)
      .first()
      .waitFor()
    await dialog.getByLabel('员工类型').click()
    await page.locator('.ant-select-item-option').first().click()
    await create.click()
    await dialog.getByText(`已是 ${somebody(0).name} 的账号`).waitFor()
    await dialog.getByLabel('账号').fill('newcomer')
    // The edit is made, and its answer never arrives.
    await losingAnswer(page, 'CreateStaff')
    await create.click()
    await dialog.getByText('请再次保存，不会重复执行').waitFor()
    await create.dblclick()
    await dialog.getByRole('tab', { name: '登录设备' }).waitFor()
    const { id } = person('newcomer')
    expect((await audited('staff.create')).filter((subject) => subject === id)).toHaveLength(1)
    expect([...state().all('staff')].filter((s) => s.name === 'Newcomer')).toHaveLength(1)
  })

  it('[8] edited by two: both versions are shown, and one is chosen; what does not collide is kept of both', async () => {
    const { id } = somebody(2)
    const page = await opened(id)
    await page.getByLabel('职位', { exact: true }).fill('My title')
    await page.getByLabel('拼音', { exact: true }).fill('wo de')
    const other = await world.server.login('hr', 'dolores')
    await other.query('mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename } }', {
      i: { id, title: 'Their title', nickname: 'Their nickname' },
    })
    const conflict = page.getByRole('alert', { name: '其他管理员刚刚修改了同样的内容' })
    await conflict.getByText('Their title').waitFor()
    await conflict.getByText('My title').waitFor()
    await shoot(page, 'admin-conflict')
    expect(await violations(page)).toEqual([])
    await conflict.getByRole('radio').nth(1).check()
    await conflict.getByRole('button').click()
    await expect.poll(() => page.getByLabel('昵称', { exact: true }).inputValue()).toBe('Their nickname')
    await save(page).click()
    await page.getByRole('dialog').getByText('已保存').waitFor()
    expect(state().get('staff', id)).toMatchObject({
      title: 'My title',
      pinyin: 'wo de',
      nickname: 'Their nickname',
    })
  })

  it('[8] shows at once what another administrator has done, in the list and in the drawer', async () => {
    const { id, name } = somebody(3)
    const page = await opened(id)
    const other = await opened(id)
    await other.getByLabel('昵称').fill('Live')
    await save(other).click()
    await expect
      .poll(() => page.getByLabel('昵称', { exact: true }).inputValue(), { timeout: 5000 })
      .toBe('Live')
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
    await page.getByLabel('搜索姓名、拼音、账号、手机、邮箱、职位').fill(name)
    await page.getByRole('grid').getByText('Live').first().waitFor()
  })

  it('has roles, with the effect before they are saved, sessions and a history', async () => {
    const { id } = somebody(4)
    const page = await opened(id)
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('tab', { name: '角色' }).click()
    await dialog.getByRole('tabpanel').getByRole('checkbox').first().click()
    await dialog.getByRole('button', { name: '预览影响' }).click()
    await dialog.getByText(/人将多看到|没有人会多看到|没有人的可见范围会改变/).waitFor()
    await shoot(page, 'admin-roles')
    const before = state().get('staff', id)?.roleIds
    await dialog.getByRole('button', { name: '保存角色' }).click()
    await expect.poll(() => state().get('staff', id)?.roleIds).not.toEqual(before)
    await dialog.getByRole('tab', { name: '登录设备' }).click()
    const invite = dialog.getByRole('button', { name: '生成邀请链接' })
    await losingAnswer(page, 'InviteStaff')
    await invite.click()
    await dialog.getByText('请再次保存，不会重复执行').waitFor()
    await invite.click()
    await dialog.getByText('/invitation#').waitFor()
    const invitations = `SELECT 1 FROM audit WHERE action = 'account.invite' AND subject_id = $1`
    expect(await world.server.database.sql(invitations, [id])).toHaveLength(1)
    await dialog.getByRole('tab', { name: '变更记录' }).click()
    await dialog.locator('.records').getByText('hr').first().waitFor()
    await shoot(page, 'admin-history')
  })
})

describe('many people in the console', () => {
  it('are disabled together; whoever cannot be is named with the reason', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    const names = ['hr', somebody(5).login, somebody(6).login]
    for (const login of names) {
      const { name } = person(login)
      await page.getByLabel('搜索姓名、拼音、账号、手机、邮箱、职位').fill(login)
      await page
        .getByRole('checkbox', { name: `选择 ${name}` })
        .first()
        .click()
    }
    await page.getByText('已选 3 人').waitFor()
    await shoot(page, 'admin-bulk')
    const ids = names.map((login) => person(login).id)
    await page.getByRole('toolbar').getByRole('button', { name: '停用' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
    await page.getByText('完成 2 项，1 项未完成').waitFor()
    await page.getByText('不能对自己的账号执行此操作').waitFor()
    expect(ids.map((id) => state().get('staff', id)?.status)).toEqual(['ACTIVE', 'DISABLED', 'DISABLED'])
  })

  it('deleted ones lie in the trash, from where they are restored', async () => {
    const { id, name } = somebody(7)
    const page = await opened(id)
    await page.getByRole('dialog').getByRole('button', { name: '操作' }).click()
    await page.getByRole('menuitem', { name: '删除' }).click()
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '删除' }).click()
    await expect.poll(() => state().get('staff', id)?.status).toBe('TRASHED')
    await page.getByRole('link', { name: '回收站' }).click()
    await page.getByRole('button', { name: `恢复 ${name}` }).waitFor()
    await shoot(page, 'admin-trash')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: `恢复 ${name}` }).click()
    await expect.poll(() => state().get('staff', id)?.status).not.toBe('TRASHED')
  })
})

describe('departments in the console', () => {
  it('are dragged to another place, once it is said who gains and loses sight', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    const [finance, sales] = [departmentNamed('Finance'), departmentNamed('Sales')]
    const item = (name: string) => page.getByRole('treeitem', { name: new RegExp(`^${name}`) })
    await item(finance.name).dragTo(item(sales.name))
    await page
      .getByRole('dialog')
      .getByText(/没有人的可见范围会改变|没有人会多看到|人将多看到/)
      .waitFor()
    await shoot(page, 'admin-move')
    expect(await violations(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: '移动', exact: true }).click()
    await expect.poll(() => state().get('department', finance.id)?.parentId).toBe(sales.id)
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  it('are made below another one, renamed, and deleted when empty', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    const parent = departmentNamed('Operations')
    await page.goto(`/admin/departments/${parent.id}`)
    const actions = (name: string) => page.getByRole('button', { name: `${name} 的操作` })
    await actions(parent.name).click()
    await page.getByRole('menuitem', { name: '新建下级部门' }).click()
    const name = page.getByRole('dialog').getByLabel('姓名')
    await name.fill('Not to be lost')
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
    await page.getByRole('button', { name: '继续编辑' }).click()
    expect(await name.inputValue()).toBe('Not to be lost')
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
    await page.getByRole('button', { name: '放弃更改' }).click()
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await actions(parent.name).click()
    await page.getByRole('menuitem', { name: '新建下级部门' }).click()
    await name.fill('Console office')
    await page.getByRole('dialog').getByRole('button', { name: '创建' }).click()
    await expect
      .poll(() => [...state().all('department')].some((d) => d.name === 'Console office'))
      .toBe(true)
    const made = departmentNamed('Console office')
    expect(made.parentId).toBe(parent.id)
    await page.goto(`/admin/departments/${made.id}`)
    await actions(made.name).click()
    await page.getByRole('menuitem', { name: '编辑部门' }).click()
    await page.getByRole('dialog').getByLabel('姓名').fill('')
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await page.getByRole('dialog').getByText('不能为空').waitFor()
    await page.getByRole('dialog').getByLabel('姓名').fill('Renamed office')
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await page.getByRole('heading', { name: 'Renamed office' }).waitFor()
    await actions('Renamed office').click()
    await page.getByRole('menuitem', { name: '删除' }).click()
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '删除' }).click()
    await expect.poll(() => state().get('department', made.id)?.status).toBe('TRASHED')
  })
})
