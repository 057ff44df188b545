import type { Locator, Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { subtree } from '../../src/model/state.ts'
import type { Client } from '../support/client.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld, type PageOptions } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const state = () => world.server.instance.replica.state
const only = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is none')
  return value
}
const person = (login: string) => only([...state().all('staff')].find((s) => s.login === login))
const named = (kind: 'role' | 'rule' | 'department', name: string) =>
  only([...state().all(kind)].find((entry) => entry.name === name))
const typeNamed = (name: string) =>
  only([...state().all('staffType'), ...state().all('departmentType')].find((type) => type.name === name))
/** Somebody with no role but Employee; of one branch alone if that is said. */
const employee = (n: number, branchId: string | null = null) => {
  const { id } = named('role', 'Employee')
  const inside = branchId === null ? null : new Set(subtree(state(), branchId))
  return only(
    [...state().all('staff')].filter(
      (s) =>
        s.status === 'ACTIVE' &&
        s.roleIds.length === 1 &&
        s.roleIds[0] === id &&
        s.login.includes('.') &&
        (inside === null || s.memberships.every((m) => inside.has(m.departmentId))),
    )[n],
  )
}
async function edit(client: Client, mutation: string, input: Record<string, unknown>): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
  const shown = `{ __typename ${mutation === 'setStaffRoles' ? '' : '... on CatalogueEdited { id }'} }`
  const answer = await client.query(`mutation ($i: ${type}!) { ${mutation}(input: $i) ${shown} }`, {
    i: input,
  })
  const made = answer[mutation] as { __typename: string; id?: string }
  expect(made.__typename).toMatch(/Edited$/)
  return made.id ?? ''
}
const hr = async () => await world.server.login('hr', 'dolores')
/** The console at one of its parts. */
async function opened(path: string, login = 'hr', o: PageOptions = {}): Promise<Page> {
  const page = await world.signedIn(login, o)
  page.setDefaultTimeout(12_000)
  await page.goto(`/admin/access${path}`)
  await page.locator('.access-parts').waitFor()
  return page
}
const drawer = (page: Page) => page.locator('.ant-drawer')
const dialog = (page: Page, title: string | RegExp) => page.locator('.ant-modal').filter({ hasText: title })
const button = (place: Page | Locator, name: string) => place.getByRole('button', { name, exact: true })
const entry = (page: Page, name: string) => page.locator('.entry').filter({ hasText: name }).first()
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

