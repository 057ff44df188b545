import { Client } from 'ldapts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogVersion } from '../../src/changelog/log.ts'
import { leftOut } from '../../src/projector/status.ts'
import { World, type Running } from './world.ts'

let world: World
let running: Running

beforeEach(async () => {
  world = await World.start()
  running = world.project()
  await world.consumed()
})

afterEach(() => world.close())

const at = (rdn: string) => `${rdn},${world.slapd.layout.people}`
const unit = (rdn: string) => `${rdn},${world.slapd.layout.departments}`

const person = (uid: string, more = '') =>
  `dn: ${at(`uid=${uid}`)}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: dlrPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n${more}\n`

const department = (rdn: string) =>
  `dn: ${unit(rdn)}\nchangetype: add\nobjectClass: organizationalUnit\nobjectClass: dlrDepartmentEntry\n\n`

/** Does it and gives back the versions that came of it. */
async function versionsOf(work: () => Promise<void>): Promise<LogVersion[]> {
  await world.consumed()
  const before = await world.version()
  await work()
  await world.consumed()
  return await world.versionsAfter(before)
}

const told = (versions: readonly LogVersion[]) => versions.map(({ changes }) => changes.map(({ id }) => id))

describe('plain LDAP edits', () => {
  it('[L1][L3] a person edited with ldapmodify is one version with one change', async () => {
    await world.slapd.ldapmodify(person('ann'))
    const id = await world.slapd.idOf(at('uid=ann'))
    const versions = await versionsOf(() =>
      world.slapd.ldapmodify(`dn: ${at('uid=ann')}\nchangetype: modify\nreplace: title\ntitle: Head\n`),
    )
    expect(versions.map(({ changes }) => changes)).toMatchObject([
      [{ kind: 'staff', id, before: { title: null }, after: { title: 'Head' } }],
    ])
    expect(running.projector.status).toMatchObject({ state: 'following' })
    expect(running.projector.status.lagMs).toBeLessThan(5000)
    await world.expectAgreement()
  })

  it('[L3] a department moved with its subtree is exactly one change, and none for its children', async () => {
    await world.slapd.ldapmodify(
      department('ou=a') + department('ou=b') + department('ou=x,ou=a') + department('ou=y,ou=x,ou=a'),
    )
    const [a, b] = [await world.slapd.idOf(unit('ou=a')), await world.slapd.idOf(unit('ou=b'))]
    const versions = await versionsOf(() =>
      world.slapd.ldapmodify(
        `dn: ${unit('ou=a')}\nchangetype: modrdn\nnewrdn: ou=a\ndeleteoldrdn: 1\nnewsuperior: ${unit('ou=b')}\n`,
      ),
    )
    expect(versions.map(({ changes }) => changes)).toMatchObject([
      [{ id: a, before: { parentId: null }, after: { parentId: b } }],
    ])
    await world.slapd.ldapmodify(department('ou=z,ou=y,ou=x,ou=a,ou=b'))
    await world.consumed()
    await world.expectAgreement()
  })

  it('[L3] a department that goes to the trash takes its subtree along in one version, and comes back as it was', async () => {
    await world.slapd.ldapmodify(department('ou=a') + department('ou=x,ou=a'))
    await world.consumed()
    const before = await world.entries()
    const move = (from: string, to: string) =>
      world.slapd.ldapmodify(
        `dn: ou=a,${from}\nchangetype: modrdn\nnewrdn: ou=a\ndeleteoldrdn: 1\nnewsuperior: ${to}\n`,
      )
    const { departments, trash } = world.slapd.layout
    const gone = await versionsOf(() => move(departments, trash))
    expect(gone.map(({ changes }) => changes.map(({ after }) => after))).toMatchObject([
      [{ status: 'TRASHED' }, { status: 'TRASHED' }],
    ])
    expect(await versionsOf(() => move(trash, departments))).toHaveLength(1)
    expect(await world.entries()).toEqual(before)
    await world.expectAgreement()
  })

  it('[L5] a value replaced by itself and a refused sign-in make no version', async () => {
    await world.slapd.ldapmodify(person('ann', 'title: Head\nuserPassword: right'))
    const versions = await versionsOf(async () => {
      await world.slapd.ldapmodify(`dn: ${at('uid=ann')}\nchangetype: modify\nreplace: title\ntitle: Head\n`)
      await expect(bindAs(at('uid=ann'), 'wrong')).rejects.toThrow()
      await world.slapd.ldapmodify(`dn: ${at('uid=ann')}\nchangetype: modify\nreplace: sn\nsn: other\n`)
    })
    expect(versions).toEqual([])
    await world.expectAgreement()
  })

  it('[L1] a person removed is one version; the same login again is somebody else (T68)', async () => {
    await world.slapd.ldapmodify(person('ann'))
    const first = await world.slapd.idOf(at('uid=ann'))
    const gone = await versionsOf(() => world.slapd.ldapmodify(`dn: ${at('uid=ann')}\nchangetype: delete\n`))
    expect(gone.map(({ changes }) => changes)).toMatchObject([[{ id: first, after: null }]])
    const back = await versionsOf(() => world.slapd.ldapmodify(person('ann')))
    expect(told(back)).toEqual([[await world.slapd.idOf(at('uid=ann'))]])
    expect(told(back)).not.toEqual([[first]])
    await world.expectAgreement()
  })

  it('a manager given by a DN is found by id, and lost when the target is renamed', async () => {
    await world.slapd.ldapmodify(person('boss') + person('ann', `manager: ${at('uid=boss')}\n`))
    await world.consumed()
    const [boss, ann] = [await world.slapd.idOf(at('uid=boss')), await world.slapd.idOf(at('uid=ann'))]
    const managerOfAnn = async () => (await world.entries()).find(({ id }) => id === ann)
    expect(await managerOfAnn()).toMatchObject({ managerId: boss })
    await versionsOf(() =>
      world.slapd.ldapmodify(
        `dn: ${at('uid=boss')}\nchangetype: modrdn\nnewrdn: uid=chief\ndeleteoldrdn: 1\n`,
      ),
    )
    expect(await managerOfAnn()).toMatchObject({ managerId: null })
    await world.expectAgreement()
  })
})

async function bindAs(dn: string, password: string): Promise<void> {
  const client = new Client({ url: world.slapd.url })
  try {
    await client.bind(dn, password)
  } finally {
    await client.unbind()
  }
}

describe('what cannot be understood', () => {
  it('a malformed entry is absent and told; the rest goes on', async () => {
    await world.slapd.ldapmodify(
      `dn: cn=bad,${world.slapd.layout.types}\nchangetype: add\nobjectClass: dlrTypeEntry\ncn: bad\ndlrAppliesTo: MOON\n\n${person('ann')}`,
    )
    await world.consumed()
    const names = (await world.entries()).map((entry) => ('name' in entry ? entry.name : ''))
    expect(names).toContain('ann')
    expect(names).not.toContain('bad')
    expect(await leftOut(world.db, 5)).toMatchObject({ count: 1, first: [{ rdn: 'cn=bad' }] })
    await world.slapd.ldapmodify(
      `dn: cn=bad,${world.slapd.layout.types}\nchangetype: modify\nreplace: dlrAppliesTo\ndlrAppliesTo: STAFF\n`,
    )
    await world.consumed()
    expect(await leftOut(world.db, 5)).toMatchObject({ count: 0 })
    await world.expectAgreement()
  })
})
