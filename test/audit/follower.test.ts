import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyChain } from '../../src/audit/chain.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { startEditWorld, type EditWorld } from '../edit/world.ts'
import { startServer } from '../support/server.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { auditOf, type LoggedRecord } from './log.ts'

/** Somebody of HR who works with an LDAP tool of their own. */
const EDITOR = { dn: `uid=hr,ou=people,${TEST_BASE}`, password: 'dolores' }
const PASSWORD_CANARY = 'canary-password-7361'
const MOBILE_CANARY = '+86 139 5550 7361'
const MASKED_CANARY = 'canary employee number 7361'

let slapd: TestSlapd
let world: EditWorld
beforeAll(async () => {
  const ldif = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
  slapd = await startSlapd({ ldif, accesslog: true, editorDn: EDITOR.dn })
  world = await startEditWorld({ slapd })
})
afterAll(async () => {
  await world?.close()
  await slapd?.stop()
})

const by = (ldif: string) => slapd.ldapmodify(ldif, EDITOR)
const foreign = async (): Promise<LoggedRecord[]> =>
  (await auditOf(world.server.database)).filter((r) => r.source === 'LDAP')

/** The records about an entry by other tools, once there are so many. */
async function recorded(subjectId: string, count: number): Promise<LoggedRecord[]> {
  return await vi.waitFor(
    async () => {
      const records = (await foreign()).filter((r) => r.subjectId === subjectId)
      expect(records).toHaveLength(count)
      return records
    },
    { timeout: 15_000, interval: 100 },
  )
}
const fieldsIn = (record: LoggedRecord | undefined) =>
  Object.fromEntries((record?.changes[0]?.fields ?? []).map((f) => [f.field, [f.before, f.after]]))
const maskedIn = (record: LoggedRecord | undefined) =>
  (record?.changes[0]?.fields ?? []).filter((f) => f.isMasked).map((f) => f.field)

let serial = 0
async function added(attributes = ''): Promise<{ dn: string; id: string; login: string }> {
  const login = `tool${++serial}`
  const dn = `uid=${login},${slapd.layout.people}`
  await by(
    `dn: ${dn}\nobjectClass: inetOrgPerson\nobjectClass: dlrPerson\nuid: ${login}\ncn: ${login}\nsn: ${login}\ndisplayName: Tool ${serial}\n${attributes}`,
  )
  return { dn, id: await slapd.idOf(dn), login }
}

it('[10] a directory without such a log, or one that is off, disturbs nobody', async () => {
  const plain = await startServer()
  await expect
    .poll(() => plain.lines.some((line) => line.includes('keeps no log that we may read')))
    .toBe(true)
  await plain.close()
  const off = await startServer({ slapd, settings: { LDAP_ACCESSLOG: 'off' } })
  await off.login('hr', 'dolores')
  expect(await off.database.sql('SELECT * FROM audit_source')).toEqual([])
  expect(off.lines.some((line) => line.includes('the log of the directory'))).toBe(false)
  await off.close()
})