describe('[5] a delegated administrator', () => {
  it('is made by a role: what is wrong stands at the field, double clicks and lost answers make it once', async () => {
    const page = await opened('/roles')
    await shoot(page, 'access-roles')
    await button(page, '新建角色').click()
    const form = drawer(page)
    await form.getByLabel('名称').fill('Employee')
    await form.getByRole('tab', { name: '管理权限' }).click()
    await button(form, '添加管理权限').click()
    await form.getByLabel('范围 1').click()
    await page.locator('.ant-select-item-option', { hasText: '指定部门及下级' }).click()
    await button(form, '创建').click()
    await form.getByText('请选择').waitFor()
    await form.getByRole('tab', { name: '管理权限!' }).waitFor()
    await button(form, '移除第 1 项权限').click()
    await form.getByLabel('委派整个部门分支…').click()
    await page.locator('.ant-select-tree-switcher_close').first().click()
    await page.locator('.ant-select-tree-title', { hasText: 'Sales' }).first().click()
    await expect.poll(() => form.locator('.ability').count()).toBe(4)
    await shoot(page, 'access-abilities')
    expect(await violations(page)).toEqual([])
    await button(form, '创建').click()
    await form.getByRole('tab', { name: '基本信息!' }).click()
    await form.getByText('已被使用').waitFor()
    await form.getByLabel('名称').fill('Looks after Sales')
    await losingAnswer(page, 'CreateRole')
    await button(form, '创建').click()
    await form.getByText('请再次保存，不会重复执行').waitFor()
    await button(form, '创建').dblclick()
    await form.getByRole('tab', { name: '成员', exact: true }).waitFor()
    const made = [...state().all('role')].filter(({ name }) => name === 'Looks after Sales')
    expect(made.map(({ abilities }) => abilities.map(({ name, scope }) => `${name} ${scope}`))).toEqual([
      ['department.write', 'role.assign', 'staff.account', 'staff.write'].map((name) => `${name} SUBTREE`),
    ])
  })

  it('is whoever is given it, once it is said what that means; the console then shows them that branch and no more', async () => {
    const role = only([...state().all('role')].find(({ name }) => name === 'Branch administrator'))
    const delegate = employee(0, role.abilities[0]?.departmentId)
    const page = await opened(`/roles/${role.id}`)
    const form = drawer(page)
    await form.getByRole('tab', { name: '成员', exact: true }).click()
    await form.getByLabel('添加成员').click()
    await page.keyboard.type(delegate.login)
    await page.getByTitle(`${delegate.name} · ${delegate.login}`, { exact: true }).click()
    await button(form, '授予角色').click()
    const asked = dialog(page, `授予 ${delegate.name} 角色“${role.name}”`)
    await asked.getByText(/^获得：管理成员/).waitFor()
    await asked.getByText('没有人的可见范围会改变。').waitFor()
    await shoot(page, 'access-holder')
    expect(await violations(page)).toEqual([])
    expect(person(delegate.login).roleIds).not.toContain(role.id)
    await button(asked, '授予角色').click()
    await form.getByRole('link', { name: delegate.name }).waitFor()
    expect(person(delegate.login).roleIds).toContain(role.id)

    const theirs = await opened('', delegate.login)
    await theirs.getByRole('heading', { name: '角色' }).waitFor()
    const parts = await theirs.locator('.access-parts a').allInnerTexts()
    expect(parts).toEqual(['角色', '规则', '权限矩阵'])
    expect(await button(theirs, '新建角色').count()).toBe(0)
    await entry(theirs, 'Administrator').click()
    await drawer(theirs).getByLabel('名称').waitFor()
    expect(await drawer(theirs).getByLabel('名称').isDisabled()).toBe(true)
    expect(await button(drawer(theirs), '删除').count()).toBe(0)
    expect(await button(drawer(theirs), '保存').count()).toBe(0)
    await shoot(theirs, 'access-delegate')
    await theirs.goto('/admin/access/types')
    await theirs.getByText('你没有查看这部分的权限。').waitFor()
    // Nor do they give what they do not have: they are told so before it is asked for in earnest.
    await theirs.goto(`/admin/access/roles/${named('role', 'Administrator').id}`)
    await drawer(theirs).getByRole('tab', { name: '成员', exact: true }).click()
    await drawer(theirs).getByLabel('添加成员').click()
    await theirs.keyboard.type(delegate.login)
    await theirs.getByTitle(`${delegate.name} · ${delegate.login}`, { exact: true }).click()
    await button(drawer(theirs), '授予角色').click()
    const refused = dialog(theirs, /授予/)
    await refused.getByText('你没有权限执行此操作。').waitFor()
    expect(await button(refused, '授予角色').isDisabled()).toBe(true)
    await button(refused, '取消').click()

    await button(form, `移除 ${delegate.name}`).click()
    await button(dialog(page, /移除/), '移除').click()
    await expect.poll(() => person(delegate.login).roleIds).not.toContain(role.id)
  })

  it('[T36] who writes roles is told at the rule and at the ability that it is not theirs to give', async () => {
    const ability = (name: string) => ({ name, scope: 'ORGANISATION', fields: ['*'] })
    const client = await hr()
    const abilities = [
      ability('role.write'),
      {
        name: 'staff.write',
        scope: 'SUBTREE',
        departmentId: only([...state().all('department')].find(({ name }) => name.includes('Sales'))).id,
        fields: ['*'],
      },
    ]
    const writes = await edit(client, 'createRole', { name: 'Writes roles', abilities })
    const writer = employee(1)
    await edit(client, 'setStaffRoles', { id: writer.id, roleIds: [...writer.roleIds, writes] })
    const page = await opened(`/roles/${named('role', 'Insider').id}`, writer.login, { language: 'en' })
    const form = drawer(page)
    await form.getByRole('tab', { name: 'What is seen' }).click()
    const beyond = form.getByRole('checkbox', { name: /^Everything Shows more than you may see yourself/ })
    expect(await beyond.isDisabled()).toBe(true)
    expect(await form.getByRole('checkbox', { name: /^Colleagues/ }).isDisabled()).toBe(false)
    await shoot(page, 'access-not-yours')
    await form.getByRole('tab', { name: 'What is administered' }).click()
    await button(form, 'Add an ability').click()
    await form.getByRole('combobox', { name: 'Ability 1' }).click()
    expect(await page.locator('.ant-select-item-option').allInnerTexts()).toEqual([
      'See people',
      'Edit people',
      'Edit roles',
    ])
    await page.locator('.ant-select-item-option', { hasText: 'Edit people' }).click()
    await form.getByLabel('Where 1').click()
    await page.locator('.ant-select-item-option', { hasText: 'Everywhere' }).click()
    await button(form, 'Save').click()
    await form.locator('.ability').getByText('goes beyond your own rights').waitFor()
    expect(await violations(page)).toEqual([])
    expect(named('role', 'Insider')).toMatchObject({ abilities: [] })
    // What cannot be given away can be looked at.
    await button(form, 'Discard').click()
    await page.goto(`/admin/access/roles/${named('role', 'Administrator').id}`)
    await form.getByRole('tab', { name: 'What is administered' }).click()
    await form.getByText('More than you may do yourself').waitFor()
    expect(await form.locator('.ability').count()).toBe(0)
  })
})

