import { createHash } from 'node:crypto'
import { Client } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { mapEntry } from '../../src/directory/mapping.ts'
import { layoutOf, normDn, parentDn } from '../../src/directory/names.ts'
import { demoCompany, demoLdif, DEMO_PASSWORD, type DemoEntry } from '../../src/local/demo/company.ts'
import { idOf, sortKey } from '../../src/local/demo/random.ts'
import { compareText } from '../../src/model/canonical.ts'
import type { Entry, Staff } from '../../src/model/entry.ts'
import { HeadState, staffByLogin } from '../../src/model/state.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const baseDn = TEST_BASE
const layout = layoutOf(baseDn)

function digestOf(people: number, seed?: string): string {
  const hash = createHash('sha256')
  for (const piece of demoLdif({ baseDn, people, ...(seed === undefined ? {} : { seed }) }))
    hash.update(piece)
  return hash.digest('hex')
}

/** What the directory sends of a demo entry, as the model understands it; every problem is an error. */
function modelOf(entry: DemoEntry, departmentIds: ReadonlyMap<string, string>): Entry {
  const attributes = new Map(
    Object.entries(entry.attributes).map(([name, value]) => [
      name.toLowerCase(),
      (typeof value === 'string' ? [value] : value).map((text) => Buffer.from(text)),
    ]),
  )
  const mapped = mapEntry({ id: entry.id, dn: entry.dn, csn: null, attributes }, layout)
  if (mapped.kind !== 'entry') throw new Error(`${entry.dn}: ${JSON.stringify(mapped)}`)
  expect(mapped.problems, entry.dn).toEqual([])
  return mapped.entry.kind === 'department'
    ? { ...mapped.entry, parentId: departmentIds.get(normDn(parentDn(entry.dn))) ?? null }
    : mapped.entry
}

function companyOf(people: number): { entries: Entry[]; state: HeadState } {
  const ids = new Map<string, string>()
  const entries: Entry[] = []
  for (const entry of demoCompany({ baseDn, people })) {
    ids.set(normDn(entry.dn), entry.id)
    // In the trash by where it stands; the projector derives that.
    if (!entry.dn.endsWith(layout.trash)) entries.push(modelOf(entry, ids))
  }
  return { entries, state: new HeadState(entries) }
}

function person(state: HeadState, login: string): Staff {
  const staff = staffByLogin(state, login)
  if (!staff) throw new Error(`no ${login}`)
  return staff
}

