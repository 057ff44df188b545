import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Masks } from '../../src/audit/mask.ts'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { auditOf } from './log.ts'

const MOBILE = '+86 138 0000 7361'
const SALARY = 'canary-salary-7361'
const UNDEFINED = 'canary-undefined-7361'
const PASSWORDS = ['canary-password-one-7361', 'canary-password-two-7361']

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

/** The whole table, and what of records that are not finished stands beside the journal. */
async function everything(): Promise<string> {
  const [row] = await world.server.database.sql<{ text: string }>(`
    SELECT concat((SELECT string_agg(a::text, '') FROM audit a), (SELECT string_agg(record::text, '') FROM edit)) AS text`)
  return row?.text ?? ''
}

describe('[T99] the audit log', () => {
  it('holds no password, no token, and no sensitive value in clear', async () => {
    const { hr, places, server } = world
    await hr.edit('createField', { key: 'salary', label: 'Salary', appliesTo: 'STAFF', isSensitive: true })
    const made = await hr.edit('createStaff', {
      login: 'canary',
      name: 'Canary',
      typeId: places.staffType,
      memberships: [{ departmentId: places.company }],
      mobile: MOBILE,
      metadata: [{ key: 'salary', value: SALARY }],
    })
    const id = made.staff?.id ?? ''
    const change = (mobile: string | null, salary: string) =>
      hr.edit('updateStaff', { id, mobile, metadata: [{ key: 'salary', value: salary }] })
    for (const edit of [await change('+86 1', `${SALARY} more`), await change(MOBILE, SALARY)])
      expect(edit).toMatchObject({ __typename: 'StaffEdited' })

    const invited = await hr.client.query(
      'mutation ($id: ID!) { inviteStaff(id: $id) { ... on Invitation { token } } }',
      { id },
    )
    const { token } = invited['inviteStaff'] as { token: string }
    const client = server.client()
    const accepted = await client.query(
      'mutation ($token: String!, $password: String!) { acceptInvitation(token: $token, password: $password) { __typename } }',
      { token, password: PASSWORDS[0] },
    )
    expect(accepted['acceptInvitation']).toMatchObject({ __typename: 'Session' })
    const first = await client.login('canary', PASSWORDS[0] ?? '')
    const changed = await client.query(
      'mutation ($current: String!, $next: String!) { changePassword(current: $current, next: $next) { __typename } }',
      { current: PASSWORDS[0], next: PASSWORDS[1] },
    )
    expect(changed['changePassword']).toMatchObject({ __typename: 'PasswordChanged' })
    for (const _ of [1, 2, 3]) await client.refresh()
    // A spent token that comes back.
    await client.refresh(first.refreshToken)

    const actions = (await auditOf(server.database)).filter((r) => r.subjectId === id).map((r) => r.action)
    for (const action of [
      'staff.create',
      'staff.update',
      'account.invite',
      'account.acceptInvitation',
      'session.start',
      'account.changePassword',
      'session.reuse',
    ])
      expect(actions).toContain(action)
    const text = await everything()
    const { accessToken = '', refreshToken = '' } = client.tokens ?? {}
    const secrets = [
      MOBILE,
      SALARY,
      ...PASSWORDS,
      token,
      first.accessToken,
      first.refreshToken,
      accessToken,
      refreshToken,
    ]
    for (const secret of [...secrets, server.slapd.options.bindPassword, server.config.TOKEN_SECRET])
      expect(text.includes(secret)).toBe(false)
  })

  it('masks custom fields that have no definition, and does not tell more than that they changed', async () => {
    const { hr, places, server } = world
    const made = await hr.edit('createStaff', {
      login: 'undefd',
      name: 'Undefined',
      typeId: places.staffType,
      memberships: [{ departmentId: places.company }],
    })
    const id = made.staff?.id ?? ''
    await server.slapd.ldapmodify(
      `dn: uid=undefd,${server.slapd.layout.people}\nchangetype: modify\nadd: dlrMeta\ndlrMeta: gone=${UNDEFINED}\n`,
    )
    await server.until(() => world.state.get('staff', id)?.metadata.length === 1)
    await hr.edit('createField', { key: 'kept', label: 'Kept', appliesTo: 'STAFF' })
    await hr.edit('updateStaff', { id, metadata: [{ key: 'kept', value: 'clear' }] })
    const record = (await auditOf(server.database)).at(-1)
    // What stays as it is says nothing.
    expect(record?.changes[0]?.fields).toEqual([
      { field: 'metadata.kept', before: [], after: ['clear'], isMasked: false },
    ])
    expect(await everything()).not.toContain(UNDEFINED)
  })

  it('shows by its marks whether a value was set back', async () => {
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectLabel === 'Canary')
    const mobiles = records.flatMap((r) =>
      r.changes.flatMap((change) => change.fields.filter(({ field }) => field === 'mobile')),
    )
    expect(mobiles).toHaveLength(3)
    const [made, away, back] = mobiles
    expect(mobiles.every(({ isMasked }) => isMasked)).toBe(true)
    expect([away?.before, back?.after]).toEqual([made?.after, made?.after])
    expect(away?.after).toEqual(back?.before)
    expect(away?.after).not.toEqual(made?.after)
  })

  it('does not show by its marks that two people have the same value', async () => {
    const { hr, places, server } = world
    const guess = { mobile: MOBILE, metadata: [{ key: 'salary', value: SALARY }] }
    const made = await hr.edit('createStaff', {
      login: 'guessed',
      name: 'Guessed',
      typeId: places.staffType,
      memberships: [{ departmentId: places.company }],
      ...guess,
    })
    const id = made.staff?.id ?? ''
    await hr.edit('updateStaff', { id, mobile: null })
    await hr.edit('updateStaff', { id, mobile: MOBILE })
    const marksOf = async (label: string) =>
      (await auditOf(server.database))
        .filter((r) => r.subjectLabel === label)
        .flatMap((r) => r.changes.flatMap(({ fields }) => fields))
        .filter(({ isMasked }) => isMasked)
        .flatMap(({ before, after }) => [...(before ?? []), ...after])
    const [theirs, others] = [new Set(await marksOf('Guessed')), await marksOf('Canary')]
    // Of one person equal marks are equal values, since they were made: a mobile number, and a salary.
    expect(theirs.size).toBe(2)
    expect(others.filter((mark) => theirs.has(mark))).toEqual([])
  })
})