describe('[2] a rule', () => {
  it('is saved once it is said who gains and loses sight of whom; leaving it unsaved asks', async () => {
    const rule = named('rule', 'Colleagues')
    const page = await opened(`/rules/${rule.id}`)
    const form = drawer(page)
    await form.getByRole('checkbox', { name: 'Intern 实习生' }).click()
    await button(form, '预览影响').click()
    const asked = dialog(page, '确认可见范围与权限的变化')
    await asked.getByText(/人将不再看到/).waitFor()
    await shoot(page, 'access-rule-effect')
    expect(await violations(page)).toEqual([])
    await button(asked, '取消').click()
    await asked.waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await button(page, '继续编辑').click()
    await page
      .getByRole('link', { name: '类型', exact: true })
      .evaluate((link) => (link as { click(): void }).click())
    await button(page, '继续编辑').click()
    const { id } = typeNamed('Intern 实习生')
    expect(state().get('rule', rule.id)?.staffTypeIds).toContain(id)
    await button(form, '保存').click()
    await asked.getByText(/人将不再看到/).waitFor()
    expect(state().get('rule', rule.id)?.staffTypeIds).toContain(id)
    await button(asked, '确认保存').click()
    await form.getByText('已保存').waitFor()
    expect(state().get('rule', rule.id)?.staffTypeIds).not.toContain(id)
    // Words alone change nobody's sight: nothing is asked.
    await form.getByLabel('说明').fill('All colleagues but interns')
    await button(form, '保存').click()
    await form.getByText('已保存').waitFor()
    await expect.poll(() => state().get('rule', rule.id)?.description).toBe('All colleagues but interns')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).toMatch(/\/admin\/access\/rules$/)
  })

  it('[8] shows at once what somebody else makes of it; where both have changed the same, one is chosen', async () => {
    const client = await hr()
    const id = await edit(client, 'createRule', { name: 'Of two', departmentTypeIds: [], staffTypeIds: [] })
    const page = await opened(`/rules/${id}`)
    const form = drawer(page)
    await edit(client, 'updateRule', { id, description: 'Theirs' })
    await expect.poll(() => form.getByLabel('说明').inputValue(), { timeout: 8000 }).toBe('Theirs')
    await form.getByLabel('名称').fill('Mine')
    await edit(client, 'updateRule', { id, name: 'Also theirs', scope: 'OWN_SUBTREE' })
    await button(form, '保存').click()
    const conflict = form.getByRole('alert', { name: '其他管理员刚刚修改了同样的内容' })
    await conflict.getByText('Also theirs').waitFor()
    await shoot(page, 'access-conflict')
    expect(await violations(page)).toEqual([])
    await conflict.getByRole('radio').nth(1).check()
    await conflict.getByRole('button').click()
    await button(form, '保存').click()
    await form.getByText('已保存').waitFor()
    expect(state().get('rule', id)).toMatchObject({
      name: 'Mine',
      scope: 'OWN_SUBTREE',
      description: 'Theirs',
    })
    await edit(client, 'deleteRule', { id }).catch(() => null)
  })

  it('and whatever else is in use is not deleted: who uses it is named', async () => {
    const page = await opened(`/rules/${named('rule', 'Mobile numbers of colleagues').id}`)
    const remove = async () => {
      await button(drawer(page), '删除').click()
      await button(page.locator('.ant-modal-confirm'), '删除').click()
    }
    await remove()
    const said = page.locator('.ant-modal-confirm-warning')
    await said.getByText('Leader').waitFor()
    await shoot(page, 'access-in-use')
    await button(said, '知道了').click()
    await page.goto(`/admin/access/types/${typeNamed('Partner 合作方').id}`)
    await remove()
    await said.getByText('Everything').waitFor()
    await button(said, '知道了').click()
    const id = await edit(await hr(), 'createRule', {
      name: 'Unused',
      departmentTypeIds: [],
      staffTypeIds: [],
    })
    await page.goto(`/admin/access/rules/${id}`)
    await remove()
    await expect.poll(() => state().get('rule', id)).toBeUndefined()
    await expect.poll(() => page.url()).toMatch(/\/admin\/access\/rules$/)
  })
})

