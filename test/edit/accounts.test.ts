import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditOf } from '../audit/log.ts'
import type { Client } from '../support/client.ts'
import { Mailbox } from '../support/mailbox.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { type EditWorld, startEditWorld } from './world.ts'

/** Passwords and sessions: of oneself, and of those whom one administers. */
let world: EditWorld
let mailbox: Mailbox
beforeAll(async () => {
  mailbox = await Mailbox.open()
  world = await startEditWorld({
    settings: {
      SMTP_URL: mailbox.url,
      PUBLIC_URL: 'https://people.example.com',
      MAIL_FROM: 'hr@example.com',
    },
  })
})
afterAll(async () => {
  await world?.close()
  await mailbox?.close()
})
beforeEach(() => world.server.database.sql('DELETE FROM login_attempt'))

interface Outcome {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly token?: string
  readonly isMailed?: boolean
  readonly count?: number
  readonly accessToken?: string
}
const ERROR = '__typename ... on Error { code message }'
/** `name` is a mutation, `selection` what is asked of its success. */
async function call(
  client: Client,
  name: string,
  selection: string,
  variables: Record<string, string | undefined>,
): Promise<Outcome> {
  const names = Object.keys(variables)
  const declared = names
    .map((one) => `$${one}: ${/^(id|sessionId)$/.test(one) ? 'ID' : 'String'}!`)
    .join(', ')
  const given = names.map((one) => `${one}: $${one}`).join(', ')
  const query = `mutation (${declared}) { ${name}(${given}) { ${ERROR} ${selection} } }`
  return (await client.query(query, variables))[name] as Outcome
}
const invite = (by: Client, id: string, key?: string) =>
  call(by, 'inviteStaff', '... on Invitation { token expiresAt isMailed }', {
    id,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  })
const accept = (token: string, password: string, client = world.server.client()) =>
  call(client, 'acceptInvitation', '... on Session { accessToken refreshToken }', { token, password })
const change = (client: Client, current: string, next: string) =>
  call(client, 'changePassword', '... on PasswordChanged { isChanged } ... on PasswordRefused { fault }', {
    current,
    next,
  })
const endSessions = (by: Client, id: string, key?: string) =>
  call(by, 'endSessions', '... on SessionsEnded { count }', {
    id,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  })

/** The body, of quoted-printable (RFC 2045). */
function readable(source: string): string {
  expect(source).toContain('Content-Transfer-Encoding: quoted-printable')
  const body = source.split('\r\n\r\n').slice(1).join('\r\n\r\n')
  return decodeURIComponent(
    body
      .replaceAll('=\r\n', '')
      .replaceAll('%', '=25')
      .replaceAll(/=([0-9A-F]{2})/g, '%$1'),
  )
}

let serial = 0
async function made(more: object = {}): Promise<{ id: string; login: string }> {
  const login = `account${++serial}`
  const answer = await world.hr.edit('createStaff', {
    login,
    name: `Account ${serial}`,
    typeId: world.places.staffType,
    memberships: [{ departmentId: world.places.company }],
    ...more,
  })
  if (!answer.staff) throw new Error(JSON.stringify(answer))
  return { id: answer.staff.id, login }
}
/** Somebody who has accepted an invitation, with their password. */
async function settled(
  password = 'correct horse battery',
): Promise<{ id: string; login: string; client: Client }> {
  const person = await made()
  const { token = '' } = await invite(world.hr.client, person.id)
  await accept(token, password)
  const client = world.server.client()
  await client.login(person.login, password)
  return { ...person, client }
}
const isEnded = async (client: Client) => (await client.ask('{ viewer { staff { id } } }')).status === 401

