import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { gradient, hostilePhotos } from '../support/photos.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

let server: TestServer
let hr: Client
let guest: Client
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  hr = await server.login('hr', 'dolores')
  guest = await server.login('guest', 'dolores')
})
afterAll(() => server?.close())

async function urlOf(client: Client, login: string): Promise<string> {
  const { search } = await client.query(
    'query ($q: String!) { search(query: $q) { ... on Staff { login avatarUrl } } }',
    { q: login },
  )
  const hits = search as { login?: string; avatarUrl?: string }[]
  return hits.find((h) => h.login === login)?.avatarUrl ?? ''
}

/** Puts a photo into the directory, as any tool may, and answers where it is served. */
async function setPhoto(login: string, photo: Buffer): Promise<string> {
  const before = await urlOf(hr, login)
  const hash = createHash('sha256').update(photo).update(before).digest('hex')
  const value = photo.length > 0 ? `jpegPhoto:: ${photo.toString('base64')}\n` : ''
  await server.slapd.ldapmodify(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: jpegPhoto\n${value}-\nreplace: dlrAvatarHash\ndlrAvatarHash: ${hash}\n`,
  )
  await expect.poll(() => urlOf(hr, login)).not.toBe(before)
  return await urlOf(hr, login)
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('[T40] pictures of people', () => {
  it('need the session', async () => {
    const path = await urlOf(hr, 'staff')
    expect(path).toMatch(/^\/avatars\//)
    expect((await server.client().get(path)).status).toBe(401)
    expect((await server.client().get(`${path}?size=7`)).status).toBe(401)
    expect((await fetch(`${server.url}${path}`, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })

  it('are asked of the view each time, what was cached too: hidden and missing people answer the same', async () => {
    const hidden = await urlOf(hr, 'staff')
    const missing = hidden.replace(/\/[0-9a-f-]{36}\//, '/00000000-0000-4000-8000-000000000000/')
    for (const query of ['', '?size=96', '?format=png&size=48']) {
      expect((await hr.get(hidden + query)).status).toBe(200)
      const seen = await hr.get(hidden + query)
      const headers = { 'if-none-match': seen.headers.get('etag') ?? '' }
      const answers = await Promise.all([hidden, missing].map((path) => guest.get(path + query, headers)))
      const texts = await Promise.all(answers.map((a) => a.text()))
      expect(answers.map((a) => a.status)).toEqual([404, 404])
      expect(texts[0]).toBe(texts[1])
      expect(answers.map((a) => a.headers.get('etag'))).toEqual([null, null])
    }
  })

  it('are never kept for somebody else, and asked about each time', async () => {
    const picture = await hr.get(await urlOf(hr, 'staff'))
    expect(picture.headers.get('cache-control')).toBe('private, no-cache')
    expect(picture.headers.get('vary')).toContain('Authorization')
  })
})

describe('a person without a photo', () => {
  it('has a default picture, the same every time, in which nothing runs', async () => {
    const path = await urlOf(hr, 'guest')
    const [one, two] = [await hr.get(path), await hr.get(path)]
    expect(one.status).toBe(200)
    expect(one.headers.get('content-type')).toBe('image/svg+xml')
    expect(one.headers.get('x-content-type-options')).toBe('nosniff')
    expect(one.headers.get('content-security-policy')).toContain('sandbox')
    expect(await one.text()).toBe(await two.text())
    const again = await hr.get(path, { 'if-none-match': one.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  it('has it as PNG for those who ask, in the sizes that there are', async () => {
    const path = await urlOf(hr, 'guest')
    for (const size of [48, 96, 192, 640]) {
      const picture = await hr.get(`${path}?format=png&size=${size}`)
      expect(picture.headers.get('content-type')).toBe('image/png')
      expect(picture.headers.get('content-security-policy')).toContain('sandbox')
      expect(await sharp(await bytesOf(picture)).metadata()).toMatchObject({ width: size, format: 'png' })
      const again = await hr.get(`${path}?format=png&size=${size}`, {
        'if-none-match': picture.headers.get('etag') ?? '',
      })
      expect(again.status).toBe(304)
    }
  })

  it('is refused in other sizes and formats, with an advice', async () => {
    const path = await urlOf(hr, 'guest')
    for (const query of ['size=97', 'size=1e2', 'size=', 'size=100000', 'format=gif', 'format=']) {
      const answer = await hr.get(`${path}?${query}`)
      expect(answer.status, query).toBe(400)
      expect(await answer.text()).toContain('?size= one of 48, 96, 192, 640')
    }
  })
})

describe('[T73] a photo of the directory', () => {
  it('is made anew in the size that is asked for, without what it carried', async () => {
    const photo = await gradient(1200, 900)
      .withExif({ IFD0: { Copyright: 'CANARY' }, IFD3: { GPSLatitudeRef: 'N' } })
      .jpeg()
      .toBuffer()
    const path = await setPhoto('staff', photo)
    for (const [query, side] of [
      ['', 640],
      ['?size=96', 96],
      ['?size=48&format=png', 48],
    ] as const) {
      const served = await hr.get(path + query)
      expect(served.headers.get('content-type')).toBe('image/jpeg')
      expect(served.headers.get('x-content-type-options')).toBe('nosniff')
      const bytes = await bytesOf(served)
      expect(bytes.toString('latin1')).not.toMatch(/CANARY|Exif/)
      expect(await sharp(bytes).metadata()).toMatchObject({ width: side, height: side })
      const again = await hr.get(path + query, { 'if-none-match': served.headers.get('etag') ?? '' })
      expect(again.status).toBe(304)
    }
    const small = await hr.get(`${path}?size=96`)
    expect(small.headers.get('etag')).not.toBe((await hr.get(path)).headers.get('etag'))
  })

  it('that is hostile, damaged or too large is not served: the default picture is', async () => {
    const drawn = await (await hr.get(await setPhoto('staff', Buffer.alloc(0)))).text()
    expect(drawn).toContain('<svg')
    for (const [name, { bytes }] of Object.entries(await hostilePhotos())) {
      if (bytes.length === 0) continue
      const served = await hr.get(await setPhoto('staff', bytes))
      expect(served.status, name).toBe(200)
      expect(served.headers.get('content-type'), name).toBe('image/svg+xml')
      expect(await served.text(), name).toBe(drawn)
    }
    expect((await hr.get(`${await urlOf(hr, 'staff')}?format=png&size=96`)).status).toBe(200)
  })
})
