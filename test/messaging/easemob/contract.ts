import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { RawEasemob, type Target } from './target.ts'

/** How an error looks, whatever else stands in it. */
const refused = (status: number, error: string, words?: string) => ({
  status,
  body: expect.objectContaining({
    error,
    error_description: words === undefined ? expect.any(String) : expect.stringContaining(words),
    exception: expect.any(String),
    timestamp: expect.any(Number),
  }),
})
const done = (body: object) => ({ status: 200, body: expect.objectContaining(body) })
const groupIdSchema = z.object({ data: z.object({ groupid: z.string() }) })

/**
 * What we build upon, row by row as design/easemob.md has it. It is held against the emulator in every run, so that the
 * emulator is what the design says, and against a real AppKey where there is one, so that the design is what Easemob does.
 * What it makes it deletes again; it needs eight accounts.
 */
export function contract(of: () => Target): void {
  const run = `c${randomBytes(5).toString('hex')}`
  const [ann, bob, cid, dan, eve] = ['a', 'b', 'c', 'd', 'e'].map((name) => `${run}_${name}`)
  const nobody = `${run}_nobody`
  const raw = () => (asker ??= new RawEasemob(of()))
  let asker: RawEasemob | undefined
  const groups = new Set<string>()
  const password = () => randomBytes(24).toString('base64url')

  const ask: RawEasemob['ask'] = (method, path, o) => raw().ask(method, path, o)
  const newGroup = async (members: readonly (string | undefined)[] = []) => {
    const json = { groupname: run, description: run, public: false, owner: ann, members, maxusers: 50 }
    const { groupid } = groupIdSchema.parse((await ask('POST', '/chatgroups', { json })).body).data
    groups.add(groupid)
    return groupid
  }

  afterAll(async () => {
    for (const id of groups) await ask('DELETE', `/chatgroups/${id}`)
    for (const name of [ann, bob, cid, dan, eve, `${run}_t`]) await ask('DELETE', `/users/${name}`)
  })

  describe('accounts', () => {
    it('one is registered once, several partly', async () => {
      const one = { username: ann, password: password() }
      const entity = expect.objectContaining({ username: ann, activated: true, type: 'user' })
      expect(await ask('POST', '/users', { json: one })).toEqual(done({ entities: [entity] }))
      expect(await ask('POST', '/users', { json: one })).toEqual(
        refused(400, 'duplicate_unique_property_exists', 'unique'),
      )
      const json = [ann, bob, cid, dan].map((username) => ({ username, password: password() }))
      const { status, body } = await ask('POST', '/users', { json })
      expect(status).toBe(200)
      const names = z.array(z.object({ username: z.string() })).parse(body['entities'])
      expect(names.map(({ username }) => username).toSorted()).toEqual([bob, cid, dan])
      expect(body['data']).toEqual([
        { username: ann, registerUserFailReason: expect.stringContaining('already exists') },
      ])
    })

    it('what cannot be registered is refused', async () => {
      expect(await ask('POST', '/users', { json: { username: 'no good!', password: password() } })).toEqual(
        refused(400, 'illegal_argument', 'not legal'),
      )
      expect(await ask('POST', '/users', { json: { username: nobody } })).toEqual(
        refused(400, 'illegal_argument', 'password'),
      )
      const json = Array.from({ length: 61 }, (_, i) => ({ username: `${nobody}${i}`, password: password() }))
      expect(await ask('POST', '/users', { json })).toEqual(refused(400, 'illegal_argument', '60'))
    })

    it('they are found, and listed page by page', async () => {
      expect(await ask('GET', `/users/${ann}`)).toEqual(
        done({ entities: [expect.objectContaining({ username: ann })] }),
      )
      expect(await ask('GET', `/users/${nobody}`)).toEqual(refused(404, 'service_resource_not_found'))
      expect(await ask('GET', '/users?limit=2')).toEqual(
        done({ count: 2, cursor: expect.any(String), entities: [expect.anything(), expect.anything()] }),
      )
    })

    it('one is disabled and enabled, and its connections are ended', async () => {
      expect(await ask('POST', `/users/${dan}/deactivate`)).toEqual(
        done({ entities: [expect.objectContaining({ username: dan, activated: false })] }),
      )
      const json = { grant_type: 'inherit', username: dan, autoCreateUser: true, ttl: 600 }
      expect((await ask('POST', '/token', { json })).status).toBe(400)
      expect((await ask('POST', `/users/${dan}/activate`)).status).toBe(200)
      expect((await ask('POST', '/token', { json })).status).toBe(200)
      expect(await ask('GET', `/users/${dan}/disconnect`)).toEqual(done({ data: { result: true } }))
    })

    it('attributes are put as a form, read one by one or many at once, and deleted though there are none', async () => {
      const form = { nickname: 'Ann 安', avatarurl: 'https://example.com/a?b=c&d=e' }
      expect(await ask('PUT', `/metadata/user/${ann}`, { form })).toEqual(done({ data: form }))
      expect(await ask('GET', `/metadata/user/${ann}`)).toEqual(done({ data: form }))
      const json = { targets: [ann, bob], properties: ['nickname'] }
      const { body } = await ask('POST', '/metadata/user/get', { json })
      expect(body['data']).toMatchObject({ [String(ann)]: { nickname: form.nickname } })
      for (const _ of [1, 2])
        expect(await ask('DELETE', `/metadata/user/${ann}`)).toEqual(done({ data: true }))
    })

    it('people are blocked, listed and taken off the list', async () => {
      const path = `/users/${ann}/blocks/users`
      expect(await ask('POST', path, { json: { usernames: [bob] } })).toEqual(done({ data: [bob] }))
      expect(await ask('GET', `${path}?pageSize=50`)).toEqual(done({ data: [bob] }))
      expect((await ask('DELETE', `${path}/${bob}`)).status).toBe(200)
      expect(await ask('GET', `${path}?pageSize=50`)).toEqual(done({ data: [] }))
    })
  })

  describe('tokens', () => {
    it('the app and its users get tokens, a new user by the first one', async () => {
      const { clientId, clientSecret } = of()
      const json = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        ttl: 600,
      }
      expect(await ask('POST', '/token', { json, authorization: null })).toEqual(
        done({
          access_token: expect.any(String),
          expires_in: expect.any(Number),
          application: expect.any(String),
        }),
      )
      const inherit = { grant_type: 'inherit', username: `${run}_t`, autoCreateUser: true, ttl: 600 }
      expect(await ask('POST', '/token', { json: inherit })).toEqual(
        done({
          access_token: expect.any(String),
          expires_in: 600,
          user: expect.objectContaining({ username: `${run}_t` }),
        }),
      )
      const strict = { ...inherit, username: nobody, autoCreateUser: false }
      expect((await ask('POST', '/token', { json: strict })).status).toBe(404)
    })

    it('[T104] 401 says what is wrong with a token', async () => {
      const wrong = {
        grant_type: 'client_credentials',
        client_id: of().clientId,
        client_secret: 'wrong',
        ttl: 600,
      }
      expect((await ask('POST', '/token', { json: wrong, authorization: null })).status).toBe(401)
      const path = `/users/${ann}`
      expect(await ask('GET', path, { authorization: null })).toEqual(refused(401, 'unauthorized'))
      expect(await ask('GET', path, { authorization: 'Bearer nonsense' })).toEqual(
        refused(401, 'auth_bad_access_token'),
      )
      const json = { grant_type: 'inherit', username: ann, autoCreateUser: true, ttl: 600 }
      const user = z.string().parse((await ask('POST', '/token', { json })).body['access_token'])
      // What a user may is not what the app may.
      expect((await ask('GET', path, { authorization: `Bearer ${user}` })).status).toBe(401)
    })

    it('another app is not there', async () => {
      const authorization = `Bearer ${await raw().token()}`
      const given = await raw().askAt(`${of().url}/dolores/no-such-app/users/${ann}`, 'GET', {
        authorization,
      })
      expect(given).toEqual(refused(404, 'organization_application_not_found'))
    })
  })

  describe('groups', () => {
    it('one is made of what it must have', async () => {
      const json = { groupname: run, description: run, owner: ann, members: [] }
      expect(await ask('POST', '/chatgroups', { json })).toEqual(refused(400, 'invalid_parameter', 'public'))
      expect(await ask('POST', '/chatgroups', { json: { ...json, public: false, owner: nobody } })).toEqual(
        refused(404, 'resource_not_found', 'exist'),
      )
      const id = await newGroup([bob])
      const { status, body } = await ask('GET', `/chatgroups/${id}`)
      expect(status).toBe(200)
      expect(body['data']).toMatchObject([
        { id, name: run, owner: ann, affiliations_count: 2, public: false },
      ])
      expect(await ask('GET', '/chatgroups/1')).toEqual(refused(404, 'resource_not_found'))
    })

    it('it is changed, also its owner, field by field', async () => {
      const path = `/chatgroups/${await newGroup([bob])}`
      const change = (json: object) => ask('PUT', path, { json })
      expect(await change({ groupname: 'new', custom: '{"dolores":"k"}' })).toEqual(
        done({ data: { groupname: true, custom: true } }),
      )
      expect(await change({ groupid: '1' })).toEqual(refused(400, 'invalid_parameter', 'not valid fields'))
      expect(await change({ newowner: ann })).toEqual(refused(403, 'forbidden_op', 'are the same'))
      expect(await change({ newowner: cid })).toEqual(refused(403, 'forbidden_op', "doesn't exist in group"))
      expect(await change({ newowner: bob })).toEqual(done({ data: { newowner: true } }))
      const { body } = await ask('GET', path)
      expect(body['data']).toMatchObject([{ name: 'new', owner: bob, custom: '{"dolores":"k"}' }])
    })

    it('they are listed with the app in the name of the owner, and by who is in', async () => {
      const id = await newGroup([bob])
      const { body } = await ask('GET', '/chatgroups?limit=1')
      expect(body).toMatchObject({
        data: [{ groupid: id, owner: `${of().appKey}_${ann}` }],
        cursor: expect.any(String),
      })
      const joined = await ask('GET', `/chatgroups/user/${bob}?pagesize=20&pagenum=0`)
      expect(joined.body['entities']).toEqual(
        expect.arrayContaining([expect.objectContaining({ groupId: id, name: run })]),
      )
    })

    it('members are added: those who are new, unless none is or one is unknown', async () => {
      const path = `/chatgroups/${await newGroup([bob])}/users`
      const add = (...usernames: unknown[]) =>
        ask('POST', `${path}?need_notify=false`, { json: { usernames } })
      expect(await add(bob, cid)).toEqual(
        done({ data: expect.objectContaining({ newmembers: [cid], action: 'add_member' }) }),
      )
      expect(await add(bob, cid)).toEqual(refused(403, 'forbidden_op', 'already in group'))
      expect(await add(dan, nobody)).toEqual(refused(404, 'resource_not_found'))
      expect(await add(...Array.from({ length: 61 }, (_, i) => `${nobody}${i}`))).toEqual(
        refused(403, 'exceed_limit'),
      )
      const { body } = await ask('GET', `${path}?pagenum=1&pagesize=10`)
      expect(body['data']).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ owner: ann }),
          expect.objectContaining({ member: bob }),
          expect.objectContaining({ member: cid }),
        ]),
      )
    })

    it('members are removed, several at once, but never the owner', async () => {
      const path = `/chatgroups/${await newGroup([bob, cid])}/users`
      const { status, body } = await ask('DELETE', `${path}/${bob},${cid}`)
      expect(status).toBe(200)
      expect(body['data']).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ result: true, user: bob }),
          expect.objectContaining({ result: true, user: cid }),
        ]),
      )
      expect(await ask('DELETE', `${path}/${bob},${cid}`)).toEqual(
        refused(403, 'forbidden_op', 'are not members'),
      )
      expect(await ask('DELETE', `${path}/${ann},${bob}`)).toEqual(refused(403, 'forbidden_op', 'owner'))
    })

    it('one is deleted, and then it is gone', async () => {
      const id = await newGroup()
      expect(await ask('DELETE', `/chatgroups/${id}`)).toEqual(
        done({ data: expect.objectContaining({ success: true, groupid: id }) }),
      )
      expect((await ask('DELETE', `/chatgroups/${id}`)).status).toBe(404)
    })
  })

  describe('messages', () => {
    const text = (to: unknown[], more: object = {}) => ({
      from: ann,
      to,
      type: 'txt',
      body: { msg: 'hi' },
      ...more,
    })
    const id = expect.stringMatching(/^\d{15,20}$/)

    it('each receiver gets one with an id, whether they exist or not', async () => {
      expect(await ask('POST', '/messages/users', { json: text([bob, nobody]) })).toEqual(
        done({ data: { [String(bob)]: id, [nobody]: id } }),
      )
      const group = await newGroup()
      expect(await ask('POST', '/messages/chatgroups', { json: text([group]) })).toEqual(
        done({ data: { [group]: id } }),
      )
    })

    it('what cannot be sent is refused', async () => {
      const send = (json: object) => ask('POST', '/messages/users', { json })
      expect(await send(text([bob], { from: '' }))).toEqual(refused(400, 'message_send_error', 'from'))
      expect(await send(text([bob], { ext: null }))).toEqual(refused(400, 'message_send_error', 'ext'))
      expect(await send(text([bob], { body: { msg: 'x'.repeat(6000) } }))).toEqual(
        refused(400, 'message_send_error', 'too large'),
      )
      expect((await send(text(Array.from({ length: 601 }, (_, i) => `${nobody}${i}`)))).status).toBe(400)
      expect((await ask('POST', '/messages/chatgroups', { json: text(['1', '2', '3', '4']) })).status).toBe(
        400,
      )
    })

    it('one is taken back once', async () => {
      const { body } = await ask('POST', '/messages/users', { json: text([bob]) })
      const sent = z.object({ data: z.record(z.string(), z.string()) }).parse(body)
      const msgId = sent.data[String(bob)]
      const json = { msg_id: msgId, from: ann, to: bob, chat_type: 'chat', force: true }
      expect(
        (await ask('POST', '/messages/msg_recall', { json: { ...json, force: undefined } })).status,
      ).toBe(400)
      expect(await ask('POST', '/messages/msg_recall', { json })).toEqual(
        done({ data: expect.objectContaining({ recalled: 'yes', msg_id: msgId }) }),
      )
      const unknown = { ...json, msg_id: '1' }
      expect(await ask('POST', '/messages/msg_recall', { json: unknown })).toMatchObject({ status: 403 })
    })

    it('there is no file of an hour long ago', async () => {
      expect(await ask('GET', '/chatmessages/2020010100')).toEqual(refused(400, 'illegal_argument'))
    })
  })

  it('an account that is deleted is gone, with the groups that it owns', async () => {
    expect((await ask('POST', '/users', { json: { username: eve, password: password() } })).status).toBe(200)
    const json = { groupname: run, description: run, public: false, owner: eve, members: [] }
    const { groupid } = groupIdSchema.parse((await ask('POST', '/chatgroups', { json })).body).data
    expect(await ask('DELETE', `/users/${eve}`)).toEqual(
      done({ entities: [expect.objectContaining({ username: eve })] }),
    )
    expect((await ask('DELETE', `/users/${eve}`)).status).toBe(404)
    expect((await ask('GET', `/chatgroups/${groupid}`)).status).toBe(404)
  })
}