describe('an invitation', () => {
  it('lets a new person choose the first password, and signs them in', async () => {
    const { id, login } = await made()
    expect(await world.server.client().tryLogin(login, '')).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    const { token = '' } = await invite(world.hr.client, id)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await accept(token, 'correct horse battery')).toMatchObject({ __typename: 'Session' })
    const { viewer } = await (async () => {
      const client = world.server.client()
      await client.login(login, 'correct horse battery')
      return await client.query('{ viewer { staff { login } } }')
    })()
    expect(viewer).toEqual({ staff: { login } })
  })

  it('[7] with one key it is one link, in no table, and the key is for nothing else', async () => {
    const { id } = await made()
    const ask = () => invite(world.hr.client, id, 'invited once')
    const answers = [...(await Promise.all([ask(), ask()])), await ask()]
    const [{ token = '' } = {}] = answers
    expect(answers).toEqual([answers[0], answers[0], answers[0]])
    const tables = await world.server.database.sql(
      'SELECT to_jsonb(invitation)::text FROM invitation UNION ALL SELECT to_jsonb(edit)::text FROM edit',
    )
    expect(JSON.stringify(tables)).not.toContain(token)
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectId === id)
    expect(records.filter(({ action }) => action === 'account.invite')).toHaveLength(1)
    const other = await made()
    expect(await invite(world.hr.client, other.id, 'invited once')).toMatchObject({ code: 'KEY_REUSED' })
    const edit = { id, nickname: 'Nick', idempotencyKey: 'invited once' }
    expect(await world.hr.edit('updateStaff', edit)).toMatchObject({ code: 'KEY_REUSED' })
    expect(await accept(token, 'correct horse battery')).toMatchObject({ __typename: 'Session' })
    // Answered as it was: it signs nobody in any more.
    expect(await ask()).toEqual(answers[0])
    expect(await accept(token, 'another password 1')).toMatchObject({ __typename: 'InvalidInvitation' })
  })

  it('[T94] [T99] counts once, is kept as a hash only, and stands in no log', async () => {
    const { id } = await made()
    const { token = '' } = await invite(world.hr.client, id)
    const tables = await world.server.database.sql(
      'SELECT to_jsonb(invitation)::text FROM invitation UNION ALL SELECT to_jsonb(audit)::text FROM audit',
    )
    expect(JSON.stringify(tables)).not.toContain(token)
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => accept(token, 'correct horse battery')),
    )
    expect(outcomes.map((o) => o.__typename).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'InvalidInvitation'),
      'Session',
    ])
    expect(world.server.lines.join('')).not.toContain(token)
    expect(world.server.lines.join('')).not.toContain('correct horse battery')
  })

  it('counts no more when it is a day old, or when there is a newer one', async () => {
    const { id } = await made()
    const first = await invite(world.hr.client, id)
    const second = await invite(world.hr.client, id)
    expect(await accept(first.token ?? '', 'correct horse battery')).toMatchObject({
      code: 'INVALID_INVITATION',
    })
    await world.server.database.sql(
      "UPDATE invitation SET expires_at = expires_at - interval '24 hours 1 second'",
    )
    expect(await accept(second.token ?? '', 'correct horse battery')).toMatchObject({
      code: 'INVALID_INVITATION',
    })
  })

  it('still counts when the password was not good enough', async () => {
    const { id } = await made()
    const { token = '' } = await invite(world.hr.client, id)
    for (const weak of ['', 'short', 'x'.repeat(2000)])
      expect((await accept(token, weak).catch(() => null))?.__typename ?? 'refused').not.toBe('Session')
    expect(await accept(token, 'good enough now')).toMatchObject({ __typename: 'Session' })
  })

  it('[T91] of somebody who may not sign in counts as little as one that was never made', async () => {
    const { id } = await made()
    const { token = '' } = await invite(world.hr.client, id)
    await world.hr.edit('updateStaff', { id, isDisabled: true })
    const disabled = await accept(token, 'correct horse battery')
    const unknown = await accept('A'.repeat(43), 'correct horse battery')
    expect(disabled).toEqual(unknown)
    expect(await invite(world.hr.client, id)).toMatchObject({ code: 'NOT_PERMITTED' })
  })

  it('is mailed to the person where there is a mail server, and to nobody else', async () => {
    const { id, login } = await made({ email: ['new.person@example.com', 'second@example.com'] })
    const { token = '', isMailed } = await invite(world.hr.client, id)
    expect(isMailed).toBe(true)
    const [mail] = mailbox.mails.filter(({ to }) => to.includes('new.person@example.com'))
    expect(mail?.to).toEqual(['new.person@example.com'])
    const text = readable(mail?.source ?? '')
    expect(text).toContain(`https://people.example.com/invitation#${token}`)
    expect(text).toContain(login)
  })

  it('is shown, and said not to be mailed, when the mail server is away or there is no address', async () => {
    const { id } = await made()
    expect(await invite(world.hr.client, id)).toMatchObject({ __typename: 'Invitation', isMailed: false })
  })

  it('ends the sessions that were there before: it is how a lost password is replaced', async () => {
    const { id, client } = await settled()
    const { token = '' } = await invite(world.hr.client, id)
    expect(await isEnded(client)).toBe(false)
    await accept(token, 'another password')
    await expect.poll(() => isEnded(client)).toBe(true)
  })

  it('[T36] [T37] is for those whom one administers and outranks', async () => {
    const admins = [...world.state.all('staff')].find((s) => s.login === 'hr')?.id ?? ''
    const branch = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const holder = [...world.state.all('staff')].find((s) => s.roleIds.includes(branch?.id ?? ''))
    const delegate = (await world.as(holder?.login ?? '')).client
    const { id: outside } = await made()
    expect(await invite(delegate, outside)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await endSessions(delegate, outside)).toMatchObject({ code: 'NOT_FOUND' })
    const departmentId = branch?.abilities[0]?.departmentId ?? ''
    const { id: within } = await made({ memberships: [{ departmentId }] })
    expect(await invite(delegate, within)).toMatchObject({ __typename: 'Invitation' })
    // Somebody of the branch who may do more than the delegate.
    const administrator = [...world.state.all('role')].find((r) => r.name === 'Administrator')?.id ?? ''
    await world.hr.edit('setStaffRoles', { id: within, roleIds: [administrator] })
    expect(await invite(delegate, within)).toMatchObject({ code: 'NOT_PERMITTED' })
    expect(await endSessions(delegate, within)).toMatchObject({ code: 'NOT_PERMITTED' })
    const nobody = await world.server.login('staff', 'dolores')
    expect(await invite(nobody, admins)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a password', () => {
  it('[T49] is changed by whoever knows it; all other sessions end, and this one goes on', async () => {
    const { login, client } = await settled()
    const other = world.server.client()
    await other.login(login, 'correct horse battery')
    expect(await change(client, 'correct horse battery', 'a brand new one')).toMatchObject({
      __typename: 'PasswordChanged',
    })
    await expect.poll(() => isEnded(other)).toBe(true)
    expect(await isEnded(client)).toBe(false)
    expect(await world.server.client().tryLogin(login, 'correct horse battery')).toMatchObject({
      code: 'INVALID_CREDENTIALS',
    })
    await world.server.client().login(login, 'a brand new one')
  })

  it('[T90] [T91] is not changed by whoever does not, and guessing is slowed down as at the sign-in', async () => {
    const { client } = await settled()
    const codes: (string | undefined)[] = []
    for (let i = 0; i < 12; i++) codes.push((await change(client, `guess ${i}`, 'a brand new one')).code)
    expect(codes[0]).toBe('INVALID_CREDENTIALS')
    expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS')
  })

  it('[T61] an empty one, one with NUL and one that is too long never reach the directory', async () => {
    const { client } = await settled()
    for (const next of ['', 'with a \0 in it', 'short'])
      expect(['PASSWORD_REFUSED', 'BAD_USER_INPUT']).toContain(
        await change(client, 'correct horse battery', next).then(
          (o) => o.code,
          (e: Error) => JSON.parse(e.message)[0].extensions.code as string,
        ),
      )
  })

  it('are not what others would try first: common ones, and names of the person or the company', async () => {
    const { client, login } = await settled()
    const company = world.state.get('department', world.places.company)?.name ?? ''
    for (const next of [
      'password',
      '12345678',
      'qwertyuiop',
      'P@ssw0rd1',
      `${login}1`,
      `${company}1`,
      'dolores2026',
    ]) {
      const refused = await change(client, 'correct horse battery', next)
      expect([next, refused.code, refused.message]).toEqual([
        next,
        'PASSWORD_REFUSED',
        expect.stringMatching(/too easily|at least 8/),
      ])
    }
    // An invitation that was refused so can be used again.
    const { id } = await made()
    const { token = '' } = await invite(world.hr.client, id)
    expect(await accept(token, 'password1')).toMatchObject({ code: 'PASSWORD_REFUSED' })
    expect(await accept(token, 'correct horse battery')).toMatchObject({ __typename: 'Session' })
  })

  it('is judged by the policy of the directory, whose words are passed on (RFC 3062)', async () => {
    const { client } = await settled()
    const policy = `cn=default,ou=policies,${TEST_BASE}`
    await world.server.slapd.ldapmodify(
      `dn: ${policy}\nchangetype: modify\nreplace: pwdMinLength\npwdMinLength: 20\n-\nreplace: pwdCheckQuality\npwdCheckQuality: 2\n-\nreplace: pwdInHistory\npwdInHistory: 3\n`,
    )
    const refused = await change(client, 'correct horse battery', 'twelve chars')
    expect(refused).toMatchObject({ code: 'PASSWORD_REFUSED' })
    expect(refused.message).toMatch(/quality|short|length/i)
    expect(refused).toMatchObject({ fault: 'DIRECTORY' })
    const again = await change(client, 'correct horse battery', 'correct horse battery')
    expect(again).toMatchObject({ code: 'PASSWORD_REFUSED', fault: 'USED_BEFORE' })
    expect(await change(client, 'correct horse battery', 'long enough for this policy')).toMatchObject({
      __typename: 'PasswordChanged',
    })
  })
})

describe('sessions of others', () => {
  it('are listed for whoever administers the account, and ended one by one or all', async () => {
    const { id, login, client } = await settled()
    const second = world.server.client()
    await second.login(login, 'correct horse battery')
    const listed = await world.hr.administered(
      'staff(id: $id) { sessions { id address userAgent isCurrent } }',
      {
        id,
      },
    )
    const { sessions } = listed['staff'] as { sessions: { id: string; isCurrent: boolean }[] }
    expect(sessions.length).toBeGreaterThanOrEqual(2)
    expect(sessions.every((s) => !s.isCurrent)).toBe(true)
    const outcome = await call(world.hr.client, 'endSessions', '... on SessionsEnded { count }', {
      id,
      sessionId: sessions[0]?.id,
    })
    expect(outcome).toMatchObject({ count: 1 })
    await expect.poll(() => isEnded(second)).toBe(true)
    expect(await endSessions(world.hr.client, id)).toMatchObject({ count: sessions.length - 1 })
    await expect.poll(() => isEnded(client)).toBe(true)
  })

  it('[7] are ended once with one key: whoever signs in afterwards stays signed in', async () => {
    const { id, login, client } = await settled()
    const first = await endSessions(world.hr.client, id, 'ended once')
    await expect.poll(() => isEnded(client)).toBe(true)
    await client.login(login, 'correct horse battery')
    expect(await endSessions(world.hr.client, id, 'ended once')).toEqual(first)
    expect(await isEnded(client)).toBe(false)
    expect(await endSessions(world.hr.client, id)).toMatchObject({ count: 1 })
    await expect.poll(() => isEnded(client)).toBe(true)
  })

  it('[T49] end when the account is disabled or put into the trash', async () => {
    for (const end of [
      (id: string) => world.hr.edit('updateStaff', { id, isDisabled: true }),
      (id: string) => world.hr.edit('deleteStaff', { id }),
    ]) {
      const { id, client } = await settled()
      const socket = await client.socket()
      const closed = socket.closed
      expect(await end(id)).toMatchObject({ __typename: 'StaffEdited' })
      await expect.poll(() => isEnded(client)).toBe(true)
      expect((await closed).code).toBe(4401)
    }
  })
})

describe('a leave date', () => {
  const TODAY = new Intl.DateTimeFormat('sv-SE').format(Date.now())
  it('[T49] disables the account on that day and ends its sessions; a later one changes nothing yet', async () => {
    const leaver = await settled()
    const later = await settled()
    await world.hr.edit('updateStaff', { id: later.id, leaveDate: '9999-12-31' })
    await world.hr.edit('updateStaff', { id: leaver.id, leaveDate: TODAY })
    await world.server.until(() => world.state.get('staff', leaver.id)?.status === 'DISABLED')
    await expect.poll(() => isEnded(leaver.client)).toBe(true)
    expect(world.state.get('staff', later.id)?.status).toBe('ACTIVE')
    expect(await isEnded(later.client)).toBe(false)
    expect(await world.server.slapd.ldapsearch(`(uid=${leaver.login})`, 'dlrDisabled')).toContain(
      'dlrDisabled: TRUE',
    )
  })

  it('that has come is taken away, or set later, with enabling', async () => {
    const { id } = await made({ leaveDate: '2020-01-01' })
    await world.server.until(() => world.state.get('staff', id)?.status === 'DISABLED')
    expect(await world.hr.edit('updateStaff', { id, isDisabled: false })).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'leaveDate' }],
    })
    expect(await world.hr.edit('updateStaff', { id, isDisabled: false, leaveDate: null })).toMatchObject({
      staff: { id, status: 'ACTIVE' },
    })
  })
})
