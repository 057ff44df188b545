import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jpegOf, pngClaiming } from '../support/photos.ts'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Photos of people, and what everybody may change of themselves. */
let world: EditWorld
let staff: Administrator
let staffId: string
let other: string
beforeAll(async () => {
  world = await startEditWorld()
  staff = await world.as('staff')
  const find = (login: string) => [...world.state.all('staff')].find((s) => s.login === login)?.id ?? ''
  staffId = find('staff')
  other = find('hr')
})
afterAll(async () => await world?.close())

const delegateId = async () => {
  const role = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
  return [...world.state.all('staff')].find((s) => s.roleIds.includes(role?.id ?? ''))?.id ?? ''
}
const rowOf = async (id: string) =>
  (await world.hr.client.query('query ($id: ID!) { staff(id: $id) { avatarUrl nickname } }', { id }))[
    'staff'
  ] as {
    avatarUrl: string
    nickname: string | null
  } | null
const setPhoto = async (by: Administrator, id: string, photo: Buffer | string | null, more: object = {}) =>
  await by.edit('setStaffPhoto', {
    id,
    photo: Buffer.isBuffer(photo) ? photo.toString('base64') : photo,
    ...more,
  })

describe('a photo', () => {
  it('[T73] is kept in the directory as a small JPEG without anything else, and served in sizes under a path of its hash', async () => {
    const before = await rowOf(staffId)
    const sent = await sharp(await jpegOf(900, 600))
      .withExif({ IFD0: { Copyright: 'where it was taken' } })
      .jpeg()
      .toBuffer()
    expect(await setPhoto(world.hr, staffId, sent)).toMatchObject({ __typename: 'StaffEdited' })
    const after = await rowOf(staffId)
    expect(after?.avatarUrl).not.toBe(before?.avatarUrl)
    const served = await world.hr.client.get(`${after?.avatarUrl}?size=96`)
    expect(served.headers.get('content-type')).toBe('image/jpeg')
    expect(await sharp(Buffer.from(await served.arrayBuffer())).metadata()).toMatchObject({
      width: 96,
      height: 96,
    })
    const ldif = await world.server.slapd.ldapsearch(`(entryUUID=${staffId})`, 'jpegPhoto', 'dlrAvatarHash')
    const kept = Buffer.from(/^jpegPhoto:: (.*)$/m.exec(ldif)?.[1] ?? '', 'base64')
    expect(await sharp(kept).metadata()).toMatchObject({ format: 'jpeg', width: 600, height: 600 })
    expect(kept.toString('latin1')).not.toContain('where it was taken')
  })

  it('[T73] larger than a request comes by an upload, through the same checks', async () => {
    const { client } = world.hr
    const upload = async (bytes: Buffer, by: Administrator = world.hr) => {
      const authorization = `Bearer ${by.client.tokens?.accessToken}`
      const answer = await fetch(`${client.url}/uploads`, {
        method: 'POST',
        headers: { authorization },
        body: new Uint8Array(bytes),
      })
      return ((await answer.json()) as { id: string }).id
    }
    const set = (uploadId: string, more: object = {}) =>
      world.hr.edit('setStaffPhoto', { id: staffId, uploadId, ...more })
    const [width, height] = [1500, 1200]
    const noise = await sharp({
      create: {
        width,
        height,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg({ quality: 95 })
      .toBuffer()
    expect(noise.length).toBeGreaterThan(1_000_000)
    const before = await rowOf(staffId)
    const id = await upload(noise)
    const idempotencyKey = 'the key of a large photo'
    expect(await set(id, { idempotencyKey })).toMatchObject({ __typename: 'StaffEdited' })
    expect(await set(id, { idempotencyKey })).toMatchObject({ __typename: 'StaffEdited' })
    const after = await rowOf(staffId)
    expect(after?.avatarUrl).not.toBe(before?.avatarUrl)
    const refused = { code: 'INVALID_INPUT', issues: [{ path: 'uploadId' }] }
    const { version } = world.server.instance.replica
    const bombs = [pngClaiming(60_000, 60_000), Buffer.from('<svg/>'), Buffer.alloc(5_000_001, 0xff)]
    for (const bytes of bombs) expect(await set(await upload(bytes))).toMatchObject(refused)
    expect(await set(id, { photo: noise.subarray(0, 99).toString('base64') })).toMatchObject(refused)
    // Neither one that nobody has nor one of somebody else.
    const others = await world.as(world.state.get('staff', await delegateId())?.login ?? '')
    const foreign = await upload(noise, others)
    for (const nobodys of [foreign, 'nonsense', staffId])
      expect(await set(nobodys)).toMatchObject({ code: 'NOT_FOUND', path: 'uploadId' })
    expect(world.server.instance.replica.version).toBe(version)
  })

  it('is taken away again, and the default picture stands there', async () => {
    await setPhoto(world.hr, staffId, await jpegOf(300, 300))
    const withPhoto = await rowOf(staffId)
    expect(await setPhoto(world.hr, staffId, null)).toMatchObject({ __typename: 'StaffEdited' })
    const without = await rowOf(staffId)
    expect(without?.avatarUrl).not.toBe(withPhoto?.avatarUrl)
    expect((await world.hr.client.get(without?.avatarUrl ?? '')).headers.get('content-type')).toBe(
      'image/svg+xml',
    )
    expect(await world.server.slapd.ldapsearch(`(entryUUID=${staffId})`, 'jpegPhoto')).not.toContain(
      'jpegPhoto:',
    )
  })

  it.each([
    ['text', () => Buffer.from('<svg onload="alert(1)"/>')],
    ['half a picture', async () => (await jpegOf(300, 300)).subarray(0, 2000)],
    ['a bomb of pixels', () => pngClaiming(60_000, 60_000)],
    ['no base64', () => 'not, base64'],
    ['nothing', () => ''],
  ])('[T73] of %s is refused and nothing is written', async (_, make) => {
    const version = world.server.instance.replica.version
    expect(await setPhoto(world.hr, staffId, await make())).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: 'photo' }],
    })
    expect(world.server.instance.replica.version).toBe(version)
  })

  it('may be set by oneself; of others only with the ability [T36]', async () => {
    expect(await setPhoto(staff, staffId, await jpegOf(200, 200))).toMatchObject({
      __typename: 'StaffEdited',
    })
    const version = world.server.instance.replica.version
    expect(await setPhoto(staff, other, await jpegOf(200, 200))).toMatchObject({ code: 'NOT_FOUND' })
    expect(world.server.instance.replica.version).toBe(version)
  })

  it('[D8] is not set over somebody else’s edit, nor twice under one key', async () => {
    const admin = await world.hr.administered('staff(id: $id) { revision }', { id: staffId })
    const { revision } = admin['staff'] as { revision: string }
    await setPhoto(world.hr, staffId, await jpegOf(210, 210))
    expect(await setPhoto(world.hr, staffId, await jpegOf(220, 220), { ifRevision: revision })).toMatchObject(
      { code: 'CONFLICT' },
    )
    const key = { idempotencyKey: 'one photo' }
    await setPhoto(world.hr, staffId, await jpegOf(230, 230), key)
    await setPhoto(world.hr, staffId, null)
    await setPhoto(world.hr, staffId, await jpegOf(230, 230), key)
    expect(await world.server.slapd.ldapsearch(`(entryUUID=${staffId})`, 'jpegPhoto')).not.toContain(
      'jpegPhoto:',
    )
    expect(await setPhoto(world.hr, staffId, await jpegOf(240, 240), key)).toMatchObject({
      code: 'KEY_REUSED',
    })
  })
})

describe('the profile', () => {
  const update = async (by: Administrator, input: object) =>
    (
      await by.client.query(
        `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename
          ... on ProfileEdited { version staff { login nickname } } ... on Error { code } } }`,
        { input },
      )
    )['updateProfile']

  it('[V8] is edited by its owner, and colleagues see it', async () => {
    expect(await update(staff, { nickname: '小明' })).toMatchObject({
      staff: { login: 'staff', nickname: '小明' },
    })
    expect((await rowOf(staffId))?.nickname).toBe('小明')
    expect(await update(staff, { nickname: null })).toMatchObject({ staff: { nickname: null } })
  })

  it('takes nothing that is no nickname', async () => {
    expect(await update(staff, { nickname: 'x'.repeat(300) })).toMatchObject({ code: 'INVALID_INPUT' })
  })
})