describe('[10] edits by other LDAP tools in the audit log', () => {
  it('an added entry stands there once, with who added it and what it was', async () => {
    const { dn, id } = await added('title: Clerk\n')
    const [record] = await recorded(id, 1)
    const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
    expect(record).toMatchObject({
      action: 'ldap.add',
      outcome: 'DONE',
      actorDn: EDITOR.dn,
      actorId: hr?.id,
      actorLogin: 'hr',
      subjectKind: 'staff',
      subjectLabel: `Tool ${serial}`,
      detail: { dn },
    })
    expect(fieldsIn(record)).toMatchObject({
      name: [[], [`Tool ${serial}`]],
      title: [[], ['Clerk']],
      dn: [[], [dn]],
    })
  })

  it('a modified one tells before and after of each attribute, whatever the kind of modification', async () => {
    const { dn, id } = await added('title: Clerk\nmail: a@example.com\nmail: b@example.com\ndlrPinyin: old\n')
    await world.server.until(() => world.state.get('staff', id) !== undefined)
    await by(
      `dn: ${dn}\nchangetype: modify\nreplace: title\ntitle: Chief\n-\nadd: mail\nmail: c@example.com\n-\n` +
        `delete: mail\nmail: A@example.com\n-\ndelete: dlrPinyin\n-\nreplace: dlrNickname\ndlrNickname: Zed\n`,
    )
    const [, record] = await recorded(id, 2)
    expect(record).toMatchObject({ action: 'ldap.modify', subjectKind: 'staff' })
    expect(fieldsIn(record)).toEqual({
      title: [['Clerk'], ['Chief']],
      email: [
        ['a@example.com', 'b@example.com'],
        ['b@example.com', 'c@example.com'],
      ],
      pinyin: [['old'], []],
      nickname: [[], ['Zed']],
    })
    await by(`dn: ${dn}\nchangetype: modify\nreplace: mail\nmail: x@example.com\nmail: y@example.com\n`)
    expect(fieldsIn((await recorded(id, 3)).at(-1))).toEqual({
      email: [
        ['b@example.com', 'c@example.com'],
        ['x@example.com', 'y@example.com'],
      ],
    })
  })

  it('a renamed person and a moved department tell from what to what', async () => {
    const { dn, id, login } = await added()
    await by(`dn: ${dn}\nchangetype: modrdn\nnewrdn: uid=${login}new\ndeleteoldrdn: 1\n`)
    const [, renamed] = await recorded(id, 2)
    expect(renamed?.action).toBe('ldap.move')
    expect(fieldsIn(renamed)).toMatchObject({ login: [[login], [`${login}new`]] })

    const [from, to] = ['From', 'To'].map((name) => `ou=${name},${slapd.layout.departments}`)
    for (const at of [from, to, `ou=Moving,${from}`])
      await by(
        `dn: ${at}\nobjectClass: organizationalUnit\nobjectClass: dlrDepartmentEntry\nou: ${at?.slice(3, at.indexOf(','))}\n`,
      )
    const moving = await slapd.idOf(`ou=Moving,${from}`)
    await by(
      `dn: ou=Moving,${from}\nchangetype: modrdn\nnewrdn: ou=Moving\ndeleteoldrdn: 1\nnewsuperior: ${to}\n`,
    )
    const [, moved] = await recorded(moving, 2)
    expect(moved).toMatchObject({ subjectKind: 'department' })
    expect(fieldsIn(moved)).toMatchObject({
      parent: [[await slapd.idOf(from ?? '')], [await slapd.idOf(to ?? '')]],
      dn: [[`ou=Moving,${from}`], [`ou=Moving,${to}`]],
    })
  })

  it('a deleted one tells what it was', async () => {
    const { dn, id } = await added('title: Clerk\n')
    await by(`dn: ${dn}\nchangetype: delete\n`)
    const [, record] = await recorded(id, 2)
    expect(record).toMatchObject({
      action: 'ldap.delete',
      subjectKind: 'staff',
      subjectLabel: `Tool ${serial}`,
    })
    expect(fieldsIn(record)).toMatchObject({ title: [['Clerk'], []], dn: [[dn], []] })
  })

  it('[T99] passwords are never there, and sensitive and unknown values as marks only', async () => {
    const [mobile] = [...world.state.all('fieldDefinition')].filter(({ key }) => key === 'mobile')
    expect(mobile?.isSensitive).toBe(true)
    const { dn, id } = await added(
      `mobile: ${MOBILE_CANARY}\nuserPassword: ${PASSWORD_CANARY}\nemployeeNumber: ${MASKED_CANARY}\n`,
    )
    await by(
      `dn: ${dn}\nchangetype: modify\nreplace: mobile\nmobile: +86 1\n-\nreplace: userPassword\nuserPassword: ${PASSWORD_CANARY} again\n`,
    )
    await by(`dn: ${dn}\nchangetype: modify\nreplace: mobile\nmobile: ${MOBILE_CANARY}\n`)
    const records = await recorded(id, 3)
    expect(maskedIn(records[0]).sort()).toEqual(['employeenumber', 'mobile', 'password'])
    expect(fieldsIn(records[1])['password']).toEqual([['***'], ['***']])
    // It can be seen that it was set back.
    expect(fieldsIn(records[2])['mobile']?.[1]).toEqual(fieldsIn(records[0])['mobile']?.[1])
    expect(fieldsIn(records[2])['mobile']?.[0]).not.toEqual(fieldsIn(records[0])['mobile']?.[1])
    const [all] = await world.server.database.sql<{ text: string }>(
      `SELECT string_agg(a::text, '') AS text FROM audit a`,
    )
    for (const canary of [PASSWORD_CANARY, MOBILE_CANARY, MASKED_CANARY, '{SSHA}'])
      expect(all?.text).not.toContain(canary)
  })

  it('[T67] the same person edited in LDAP and through the API stands there for both, each once', async () => {
    const { dn, id } = await added('title: Clerk\n')
    await world.server.until(() => world.state.get('staff', id) !== undefined)
    await Promise.all([
      by(`dn: ${dn}\nchangetype: modify\nreplace: title\ntitle: By LDAP\n`),
      vi.waitFor(
        async () =>
          expect(await world.hr.edit('updateStaff', { id, nickname: 'By API' })).toMatchObject({
            __typename: 'StaffEdited',
          }),
        { timeout: 10_000 },
      ),
    ])
    await recorded(id, 2)
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectId === id)
    expect(records.map((r) => r.action).sort()).toEqual(['ldap.add', 'ldap.modify', 'staff.update'])
  })

  it('what is edited while no instance runs comes later, and nothing is doubled by a restart', async () => {
    const before = await added()
    await recorded(before.id, 1)
    await world.server.closeInstance()
    const meanwhile = await Promise.all(Array.from({ length: 5 }, () => added()))
    await by(`dn: ${before.dn}\nchangetype: delete\n`)
    const { database } = world.server
    for (const _ of [1, 2]) {
      const again = await startServer({ slapd, database })
      const logged = await added()
      for (const { id } of [...meanwhile, logged]) await recorded(id, 1)
      await recorded(before.id, 2)
      await again.closeInstance()
    }
    const records = await foreign()
    expect(new Set(records.map((r) => `${r.action} ${r.subjectId} ${JSON.stringify(r.changes)}`)).size).toBe(
      records.length,
    )
    const db = await openDatabase(database.url)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole' })
    await db.close()
  })
})
