import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dn, filter, parseDn } from '../../src/directory/names.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'
import { Follower } from './follower.ts'

const PEOPLE = 'ou=people,dc=dolores,dc=test'
const DEPARTMENTS = 'ou=departments,dc=dolores,dc=test'

let slapd: TestSlapd
let pool: LdapPool
let writer: DirectoryWriter
let follower: Follower
beforeAll(async () => {
  slapd = await startSlapd()
  pool = new LdapPool(slapd.options)
  writer = new DirectoryWriter(pool)
  follower = new Follower()
  follower.start(slapd.options)
  await follower.live()
})
afterAll(async () => {
  await follower.stop()
  await pool.close()
  await slapd.stop()
})

let serial = 0
const fresh = (name: string) => `${name}${++serial}`
const person = (uid: string) => ({ objectClass: ['inetOrgPerson', 'dlrPerson'], uid, cn: uid, sn: uid })
const unit = { objectClass: ['organizationalUnit', 'dlrDepartmentEntry'] }
const replace = (attribute: string, ...values: string[]) => [
  { operation: 'replace' as const, attribute, values },
]

describe('a write', () => {
  it('[L1] answers with the position at which a watch shows it', async () => {
    const uid = fresh('ann')
    const at = dn`uid=${uid},${PEOPLE}`
    const added = await writer.add(at, person(uid))
    expect(added.id).toBe(await slapd.idOf(at))
    await follower.until(() => follower.entries.get(added.id)?.csn === added.csn)
    const changed = await writer.modify(at, replace('title', 'Lead'))
    expect(changed.id).toBe(added.id)
    await follower.until(() => follower.entries.get(added.id)?.csn === changed.csn)
    expect(follower.value(at, 'title')).toBe('Lead')
    const moved = await writer.move(at, dn`uid=${uid},${'ou=trash,dc=dolores,dc=test'}`)
    await follower.until(() => follower.entries.get(added.id)?.csn === moved.csn)
    const removed = await writer.remove(dn`uid=${uid},${'ou=trash,dc=dolores,dc=test'}`)
    expect(removed).toEqual({ id: added.id, csn: moved.csn })
    await follower.until(() => !follower.entries.has(added.id))
  })

  it('[T67] made on an older state than the directory has is a conflict and changes nothing', async () => {
    const uid = fresh('bob')
    const at = dn`uid=${uid},${PEOPLE}`
    const { csn } = await writer.add(at, person(uid))
    const newer = await writer.modify(at, replace('title', 'first'), { ifCsn: csn })
    for (const late of [
      () => writer.modify(at, replace('title', 'second'), { ifCsn: csn }),
      () => writer.move(at, dn`uid=${fresh('x')},${PEOPLE}`, { ifCsn: csn }),
      () => writer.remove(at, { ifCsn: csn }),
    ]) {
      await expect(late()).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/Somebody else/),
      })
    }
    expect(await slapd.ldapsearch(filter`(uid=${uid})`, 'title')).toContain('title: first')
    await writer.remove(at, { ifCsn: newer.csn })
  })

  it('[T67] of two at once on one state exactly one wins', async () => {
    const uid = fresh('carl')
    const at = dn`uid=${uid},${PEOPLE}`
    const { csn } = await writer.add(at, person(uid))
    const results = await Promise.allSettled(
      Array.from(
        { length: 8 },
        async (_, i) => await writer.modify(at, replace('title', `t${i}`), { ifCsn: csn }),
      ),
    )
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
  })

  it('[trap 3] a refused write leaves no trace in the watch', async () => {
    const uid = fresh('fay')
    const at = dn`uid=${uid},${PEOPLE}`
    const { id, csn } = await writer.add(at, person(uid))
    const both = [...replace('title', 'phantom'), ...replace('dlrType', 'not a uuid')]
    await expect(writer.modify(at, both)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(writer.modify(at, replace('title', 'phantom'), { ifCsn: 'x' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    const { csn: after } = await writer.modify(at, replace('title', 'real'), { ifCsn: csn })
    await follower.until(() => follower.entries.get(id)?.csn === after)
    const titles = follower.events.flatMap((e) =>
      e.kind === 'entry' && e.entry.id === id ? (e.entry.attributes.get('title') ?? []).map(String) : [],
    )
    expect(titles).toEqual(['real'])
  })

  it('[T70] a department is not moved below itself, and a taken name stays taken', async () => {
    const [a, b] = [fresh('A'), fresh('B')]
    const above = dn`ou=${a},${DEPARTMENTS}`
    const below = dn`ou=${b},${above}`
    await writer.add(above, { ...unit, ou: a })
    await writer.add(below, { ...unit, ou: b })
    await expect(writer.move(above, dn`ou=${a},${below}`)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(writer.add(below, { ...unit, ou: b })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/taken/),
    })
    await expect(writer.remove(above)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/below it/),
    })
    await writer.remove(below)
    await writer.remove(above)
    await expect(writer.remove(above)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/not there/),
    })
  })

  it('[T70] 200 levels of departments are made, moved and followed', async () => {
    const chain = fresh('deep')
    let at = DEPARTMENTS
    for (let level = 0; level < 200; level++) {
      at = dn`ou=${`${chain}-${level}`},${at}`
      await writer.add(at, { ...unit, ou: `${chain}-${level}` })
    }
    await follower.until(() => follower.dns().includes(at))
    const moved = await writer.move(
      dn`ou=${`${chain}-1`},ou=${`${chain}-0`},${DEPARTMENTS}`,
      dn`ou=${`${chain}-1`},${DEPARTMENTS}`,
    )
    await follower.until(() => follower.entries.get(moved.id)?.csn === moved.csn)
    expect(await slapd.ldapsearch(filter`(ou=${`${chain}-199`})`, 'dn')).not.toContain(`ou=${chain}-0`)
  })

  it.each([
    ['an unknown reference form', 'dlrDepartment', 'not a uuid', 'BAD_USER_INPUT'],
    ['an attribute that the class does not have', 'dlrScope', 'ORGANISATION', 'BAD_USER_INPUT'],
  ])('%s is the fault of the input', async (_, attribute, value, code) => {
    const uid = fresh('dora')
    await writer.add(dn`uid=${uid},${PEOPLE}`, person(uid))
    await expect(writer.modify(dn`uid=${uid},${PEOPLE}`, replace(attribute, value))).rejects.toMatchObject({
      code,
    })
  })

  it('a login that somebody has is refused', async () => {
    const uid = fresh('eve')
    await writer.add(dn`uid=${uid},${PEOPLE}`, person(uid))
    const twin = writer.add(dn`cn=${'twin'},${PEOPLE}`, { ...person(uid), cn: 'twin' })
    await expect(twin).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/another entry has it/),
    })
  })

  it('UNAVAILABLE when the directory is away, without a second attempt', async () => {
    const own = await startSlapd()
    const away = new LdapPool(own.options)
    await away.use(async (client) => await client.search('', { scope: 'base' }))
    own.pause()
    await own.kill9()
    await expect(new DirectoryWriter(away).add(dn`uid=x,${PEOPLE}`, person('x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    await away.close()
    await own.stop()
  })
})

/** What a directory string can hold: no NUL, something besides spaces (which count as one where they stand alone). */
const names = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom(...Array.from(' ,+"\\<>;=#/*()&|!\'%_aé李😀\u0301\n\t')),
      minLength: 1,
      maxLength: 12,
    }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      'cn=a,ou=evil',
      'a,b',
      '#04024869',
      ' lead',
      'trail ',
      'a\\',
      '\\2c',
      '"',
      'x+uid=root',
      '李;王',
      'CN=x',
    ),
  )
  .map((text) => text.replace(/[\0\p{Cs}]/gu, ''))

