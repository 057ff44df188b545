import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** From a plain LDAP tool to the sockets of exactly those who may see it. */
let server: TestServer
let hr: Device
let staff: Device
let guest: Device

beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const devices = await Promise.all(
    ['hr', 'staff', 'guest'].map(async (login) => {
      const device = new Device(await server.login(login, 'dolores'))
      await device.load()
      await device.follow()
      return device
    }),
  )
  const [first, second, third] = devices
  if (!first || !second || !third) throw new Error('three devices')
  hr = first
  staff = second
  guest = third
})
afterAll(async () => {
  await Promise.all([hr, staff, guest].map((device) => device?.close()))
  await server?.close()
})

const dnOf = async (id: string) => {
  const text = await server.slapd.ldapsearch(`(entryUUID=${id})`, '1.1')
  return (
    /^dn: (.*)$/m.exec(text)?.[1] ?? Buffer.from(/^dn:: (.*)$/m.exec(text)?.[1] ?? '', 'base64').toString()
  )
}
const modify = (dn: string, lines: string) =>
  server.slapd.ldapmodify(`dn:: ${Buffer.from(dn).toString('base64')}\nchangetype: modify\n${lines}\n`)
const only = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the demo company has none')
  return value
}
const parentOf = (row: object): unknown => Reflect.get(row, 'parentId')
const idsOf = (delta: { changes: readonly { action: string; id: string }[] }) =>
  delta.changes.map((c) => [c.action, c.id])

describe('an edit with plain LDAP tools', () => {
  it('[V9] [D3] reaches the open subscriptions of exactly those who may see the person', async () => {
    const hidden = only(
      [...hr.copy.staff.values()].find((s) => !staff.copy.staff.has(s.id) && !guest.copy.staff.has(s.id)),
    )
    const known = only(
      [...staff.copy.staff.values()].find((s) => hr.copy.staff.has(s.id) && !guest.copy.staff.has(s.id)),
    )
    await modify(await dnOf(hidden.id), 'replace: displayName\ndisplayName: Only few may read this')
    expect(idsOf(await hr.next())).toEqual([['UPDATE', hidden.id]])
    await modify(await dnOf(known.id), 'replace: displayName\ndisplayName: Many may read this')
    expect(idsOf(await hr.next())).toEqual([['UPDATE', known.id]])
    // What staff hears first is the second edit, so the first never came.
    expect(idsOf(await staff.next())).toEqual([['UPDATE', known.id]])
    const shared = only([...guest.copy.staff.values()][0])
    await modify(await dnOf(shared.id), 'replace: displayName\ndisplayName: The guest too')
    expect(idsOf(await guest.next())).toEqual([['UPDATE', shared.id]])
    await Promise.all([hr.next(), ...(staff.copy.staff.has(shared.id) ? [staff.next()] : [])])
    for (const device of [hr, staff, guest])
      expect(device.copy.digest).toBe(oracleDigest(rowsOf(device.copy)))
  })

  it('[D1] a department moved with ldapmodrdn is one change, whatever stands below it', async () => {
    const departments = [...hr.copy.departments.values()].map((row) => ({
      id: row.id,
      parentId: parentOf(row),
    }))
    const root = only(departments.find((d) => d.parentId === null))
    const branches = departments.filter((d) => d.parentId === root.id)
    const moved = only(branches.find((d) => departments.some((below) => below.parentId === d.id)))
    const target = only(branches.find((d) => d.id !== moved.id))
    const [movedDn, targetDn] = [await dnOf(moved.id), await dnOf(target.id)]
    const rdn = only(movedDn.split(',')[0])
    const before = server.instance.replica.version
    await server.slapd.ldapmodify(
      `dn: ${movedDn}\nchangetype: modrdn\nnewrdn: ${rdn}\ndeleteoldrdn: 1\nnewsuperior: ${targetDn}\n`,
    )
    const delta = await hr.next()
    expect(idsOf(delta)).toEqual([['UPDATE', moved.id]])
    expect(delta.changes[0]?.department?.parentId).toBe(target.id)
    expect(server.instance.replica.version).toBe(before + 1)
  })

  it('[L8] [V5] a rule edited like any entry takes effect on the open sockets of those who hold it', async () => {
    while (guest.waiting > 0) await guest.next()
    const { viewer } = await guest.client.query('{ viewer { roles { rules { id staffTypes { id } } } } }')
    const { roles } = viewer as { roles: { rules: { id: string; staffTypes: unknown[] }[] }[] }
    const rule = only(roles.flatMap((role) => role.rules).find((r) => r.staffTypes.length > 0))
    await modify(await dnOf(rule.id), 'replace: dlrSensitiveField\ndlrSensitiveField: mobile')
    const delta = await guest.next()
    expect(delta.viewerChanged).toBe(true)
    expect(delta.changes.some((c) => c.staff?.mobile)).toBe(true)
    await modify(await dnOf(rule.id), 'replace: dlrSensitiveField')
    await guest.next()
    expect(rowsOf(guest.copy).filter((row) => Reflect.get(row, 'mobile'))).toEqual([])
    expect(guest.copy.digest).toBe(oracleDigest(rowsOf(guest.copy)))
  })

  it('[P3] [T33] a role taken away: the very next message on the open socket already obeys', async () => {
    while (staff.waiting > 0) await staff.next()
    const me = only([...hr.copy.staff.values()].find((s) => Reflect.get(s, 'login') === 'staff'))
    const victim = only([...staff.copy.staff.values()].find((s) => Reflect.get(s, 'login') !== 'staff'))
    const [myDn, victimDn] = [await dnOf(me.id), await dnOf(victim.id)]
    await server.slapd.ldapmodify(
      `dn: ${myDn}\nchangetype: modify\ndelete: dlrRole\n\ndn: ${victimDn}\nchangetype: modify\nreplace: displayName\ndisplayName: Not for staff any more\n`,
    )
    const delta = await staff.next()
    expect(JSON.stringify(delta)).not.toContain('Not for staff any more')
    expect(delta.viewerChanged).toBe(true)
    expect(rowsOf(staff.copy)).toEqual([])
    expect(delta.digest).toBe('0'.repeat(32))
  })
})
