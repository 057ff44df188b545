import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const modify = (login: string, change: string) =>
  world.server.slapd.ldapmodify(
    `dn: uid=${login},${world.server.slapd.layout.people}\nchangetype: modify\n${change}\n`,
  )
const state = () => world.server.instance.replica.state
const everybody = () => [...state().all('staff')].filter((s) => s.status === 'ACTIVE')
const person = (login: string) => {
  const found = everybody().find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
const departmentOf = (login: string) =>
  state().get('department', person(login).memberships[0]?.departmentId ?? '')?.name ?? ''
const box = (page: Page, name: string) => page.getByRole('treeitem', { name }).first()
const isOpen = (page: Page, name: string) => box(page, name).getAttribute('aria-expanded')
const click = (page: Page, name: string) => box(page, name).click()
/** A box that hangs on another one. */
const below = (page: Page, name: string, other: string) =>
  page
    .locator('li', { has: page.locator(':scope > .box', { hasText: other }) })
    .locator(':scope > ul > li > .box', { hasText: name })

/** The chart, come to by the way that people take. */
async function chart(page: Page): Promise<void> {
  await page.getByRole('link', { name: '组织架构' }).click()
  await page.getByRole('heading', { name: '组织架构' }).waitFor()
  await page.getByRole('treeitem').first().waitFor()
}

describe('[5] the organisation chart', () => {
  it('begins at the own place, opens and closes departments, and shows the card of whoever is clicked', async () => {
    const page = await world.signedIn('staff')
    await chart(page)
    expect(new URL(page.url()).pathname).toBe('/chart')
    expect(await isOpen(page, departmentOf('staff'))).toBe('true')
    await expect.poll(() => box(page, person('staff').name).isVisible()).toBe(true)
    await shoot(page, 'chart')
    await click(page, departmentOf('staff'))
    await expect.poll(() => page.getByRole('treeitem', { name: person('staff').name }).count()).toBe(0)
    await click(page, departmentOf('staff'))
    await click(page, person('staff').name)
    await page
      .getByRole('article')
      .getByRole('heading', { name: person('staff').name })
      .waitFor()
    expect(page.url()).toContain(`/chart/staff/${person('staff').id}`)
    await shoot(page, 'chart-person')
    await page.reload()
    await page.getByRole('article').waitFor()
    await page.getByRole('button', { name: '返回' }).click()
    await expect.poll(() => page.getByRole('article').count()).toBe(0)
  })

  it('finds anybody by Ctrl K and shows their place; from a card one comes to the manager there, and to the department', async () => {
    const page = await world.signedIn('hr')
    await chart(page)
    const far = everybody().find(
      ({ managerId, memberships: [first, ...more] }) =>
        managerId !== null &&
        first !== undefined &&
        more.length === 0 &&
        first.departmentId !== person('hr').memberships[0]?.departmentId,
    )
    const manager = everybody().find(({ id }) => id === far?.managerId)
    if (!far || !manager) throw new Error('there is nobody like that')
    const chosen = (id: string) => page.locator(`[role=treeitem][aria-selected=true][data-id$="${id}"]`)
    await page.keyboard.press('Control+k')
    // The beginning of a mail address.
    await page.keyboard.type(`${far.login}@`)
    await page.getByRole('dialog').getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await chosen(far.id).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/chart/staff/${far.id}`)
    const card = page.getByRole('article')
    await card.getByRole('link', { name: manager.name, exact: true }).click()
    await chosen(manager.id).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/chart/staff/${manager.id}`)
    await page.goBack()
    await chosen(far.id).waitFor()
    const department = state().get('department', far.memberships[0]?.departmentId ?? '')
    await card.getByRole('link', { name: department?.name ?? '' }).click()
    await page.getByRole('heading', { name: department?.name ?? '' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/departments/${department?.id}/staff/${far.id}`)
    await page.getByRole('option', { name: far.name, selected: true }).waitFor()
  })

  it('by managers shows who reports to whom, from the top to oneself', async () => {
    const page = await world.signedIn('hr')
    await chart(page)
    await page.getByRole('link', { name: '按上下级' }).click()
    await expect.poll(() => new URL(page.url()).pathname).toBe('/chart/managers')
    const above = everybody().filter((s) => everybody().some((other) => other.managerId === s.id))
    const boss = above.find((s) => s.managerId === null)
    if (!boss) throw new Error('nobody is at the top')
    if ((await isOpen(page, boss.name)) === 'false') await box(page, boss.name).locator('.twist').click()
    await expect.poll(() => isOpen(page, boss.name)).toBe('true')
    const report = everybody().find((s) => s.managerId === boss.id)
    await below(page, report?.name ?? '', boss.name).waitFor()
    await shoot(page, 'chart-managers')
    await modify(report?.login ?? '', 'delete: dlrManager')
    await expect.poll(() => below(page, report?.name ?? '', boss.name).count()).toBe(0)
    expect(await page.locator(`[role=tree] > li > [data-id="${report?.id}"]`).count()).toBe(1)
  })

  it('follows the directory while one looks at it: a new name, somebody who leaves', async () => {
    const page = await world.signedIn('hr')
    await chart(page)
    const home = departmentOf('hr')
    expect(await isOpen(page, home)).toBe('true')
    await modify('hr', 'replace: displayName\ndisplayName: Renamed on the chart')
    await box(page, 'Renamed on the chart').waitFor()
    const leaver = everybody().find(
      (s) => s.login !== 'hr' && s.memberships[0]?.departmentId === person('hr').memberships[0]?.departmentId,
    )
    if (!leaver) throw new Error('nobody works with them')
    await click(page, leaver.name)
    await page.getByRole('article').waitFor()
    await world.server.slapd.ldapmodify(
      `dn: uid=${leaver.login},${world.server.slapd.layout.people}\nchangetype: delete\n`,
    )
    await page.getByText('这位联系人已离职').waitFor()
    expect(await page.locator(`[data-id$="${leaver.id}"]`).count()).toBe(0)
  })

  it('[D5] what is revoked vanishes at once', async () => {
    const page = await world.signedIn('guest')
    await chart(page)
    await shoot(page, 'chart-guest')
    await modify('guest', 'delete: dlrRole')
    await page.getByText('还没有你可以查看的联系人').waitFor()
    expect(await page.getByRole('treeitem').count()).toBe(0)
  })

  it('[7] opens from the device without the server', async () => {
    const page = await world.signedIn('staff')
    await expect.poll(() => page.evaluate(`navigator.serviceWorker.controller !== null`)).toBe(true)
    await page.context().setOffline(true)
    await page.goto('/chart')
    await page.getByText(/^离线/).waitFor()
    await click(page, person('staff').name)
    await page.getByRole('article').waitFor()
  })

  it('[9] is worked by keys alone', async () => {
    const page = await world.signedIn('staff')
    await chart(page)
    const focused = () => page.evaluate(`document.activeElement?.textContent`)
    await page.getByRole('button', { name: '我的位置' }).focus()
    await page.keyboard.press('Tab')
    await expect.poll(focused).toContain(person('staff').name)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(focused).toContain(departmentOf('staff'))
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => isOpen(page, departmentOf('staff'))).toBe('false')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => isOpen(page, departmentOf('staff'))).toBe('true')
    await page.keyboard.press('ArrowRight')
    const last = await focused()
    await page.keyboard.press('Enter')
    await page.getByRole('article').waitFor()
    expect(last).toContain((await page.getByRole('article').getByRole('heading').textContent()) ?? '?')
  })

  it('on a phone stands one below the other, within the screen, with a way back from the card', async () => {
    const page = await world.signedIn('staff', { phone: true })
    await chart(page)
    await shoot(page, 'chart-phone')
    const width = await page.evaluate(`(() => {
      const { scrollWidth, clientWidth } = document.querySelector('.chart-canvas')
      return scrollWidth - clientWidth
    })()`)
    expect(width).toBe(0)
    await click(page, person('staff').name)
    await page.getByRole('article').waitFor()
    await shoot(page, 'chart-phone-person')
    expect(await page.getByRole('tree').isVisible()).toBe(false)
    await page.getByRole('button', { name: '返回' }).click()
    await box(page, person('staff').name).waitFor()
  })
})

describe('[9] accessibility: axe finds nothing on the chart', () => {
  it.each([
    ['light', false],
    ['dark', true],
  ] as const)(
    '%s',
    async (_, dark) => {
      for (const phone of [false, true]) {
        const page = await world.signedIn('staff', { dark, phone, language: dark ? 'en' : 'zh-CN' })
        for (const way of ['', '/managers']) {
          await page.goto(`/chart${way}`)
          await page.getByRole('treeitem').first().waitFor()
          await shoot(
            page,
            `chart${way.replace('/', '-')}-${dark ? 'dark' : 'light'}${phone ? '-phone' : ''}`,
          )
          expect(await violations(page)).toEqual([])
        }
        await page.goto(`/chart/staff/${person('staff').id}`)
        await page.getByRole('article').waitFor()
        await shoot(page, `chart-card-${dark ? 'dark' : 'light'}${phone ? '-phone' : ''}`)
        expect(await violations(page)).toEqual([])
      }
    },
    60_000,
  )
})