it('[T59] a name of any characters is stored as a value: renamed, moved, found and followed under it', async () => {
  const [from, to] = [dn`ou=${fresh('from')},${DEPARTMENTS}`, dn`ou=${fresh('to')},${DEPARTMENTS}`]
  for (const at of [from, to]) await writer.add(at, { ...unit, ou: parseDn(at)[0]?.[0]?.value ?? '' })
  await fc.assert(
    fc.asyncProperty(names, names, async (one, two) => {
      const [first, second] = [fresh(`${one}~`), fresh(`${two}~`)]
      const added = await writer.add(dn`ou=${first},${from}`, { ...unit, ou: first })
      await follower.until(() => follower.entries.get(added.id)?.csn === added.csn)
      const shown = follower.entries.get(added.id)
      expect(parseDn(shown?.dn ?? '')[0]?.[0]?.value).toBe(first)
      expect(parseDn(shown?.dn ?? '').slice(1)).toEqual(parseDn(from))
      expect(shown?.attributes.get('ou')?.map(String)).toEqual([first])

      const moved = await writer.move(dn`ou=${first},${from}`, dn`ou=${second},${to}`)
      expect(moved.id).toBe(added.id)
      await follower.until(() => follower.entries.get(added.id)?.csn === moved.csn)
      expect(parseDn(follower.entries.get(added.id)?.dn ?? '')).toEqual(parseDn(dn`ou=${second},${to}`))

      const { searchEntries } = await pool.use(
        async (client) =>
          await client.search(DEPARTMENTS, { filter: filter`(ou=${second})`, attributes: ['entryUUID'] }),
      )
      expect(searchEntries.map((e) => e['entryUUID'])).toEqual([added.id])
    }),
    { numRuns: 150 },
  )
})