describe('the demo company', () => {
  it('is the same for the same options, and another for another size or seed', () => {
    expect(digestOf(300)).toBe(digestOf(300))
    expect(digestOf(300)).not.toBe(digestOf(301))
    expect(digestOf(300)).not.toBe(digestOf(300, 'other'))
  })

  it.each([200, 999, 5000])(
    'has exactly %i people, unique logins and ids, and only references that exist',
    (people) => {
      const { entries, state } = companyOf(people)
      expect(state.count('staff')).toBe(people)
      expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length)
      expect(new Set([...state.all('staff')].map((staff) => staff.login)).size).toBe(people)
      for (const staff of state.all('staff')) {
        expect(state.get('staffType', staff.typeId ?? ''), staff.login).toBeDefined()
        expect(staff.memberships.filter((m) => m.isMain)).toHaveLength(1)
        for (const m of staff.memberships) expect(state.get('department', m.departmentId)).toBeDefined()
        for (const id of staff.roleIds) expect(state.get('role', id)).toBeDefined()
        const managers = [staff.managerId, ...staff.dottedManagerIds].filter((id) => id !== null)
        for (const id of managers) expect(state.get('staff', id), `manager of ${staff.login}`).toBeDefined()
      }
      for (const department of state.all('department')) {
        expect(state.get('departmentType', department.typeId ?? '')).toBeDefined()
        const leaders = [...state.members(department.id)].filter((id) =>
          state.get('staff', id)?.memberships.some((m) => m.departmentId === department.id && m.isLeader),
        )
        expect(leaders, department.name).toHaveLength(1)
      }
      for (const role of state.all('role')) {
        for (const id of role.ruleIds) expect(state.get('rule', id)).toBeDefined()
        for (const { departmentId } of role.abilities)
          if (departmentId !== null) expect(state.get('department', departmentId)).toBeDefined()
      }
      for (const rule of state.all('rule')) {
        for (const id of rule.departmentTypeIds) expect(state.get('departmentType', id)).toBeDefined()
        for (const id of rule.staffTypeIds) expect(state.get('staffType', id)).toBeDefined()
      }
    },
  )

  it('has every level reporting to somebody, up to one head without a manager', () => {
    const { state } = companyOf(1000)
    const heads = [...state.all('staff')].filter((staff) => staff.managerId === null)
    expect(heads).toHaveLength(1)
    for (const staff of state.all('staff')) {
      let at: Staff | undefined = staff
      for (let steps = 0; at?.managerId; steps++) {
        expect(steps).toBeLessThan(10)
        at = state.get('staff', at.managerId)
      }
      expect(at).toBe(heads[0])
    }
  })

  it('shows hr everything, staff colleagues without mobile numbers, guest the own company [V1] [V2] [V5]', () => {
    const { state } = companyOf(200)
    const viewOf = (login: string) => new View(audienceOf(state, person(state, login).id), state)
    const seen = (login: string) => {
      const view = viewOf(login)
      return {
        departments: [...state.all('department')].filter((d) => view.department(d.id) !== null),
        staff: [...state.all('staff')].map((s) => view.staff(s.id)).filter((row) => row !== null),
      }
    }
    const active = [...state.all('staff')].filter((staff) => staff.status === 'ACTIVE').length
    const hr = seen('hr')
    expect(hr.departments).toHaveLength(state.count('department'))
    expect(hr.staff).toHaveLength(active)
    expect(hr.staff.every((row) => row.mobile !== null)).toBe(true)

    const staff = seen('staff')
    expect(staff.staff.length).toBeGreaterThan(100)
    expect(staff.staff.length).toBeLessThan(active)
    expect(staff.staff.every((row) => row.mobile === null)).toBe(true)
    expect(staff.departments.some((d) => d.name.includes('Executive'))).toBe(false)

    const guest = seen('guest')
    expect(guest.departments.map((d) => d.name)).toEqual(['合作伙伴 Partners'])
    expect(guest.staff.length).toBeGreaterThan(1)
    expect(guest.staff.length).toBeLessThan(20)
  })

  it('holds an ordinary department below a hidden one, found under the nearest visible ancestor [V4]', () => {
    const { state } = companyOf(200)
    const view = new View(audienceOf(state, person(state, 'staff').id), state)
    const lab = [...state.all('department')].find((d) => d.name.includes('创新实验室'))
    expect(view.department(lab?.parentId ?? '')).toBeNull()
    const company = [...state.all('department')].find((d) => d.parentId === null)
    expect(view.department(lab?.id ?? '')?.parentId).toBe(company?.id)
  })

  it('refuses sizes that it cannot make', () => {
    for (const people of [0, 199, 100_001, 250.5, Number.NaN])
      expect(() => [...demoCompany({ baseDn, people })]).toThrow(RangeError)
  })

  it('loads into a real slapd with its ids, and everybody can sign in', async () => {
    const ldif = [...demoLdif({ baseDn, people: 200 })].join('')
    const slapd = await startSlapd({ ldif })
    try {
      const { state } = companyOf(200)
      expect(await slapd.idOf(`uid=hr,${layout.people}`)).toBe(person(state, 'hr').id)
      const people = await slapd.ldapsearch('(&(objectClass=dlrPerson)(!(uid=former.colleague)))', 'uid')
      expect(people.match(/^uid: /gm)).toHaveLength(200)
      const client = new Client({ url: slapd.url })
      await client.bind(`uid=guest,${layout.people}`, DEMO_PASSWORD)
      await client.unbind()
    } finally {
      await slapd.stop()
    }
  })

  it('makes 100,000 people in a stream of pieces', () => {
    let people = 0
    let longest = 0
    for (const piece of demoLdif({ baseDn, people: 100_000 })) {
      people += piece.match(/^dn: uid=/gm)?.length ?? 0
      longest = Math.max(longest, piece.length)
    }
    expect(people).toBe(100_001)
    expect(longest).toBeLessThan(100_000)
  })
})

describe('ids and sort keys of the demo', () => {
  it('ids are UUIDs, and sort keys are in order', () => {
    expect(idOf('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(idOf('a', 'b')).not.toBe(idOf('a', 'c'))
    const keys = [0, 1, 9, 10, 35, 36, 1000].map(sortKey)
    expect(keys.toSorted(compareText)).toEqual(keys)
  })
})
