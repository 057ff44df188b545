import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { OK, Receiver, status } from '../webhook/receiver.ts'
import { TIMING } from '../webhook/world.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
let receiver: Receiver
useBrowserWorld((started) => (world = started), {
  settings: { WEBHOOK_NETWORKS: '127.0.0.1' },
  webhookTiming: TIMING,
})
beforeAll(async () => {
  receiver = await Receiver.start()
})
afterAll(async () => await receiver?.close())

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

async function opened(o: Parameters<BrowserWorld['signedIn']>[1] = {}): Promise<Page> {
  const page = await world.signedIn('hr', o)
  page.setDefaultTimeout(12_000)
  await page.goto('/admin/integrations')
  await page.getByRole('tab').first().waitFor()
  return page
}
async function chooseAccount(page: Page, login: string): Promise<void> {
  const picker = page.getByRole('combobox', { name: '使用的账号' })
  await picker.fill(login)
  await page.locator('.ant-select-item-option', { hasText: `· ${login}` }).click()
}
const works = async (token: string) => {
  const response = await fetch(`${world.server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { abilities } }' }),
  })
  return response.status === 200
}
const secretIn = async (page: Page) => {
  const text = await page.locator('.secret-once').innerText()
  await page.getByRole('button', { name: '我已保存' }).click()
  await expect.poll(() => page.locator('.secret-once').count()).toBe(0)
  return text
}
const tokens = (page: Page) => page.getByRole('list', { name: '令牌', exact: true }).getByRole('listitem')

describe('applications in the console', () => {
  it('[T97] one is made, and its token shown once; replaced, both work; revoked, it does not', async () => {
    const page = await opened()
    await page.getByText('还没有应用').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: '新建应用' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '创建' }).click()
    await dialog.getByText('请选择一个账号').waitFor()
    await dialog.getByLabel('名称').fill('薪酬系统')
    await chooseAccount(page, 'hr')
    await dialog.getByRole('button', { name: '创建' }).click()
    await dialog.getByText('只能选择除你自己以外').waitFor()
    await chooseAccount(page, 'staff')
    await shoot(page, 'admin-integration-form')
    expect(await violations(page)).toEqual([])
    await losingAnswer(page, 'CreateIntegration(')
    await dialog.getByRole('button', { name: '创建' }).click()
    await dialog.getByText('请再次保存，不会重复执行').waitFor()
    await dialog.getByRole('button', { name: '创建' }).dblclick()

    await page.getByText('还没有令牌').waitFor()
    await losingAnswer(page, 'CreateIntegrationToken')
    await page.getByRole('button', { name: '生成令牌' }).click()
    await page.getByText('请再点一次，不会重复执行').waitFor()
    await page.getByRole('button', { name: '生成令牌' }).dblclick()
    await page.locator('.secret-once').waitFor()
    await shoot(page, 'admin-token-once')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    const first = await secretIn(page)
    expect(await works(first)).toBe(true)
    expect(await tokens(page).count()).toBe(1)
    expect(await page.content()).not.toContain(first.slice(17))

    await page.getByRole('button', { name: /^更换 dlr_/ }).click()
    await page.getByRole('dialog').last().getByRole('button', { name: '更换', exact: true }).click()
    await page.locator('.secret-once').waitFor()
    const second = await secretIn(page)
    expect([await works(first), await works(second)]).toEqual([true, true])
    await page.getByRole('button', { name: `撤销 ${first.slice(0, 16)}` }).click()
    await page.getByRole('button', { name: '撤销', exact: true }).last().click()
    await tokens(page).getByText('已撤销').waitFor()
    expect([await works(first), await works(second)]).toEqual([false, true])
    await shoot(page, 'admin-tokens')
    expect(await violations(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
    const list = page.getByRole('list', { name: '应用令牌' })
    expect(await list.getByRole('listitem').count()).toBe(1)
    await shoot(page, 'admin-integrations')
  })

  it('[8] are not lost by leaving the form, and neither are edits of somebody else', async () => {
    const page = await opened({ language: 'en', dark: true })
    await page.getByRole('button', { name: 'Add application' }).click()
    await page.getByLabel('Name').fill('Half done')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Keep editing' }).click()
    expect(await page.getByLabel('Name').inputValue()).toBe('Half done')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('button', { name: 'Actions for 薪酬系统' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await page.getByLabel('What it is for').fill('Mine')
    const other = await world.server.login('hr', 'dolores')
    const { admin } = await other.query('{ admin { integrations { id } } }')
    const [{ id } = { id: '' }] = (admin as { integrations: { id: string }[] }).integrations
    await other.query(
      `mutation { updateIntegration(input: { id: "${id}", description: "Theirs" }) { __typename } }`,
    )
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else has changed it meanwhile').waitFor()
    await shoot(page, 'admin-integration-conflict')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByText('Theirs').waitFor()
    await page.getByRole('button', { name: 'Tokens' }).click()
    await page.getByText('revoked').waitFor()
    expect(await violations(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    await shoot(page, 'admin-tokens-phone')
    await page.keyboard.press('Escape')
    await page.getByRole('tab', { name: 'Webhooks' }).click()
    await page.getByText('No webhooks yet').waitFor()
    await shoot(page, 'admin-webhooks-phone')
    expect(await violations(page)).toEqual([])
  })
})

describe('webhooks in the console', () => {
  it('[T115] one is made, tested, told of changes, turned back, paused and deleted', async () => {
    const page = await opened()
    await page.getByRole('tab', { name: 'Webhook' }).click()
    await page.getByRole('button', { name: '新建 Webhook' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('接收地址').fill('ftp://example.com')
    await dialog.getByLabel('名称').fill('考勤系统')
    await chooseAccount(page, 'staff')
    await dialog.getByRole('button', { name: '创建' }).click()
    await dialog.getByText('必须以 https:// 开头').waitFor()
    await shoot(page, 'admin-webhook-form')
    expect(await violations(page)).toEqual([])
    await dialog.getByLabel('接收地址').fill(`${receiver.url}/hook`)
    await losingAnswer(page, 'CreateWebhook')
    await dialog.getByRole('button', { name: '创建' }).click()
    await dialog.getByText('请再次保存，不会重复执行').waitFor()
    await dialog.getByRole('button', { name: '创建' }).dblclick()
    await page.locator('.secret-once').waitFor()
    expect(await secretIn(page)).toMatch(/^whsec_/)
    const list = page.getByRole('list', { name: 'Webhook' })
    const act = async (name: string) => {
      await page.getByRole('button', { name: '考勤系统 的操作' }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    await list.getByText('正常投递').waitFor()
    expect(await list.getByRole('listitem').count()).toBe(1)
    await act('发送测试')
    await page.getByText('测试已送达（204）').waitFor()

    // It fails, is told so, and is turned back.
    receiver.answer = status(500)
    const other = await world.server.login('hr', 'dolores')
    const staff = [...world.server.instance.replica.state.all('staff')].find((s) => s.login === 'staff')
    await other.query(
      `mutation { updateStaff(input: { id: "${staff?.id}", nickname: "told" }) { __typename } }`,
    )
    await list.getByText(/投递失败|已自动停用/).waitFor()
    await page.getByRole('button', { name: '投递记录' }).click()
    const log = page.getByRole('list', { name: '投递记录' })
    await log.getByText('未送达 · 500').first().waitFor()
    receiver.answer = OK
    receiver.all.length = 0
    await log.getByRole('button', { name: '重新投递' }).first().click()
    await page.getByRole('button', { name: '重新投递', exact: true }).last().click()
    await page.getByText('正在重新投递').waitFor()
    await expect.poll(() => receiver.changes.map((c) => c.staff?.nickname)).toContain('told')
    await shoot(page, 'admin-deliveries')
    expect(await violations(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()

    await act('暂停')
    await list.getByText('已暂停').waitFor()
    await shoot(page, 'admin-webhooks')
    await act('继续投递')
    await list.getByText('正常投递').waitFor()
    await act('更换密钥')
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '更换密钥' }).click()
    await page.locator('.secret-once').waitFor()
    await secretIn(page)
    await act('删除')
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有 Webhook').waitFor()
  })

  it('[T37] and applications are not there for whoever may administer neither', async () => {
    const { state } = world.server.instance.replica
    const role = [...state.all('role')].find((r) => r.name === 'Branch administrator')
    const delegate = [...state.all('staff')].find((s) => s.roleIds.includes(role?.id ?? ''))
    const page = await world.signedIn(delegate?.login ?? '')
    await page.goto('/admin/integrations')
    await page.getByText('你没有查看这部分的权限').waitFor()
    expect(await page.getByRole('link', { name: '集成' }).count()).toBe(0)
  })
})