describe('[T99] masks', () => {
  it('need the key of the server, and differ from field to field', () => {
    const [masks, others] = [new Masks('one secret'), new Masks('another secret')]
    expect(masks.mark('mobile', MOBILE)).toMatch(/^~[0-9a-f]{16}$/)
    expect(masks.mark('mobile', MOBILE)).toBe(masks.mark('mobile', MOBILE))
    expect(others.mark('mobile', MOBILE)).not.toBe(masks.mark('mobile', MOBILE))
    expect(masks.mark('title', MOBILE)).not.toBe(masks.mark('mobile', MOBILE))
    expect(masks.mark('a', 'bc')).not.toBe(masks.mark('ab', 'c'))
  })

  it('differ from entry to entry, and of nobody knows whom tell nothing', () => {
    const masks = new Masks('one secret')
    const change = masks.change(() => false, 'staff', { field: 'mobile', before: null, after: [MOBILE] })
    const [one, other] = [masks.ofEntry('a', change), masks.ofEntry('b', change)]
    expect(one.after).toEqual(masks.ofEntry('a', change).after)
    expect(one.after).not.toEqual(other.after)
    expect([one.after, other.after]).not.toContainEqual(change.after)
    expect(masks.ofEntry(null, change).after).toEqual(['***'])
    const clear = masks.change(() => true, 'staff', { field: 'nickname', before: null, after: ['~x'] })
    expect(masks.ofEntry('a', clear)).toEqual(clear)
  })

  it.each([
    'password',
    'photo',
    'userpassword',
    'sambantpassword',
    'pwdhistory',
    'userpkcs12',
    'metadata.apiToken',
    'krbprincipalkey',
  ])('of %s tell nothing, not even whether two are equal', (field) => {
    const masks = new Masks('one secret')
    expect([masks.mark(field, 'a'), masks.mark(field, 'b')]).toEqual(['***', '***'])
  })
})
