import { describe, expect, it } from 'vitest'
import { jpegOf } from '../support/photos.ts'
import { violations } from './axe.ts'
import { shoot, signIn, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const person = (login: string) =>
  [...world.server.instance.replica.state.all('staff')].find((s) => s.login === login)

describe('the own account', () => {
  it('sets a nickname, which everybody sees at once', async () => {
    const other = await world.signedIn('hr')
    await other.goto(`/staff/${person('staff')?.id}`)
    await other.getByRole('article').waitFor()
    const page = await world.signedIn('staff')
    await page.goto('/me')
    await page.getByLabel('昵称').fill('小太阳')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('已保存').waitFor()
    await shoot(page, 'profile')
    await other.getByRole('article').getByText('小太阳').waitFor()
  })

  it('changes the photo, cropped in the browser, and takes it away again', async () => {
    const page = await world.signedIn('staff')
    await page.goto('/me')
    const picture = page.locator('.own-picture .avatar')
    await picture.locator('text').waitFor()
    await page.setInputFiles('input[type=file]', {
      name: 'me.jpg',
      mimeType: 'image/jpeg',
      buffer: await jpegOf(900, 500),
    })
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('img').focus()
    await page.keyboard.press('ArrowRight')
    await dialog.getByLabel('缩放').fill('2')
    await shoot(page, 'crop')
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByText('已保存').waitFor()
    await picture.locator('img').waitFor()
    await shoot(page, 'photo')
    await page.getByRole('button', { name: '恢复默认头像' }).click()
    await picture.locator('text').waitFor()
  })

  it('[T118] [T119] leaves no photo in the cache of the browser', async () => {
    const page = await world.signedIn('staff')
    const asked: (readonly [url: string, authorization: string])[] = []
    page.on('requestfinished', (request) => {
      if (request.method() === 'GET' && request.url().includes('/avatars/'))
        asked.push([request.url(), request.headers()['authorization'] ?? ''])
    })
    await page.goto('/me')
    await page.setInputFiles('input[type=file]', {
      name: 'me.jpg',
      mimeType: 'image/jpeg',
      buffer: await jpegOf(200, 200),
    })
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await page.locator('.own-picture .avatar img').waitFor()
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.locator('[name=login]').waitFor()
    const kept = `Promise.all(${JSON.stringify(asked)}.map(([url, authorization]) =>
      fetch(url, { cache: 'only-if-cached', mode: 'same-origin', headers: { authorization } }).then(({ ok }) => ok, () => false)))`
    expect(await page.evaluate(kept)).not.toContain(true)
  })

  it('never stands beside another name while the next photo is on its way', async () => {
    for (const login of ['staff', 'hr']) {
      const page = await world.signedIn(login)
      await page.goto('/me')
      await page.setInputFiles('input[type=file]', {
        name: 'me.jpg',
        mimeType: 'image/jpeg',
        buffer: await jpegOf(200, login === 'hr' ? 200 : 300),
      })
      await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
      await page.locator('.own-picture .avatar img').waitFor()
      await page.context().close()
    }
    const page = await world.signedIn('hr')
    await page.goto(`/staff/${person('staff')?.id}`)
    await page.locator('.card img').waitFor()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    await page.route('**/avatars/**', async (route) => {
      await held
      await route.continue()
    })
    await page.evaluate(`{
      history.pushState(null, '', '/staff/${person('hr')?.id}')
      dispatchEvent(new PopStateEvent('popstate'))
    }`)
    await page.getByRole('heading', { name: person('hr')?.name ?? '' }).waitFor()
    expect(await page.locator('.card img').count()).toBe(0)
    letGo()
    await page.locator('.card img').waitFor()
  })

  it('is no picture: says so, and nothing breaks', async () => {
    const page = await world.signedIn('staff')
    await page.goto('/me')
    await page.setInputFiles('input[type=file]', {
      name: 'me.png',
      mimeType: 'image/png',
      buffer: Buffer.from('no picture'),
    })
    await page.getByRole('dialog').getByText('出了点问题').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  it('[T49] changes the password: says what is wrong, and ends the other devices', async () => {
    const other = await world.signedIn('guest')
    const page = await world.signedIn('guest')
    await page.goto('/me/password')
    const fill = async (current: string, next: string, again = next) => {
      await page.getByLabel('当前密码').fill(current)
      await page.getByLabel('新密码', { exact: false }).nth(0).fill(next)
      await page.getByLabel('再次输入新密码').fill(again)
      await page.getByRole('button', { name: '保存' }).click()
    }
    await fill('dolores', 'a new password', 'another one')
    await page.getByText('两次输入的新密码不一致').waitFor()
    await fill('wrong', 'a new password')
    await page.getByText('当前密码不正确').waitFor()
    await fill('dolores', 'password1')
    await page.getByText('新密码太常见，太容易猜到。').waitFor()
    await shoot(page, 'password')
    await fill('dolores', 'a new password')
    await page.getByText('密码已修改').waitFor()
    await other.getByText('登录已失效').waitFor()
    await signIn(other, 'guest', 'a new password')
    await other.getByRole('tree').waitFor()
  })

  it('lists devices, and ends one', async () => {
    const other = await world.signedIn('hr')
    const page = await world.signedIn('hr')
    await page.goto('/me/sessions')
    await page.getByText('当前设备').waitFor()
    await shoot(page, 'sessions')
    const others = page.getByRole('button', { name: '退出这台设备' })
    const before = await others.count()
    for (let n = before; n > 0; n--) {
      await others.first().click()
      await expect.poll(() => others.count()).toBe(n - 1)
    }
    await other.getByText('登录已失效').waitFor()
    await page.getByText('当前设备').waitFor()
  })

  it('chooses language and appearance for this browser, which a reload keeps', async () => {
    const page = await world.signedIn('hr')
    await page.goto('/me/settings')
    await page.getByLabel('语言').selectOption('en')
    await page.getByLabel('Dark').check()
    await page.reload()
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(
      await page.evaluate(`[document.documentElement.lang, document.documentElement.dataset.theme]`),
    ).toEqual(['en', 'dark'])
    await shoot(page, 'settings-dark')
  })
})

describe('[9] accessibility: axe finds nothing', () => {
  it.each([
    ['light', false],
    ['dark', true],
  ] as const)(
    'in any view, %s',
    async (_, dark) => {
      const login = await world.page({ dark })
      await login.goto('/')
      await login.locator('[name=login]').waitFor()
      expect(await violations(login)).toEqual([])
      const page = await world.signedIn('hr', { dark })
      expect(await violations(page)).toEqual([])
      await page.getByRole('treeitem').nth(1).click()
      await page.getByRole('option').first().click()
      await page.getByRole('article').waitFor()
      await shoot(page, `person-${dark ? 'dark' : 'light'}`)
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Control+k')
      await page.keyboard.type('a')
      await page.getByRole('dialog').getByRole('option').first().waitFor()
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Escape')
      for (const path of ['/me', '/me/password', '/me/sessions', '/me/settings', '/nowhere']) {
        await page.goto(path)
        await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
        expect(await violations(page), path).toEqual([])
      }
      const phone = await world.signedIn('hr', { dark, phone: true })
      expect(await violations(phone)).toEqual([])
    },
    60_000,
  )
})
