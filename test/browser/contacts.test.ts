import { afterAll, beforeAll, expect, it } from 'vitest'
import { BrowserWorld, shoot } from './browser.ts'

let world: BrowserWorld
beforeAll(async () => {
  world = await BrowserWorld.start()
}, 120_000)
afterAll(async () => await world?.close())

it('walks', async () => {
  const login = await world.page()
  await login.goto('/')
  await login.locator('[name=login]').waitFor()
  await shoot(login, 'login')
  const page = await world.signedIn('hr')
  await shoot(page, 'contacts')
  await page.getByRole('treeitem').nth(1).click()
  await shoot(page, 'department')
  await page.getByRole('option').first().click()
  await shoot(page, 'person')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('zhang')
  await page.getByRole('option', { name: /.+/ }).first().waitFor()
  await shoot(page, 'search')
  expect(world.complaints).toEqual([])
}, 120_000)
