import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { shoot, signIn, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const people = () => [...world.server.instance.replica.state.all('staff')]
const person = (login: string) => {
  const found = people().find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
const modify = (login: string, change: string) =>
  world.server.slapd.ldapmodify(
    `dn: uid=${login},${world.server.slapd.layout.people}\nchangetype: modify\n${change}\n`,
  )
const focused = (page: Page, selector: string) =>
  page.evaluate(`document.activeElement?.closest(${JSON.stringify(selector)}) !== null`)

describe('a first visit', () => {
  it('has nothing to complain of before somebody signs in', async () => {
    const page = await world.page()
    const said: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') said.push(message.text())
    })
    page.on('response', (response) => {
      if (!response.ok()) said.push(`${response.status()} ${response.url()}`)
    })
    await page.goto('/')
    await page.locator('[name=login]').waitFor()
    await page.waitForLoadState('networkidle')
    expect(said).toEqual([])
  })

  it('shows the own department, and says so when the server is away before there is a copy', async () => {
    const page = await world.page({ dark: true })
    await page.route('**/graphql', (route) => route.abort())
    await page.goto('/')
    await signIn(page, 'hr')
    await page.getByText('无法连接服务器').waitFor()
    await shoot(page, 'away-before-copy')
    await page.unroute('**/graphql')
    const own = page.locator('.people-column').getByRole('option', { name: '韩蕊' })
    await own.waitFor({ timeout: 20_000 })
    await shoot(page, 'own-department')
    expect(await violations(page)).toEqual([])
    await own.click()
    await page.getByRole('article').waitFor()
    // They are looked at where they were found.
    expect(new URL(page.url()).pathname).toContain('/departments/')
  })
})

describe('the keyboard', () => {
  it('goes on where what was found is shown', async () => {
    const page = await world.signedIn('hr')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('steffen')
    // Entered at once: whoever is found is waited for.
    await page.keyboard.press('Enter')
    await page.getByRole('article').getByText('Steffen Lange').first().waitFor()
    await expect.poll(() => focused(page, '.person-column')).toBe(true)
    await page.keyboard.press('Tab')
    expect(await focused(page, '.person-column')).toBe(true)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('Human Resources')
    await page
      .getByRole('option', { name: /Human Resources/ })
      .first()
      .click()
    await expect.poll(() => focused(page, '.people-column')).toBe(true)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('somebody')
    await page.keyboard.press('Escape')
    await page.locator('dialog.search').waitFor({ state: 'detached' })
  })

  it('stays in the list, and in the card, when whoever had it vanishes', async () => {
    const page = await world.signedIn('hr')
    const home = person('staff').memberships[0]?.departmentId ?? ''
    const [first, second] = people().filter(
      (s) => s.status === 'ACTIVE' && s.login !== 'staff' && s.memberships[0]?.departmentId === home,
    )
    if (!first || !second) throw new Error('nobody works with them')
    const leaves = (login: string) =>
      world.server.slapd.ldapmodify(
        `dn: uid=${login},${world.server.slapd.layout.people}\nchangetype: delete\n`,
      )
    await page.goto(`/departments/${home}`)
    const vanishing = page.locator(`.people [data-id="${first.id}"]`)
    await vanishing.focus()
    await leaves(first.login)
    await vanishing.waitFor({ state: 'detached' })
    await expect.poll(() => focused(page, '.people [role=option]')).toBe(true)
    await page.goto(`/staff/${second.id}`)
    await page.getByRole('button', { name: '设为星标' }).focus()
    await leaves(second.login)
    await page.getByText('这位联系人已离职').waitFor()
    await expect.poll(() => focused(page, '.person-column')).toBe(true)
  })
})

it('a name without an end is broken on a phone, not pushed out of the page', async () => {
  const long = 'Donaudampfschifffahrtsgesellschaftskapitaenswitwe'.repeat(2).slice(0, 64)
  await modify('staff', `replace: displayName\ndisplayName: ${long}`)
  const page = await world.signedIn('staff', { phone: true })
  await page.goto('/me')
  await page.getByText(long).first().waitFor()
  await shoot(page, 'phone-long-name')
  expect(await page.evaluate('document.querySelector(".me > section").scrollWidth')).toBeLessThanOrEqual(390)
  // In the chart there is room for more than most names need.
  await modify('staff', `replace: displayName\ndisplayName: ${long.slice(0, 34)}`)
  const wide = await world.signedIn('staff')
  await wide.goto(`/chart/staff/${person('staff').id}`)
  const name = wide.locator('.box .name', { hasText: long.slice(0, 34) }).first()
  await name.waitFor()
  expect(await name.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
  await modify('staff', 'replace: displayName\ndisplayName: Steffen Lange')
})

it('[T118] whoever signed out without the server is signed out there before somebody else signs in', async () => {
  const page = await world.signedIn('guest')
  await page.goto('/me')
  await page.context().setOffline(true)
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.locator('[name=login]').waitFor()
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.context().setOffline(false)
  await signIn(page, 'hr')
  await page.getByRole('link', { name: '联系人' }).waitFor()
  expect(asked.filter((path) => path.startsWith('/session')).slice(0, 2)).toEqual([
    '/session/end',
    '/session',
  ])
  const guest = await world.server.login('guest', 'dolores')
  expect(await guest.query('{ viewer { sessions { id } } }')).toEqual({
    viewer: { sessions: [expect.anything()] },
  })
})