describe('[2] types and fields', () => {
  it('are made, edited, and hidden until a rule shows them', async () => {
    const page = await opened('/types')
    await button(page, '新建类型').click()
    await drawer(page).getByText('对所有人隐藏').waitFor()
    await button(drawer(page), '创建').isDisabled()
    await drawer(page).getByLabel('名称').fill('Adviser')
    await button(drawer(page), '创建').click()
    await button(drawer(page), '删除').waitFor()
    await page.keyboard.press('Escape')
    await entry(page, 'Adviser').getByText('对所有人隐藏').waitFor()
    await shoot(page, 'access-types')
    await page.getByRole('link', { name: '权限矩阵' }).click()
    await page.getByRole('columnheader', { name: 'Adviser 对所有人隐藏' }).waitFor()

    await page.getByRole('link', { name: '字段', exact: true }).click()
    await shoot(page, 'access-fields')
    await button(page, '新建字段').click()
    const form = drawer(page)
    await form.getByLabel('名称').fill('Shoe size')
    await form.getByLabel('标识').fill('1 size')
    await button(form, '创建').click()
    await form.getByText('只能包含字母、数字和').first().waitFor()
    await shoot(page, 'access-field-problem')
    await form.getByLabel('标识').fill('shoeSize')
    await button(form, '创建').click()
    await button(form, '删除').waitFor()
    const made = () => only([...state().all('fieldDefinition')].find(({ key }) => key === 'shoeSize'))
    expect(made()).toMatchObject({ label: 'Shoe size', isSensitive: false })
    await form.getByRole('checkbox').click()
    await button(form, '保存').click()
    await form.getByText('已保存').waitFor()
    await expect.poll(() => made().isSensitive).toBe(true)
  })
})

describe('who sees what', () => {
  it('[2] stands in a matrix by role, and by the type of those who look', async () => {
    const page = await opened('/matrix')
    const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
    await row('Guest').getByText('本部门及下级').first().waitFor()
    await shoot(page, 'access-matrix')
    await page.getByText('按查看者的类型').click()
    const guests = [...state().all('staff')].filter(
      (s) => s.status === 'ACTIVE' && s.typeId === typeNamed('Contractor 外包').id,
    )
    await row('Contractor 外包').getByText(`${guests.length} 人`).first().waitFor()
    await shoot(page, 'access-matrix-viewers')
    expect(await violations(page)).toEqual([])
  })

  it('says who sees whom and by which rule', async () => {
    const page = await opened('/explain')
    const pick = async (label: string, login: string) => {
      await page.getByLabel(label, { exact: true }).click()
      await page.keyboard.type(login)
      await page.getByTitle(`${person(login).name} · ${login}`, { exact: true }).click()
    }
    await pick('查看的人', 'guest')
    await pick('被查看的人', 'hr')
    await page.getByText(`${person('guest').name} 看不到 ${person('hr').name}`).waitFor()
    await pick('查看的人', 'staff')
    await page.getByText(`${person('staff').name} 能看到 ${person('hr').name}`).waitFor()
    await shoot(page, 'access-explain')
    expect(await violations(page)).toEqual([])
  })
})

describe('[9] accessibility: axe finds nothing', () => {
  it.each([
    ['light', false],
    ['dark', true],
  ] as const)('in roles, rules, types, fields and the matrix, %s', async (theme, dark) => {
    const page = await opened('/roles', 'hr', { dark, language: dark ? 'en' : 'zh-CN' })
    for (const part of ['roles', 'rules', 'types', 'fields', 'matrix']) {
      await page.locator(`.access-parts a[href$="/${part}"]`).click()
      await page.locator('.panel').first().waitFor()
      expect([part, await violations(page)]).toEqual([part, []])
      if (part === 'matrix') continue
      await page.locator('.entry').first().click()
      await drawer(page).getByRole('textbox').first().waitFor()
      expect([part, await violations(page)]).toEqual([part, []])
      await shoot(page, `access-${part}-${theme}`)
      await page.keyboard.press('Escape')
      await expect.poll(() => drawer(page).count()).toBe(0)
    }
    await page.locator('.access-parts a[href$="/matrix"]').click()
    await shoot(page, `access-matrix-${theme}`)
  })
})
