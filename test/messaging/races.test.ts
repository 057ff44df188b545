import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareText } from '../../src/model/canonical.ts'
import { startMessagingWorld, type MessagingWorld, type Speaker } from './world.ts'

let world: MessagingWorld
let hr: Speaker
let staff: Speaker
let third: Speaker
beforeAll(async () => {
  world = await startMessagingWorld()
  hr = await world.speaker('hr')
  staff = await world.speaker('staff')
  third = await world.speaker(world.otherLogin())
}, 120_000)
afterAll(() => world?.close())

const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

/** What is asked while nobody can change the conversation: each is as far as it comes before the next one begins. */
async function atOnce<T>(id: string, ...work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const client = new pg.Client({ connectionString: world.server.database.url })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT FROM conversation WHERE id = $1 FOR UPDATE', [id])
    const answers: Promise<T>[] = []
    for (const ask of work) {
      answers.push(ask())
      await expect.poll(async () => (await client.query(WAITING)).rowCount).toBe(answers.length)
    }
    await client.query('COMMIT')
    return await Promise.all(answers)
  } finally {
    await client.end()
  }
}

const notices = async (who: Speaker, id: string) =>
  (await who.messages(id))?.flatMap(({ notice, kind }) => (kind === 'NOTICE' ? [notice] : []))

describe('what two people do to a group at once is done one after the other, by the rights of that moment', () => {
  it('a group is never owned by somebody who has left', async () => {
    const { id } = await hr.group('Handed over', staff, third)
    const [, left] = await atOnce<object>(
      id,
      () => hr.update({ id, ownerId: staff.id }),
      () => staff.leave(id),
    )
    expect(left).toMatchObject({ code: 'OWNER_STAYS' })
    const [gone, owns] = await atOnce<object>(
      id,
      () => third.leave(id),
      () => staff.update({ id, ownerId: third.id }),
    )
    expect(gone).toMatchObject({ __typename: 'ConversationLeft' })
    expect(owns).toMatchObject({ code: 'NOT_FOUND', path: 'ownerId' })
    expect(await hr.conversation(id)).toMatchObject({ ownerId: staff.id })
  })

  it('whoever was removed changes nothing any more, and brings nobody in', async () => {
    const { id } = await hr.group('Removed', staff)
    const answers = await atOnce<object>(
      id,
      () => hr.update({ id, removeStaffIds: [staff.id] }),
      () => staff.update({ id, name: 'Mine' }),
      () => staff.update({ id, addStaffIds: [third.id] }),
      () => staff.trySay(id, 'still here'),
    )
    for (const answer of answers.slice(1)) expect(answer).toMatchObject({ code: 'NOT_FOUND' })
    expect(await notices(hr, id)).toEqual(['CREATED', 'REMOVED'])
    expect(await hr.conversation(id)).toMatchObject({ name: 'Removed', memberIds: [hr.id] })
  })

  it('what two ask for is done and told once', async () => {
    const { id } = await hr.group('Twice', staff)
    await atOnce<object>(
      id,
      () => hr.update({ id, addStaffIds: [third.id] }),
      () => staff.update({ id, addStaffIds: [third.id] }),
      () => hr.update({ id, removeStaffIds: [staff.id] }),
      () => hr.update({ id, removeStaffIds: [staff.id] }),
    )
    expect(await notices(hr, id)).toEqual(['CREATED', 'ADDED', 'REMOVED'])
  })

  it('a change that is refused in part is not made in part', async () => {
    const { id } = await hr.group('Whole', staff)
    const [, refused] = await atOnce<object>(
      id,
      () => staff.leave(id),
      () => hr.update({ id, name: 'Renamed', ownerId: staff.id }),
    )
    expect(refused).toMatchObject({ code: 'NOT_FOUND', path: 'ownerId' })
    expect(await hr.conversation(id)).toMatchObject({ name: 'Whole', ownerId: hr.id })
  })

  it('a message that is taken back twice at once is one event', async () => {
    const { id } = await hr.group('Taken back', staff)
    const { id: messageId } = await hr.say(id, 'oops')
    const [one, two] = await atOnce<object>(
      id,
      () => hr.recall(id, messageId),
      () => hr.recall(id, messageId),
    )
    expect(one).toEqual(two)
    expect((await hr.conversation(id))?.head).toBe((await hr.messages(id))?.at(-1)?.event)
  })

  it('[7] a message whose answer was lost is answered again, whatever has become of what it speaks of', async () => {
    const { id } = await hr.group('Again', staff, third)
    const quoted = await staff.say(id, 'quoted')
    const more = { quotedId: quoted.id, mentionIds: [third.id], idempotencyKey: crypto.randomUUID() }
    const sent = await hr.say(id, 'written down', more)
    await staff.recall(id, quoted.id)
    await hr.update({ id, removeStaffIds: [third.id] })
    expect(await hr.say(id, 'written down', more)).toEqual(sent)
    expect(await hr.trySay(id, 'other words', more)).toMatchObject({ code: 'KEY_REUSED' })
  })
})

it('whatever three people do at once: each notice was right at its place, and all of them together make the group', async () => {
  const people = [hr, staff, third]
  const { id } = await hr.group('Hammered', staff)
  const numbers = fc.sample(fc.nat(1000), { numRuns: 150, seed: 11 })
  await Promise.all(
    numbers.map(async (n): Promise<unknown> => {
      const [who, other] = [people[n % 3]!, people[(n >> 2) % 3]!]
      switch (n % 7) {
        case 0:
          return await who.update({ id, addStaffIds: people.filter((p) => p !== who).map((p) => p.id) })
        case 1:
          return await who.update({ id, removeStaffIds: [other.id], name: `Removed ${n}` })
        case 2:
          return await who.update({
            id,
            ownerId: other.id,
            addStaffIds: [other.id].filter((it) => it !== who.id),
          })
        case 3:
          return await who.leave(id)
        case 4:
          return await who.mark({ id, readSeq: n, isPinned: n % 2 === 0 })
        case 5:
          return await who.open(other === who ? people[(n + 1) % 3]!.id : other.id)
        default: {
          const sent = await who.trySay(id, `line ${n}`)
          return 'sent' in sent ? await who.recall(id, sent.sent.id) : sent
        }
      }
    }),
  )
  const rows = await world.server.database.sql<Row>(
    'SELECT seq, event, sender_id, body FROM message WHERE conversation_id = $1 ORDER BY seq',
    [id],
  )
  const members = new Set([hr.id, staff.id])
  let [ownerId, name] = [hr.id, 'Hammered']
  for (const { sender_id, body } of rows.slice(1)) {
    expect(members, JSON.stringify(body)).toContain(sender_id)
    const named = body.staffIds ?? []
    if (body.action === 'REMOVED' || body.action === 'OWNER') expect(sender_id).toBe(ownerId)
    for (const one of named) expect(members.has(one), body.action).toBe(body.action !== 'ADDED')
    if (body.action === 'ADDED') for (const one of named) members.add(one)
    if (body.action === 'REMOVED' || body.action === 'LEFT') for (const one of named) members.delete(one)
    if (body.action === 'OWNER') ownerId = named[0] ?? ''
    if (body.action === 'RENAMED') name = body.name ?? ''
  }
  const [group] = await world.server.database.sql<{
    owner_id: string
    name: string
    head: number
    members: string[]
  }>(
    `SELECT owner_id, name, head, ARRAY(SELECT staff_id::text FROM conversation_member WHERE conversation_id = c.id) AS members
     FROM conversation c WHERE id = $1`,
    [id],
  )
  expect(group).toMatchObject({ owner_id: ownerId, name, head: Math.max(...rows.map(({ event }) => event)) })
  expect(group?.members.toSorted(compareText)).toEqual([...members].sort(compareText))
  if (members.size > 0) expect(members).toContain(ownerId)
})

interface Row {
  readonly seq: number
  readonly event: number
  readonly sender_id: string
  readonly body: { readonly action?: string; readonly staffIds?: string[]; readonly name?: string }
}

it('[T37] whoever is no member waits for nobody: how long it takes tells nothing of a group', async () => {
  const { id } = await hr.group('Busy', staff)
  const client = new pg.Client({ connectionString: world.server.database.url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM conversation WHERE id = $1 FOR UPDATE', [id])
  for (const answer of [await third.update({ id, name: 'Mine' }), await third.leave(id)])
    expect(answer).toMatchObject({ code: 'NOT_FOUND' })
  await client.end()
})

it('says which of those that were named is not found', async () => {
  const { id } = await hr.group('Places', staff)
  const nobody = '00000000-0000-4000-8000-000000000000'
  expect(await hr.tryGroup({ name: 'x', staffIds: [staff.id, third.id, nobody] })).toMatchObject({
    path: 'staffIds.2',
  })
  expect(await hr.update({ id, addStaffIds: [staff.id, nobody] })).toMatchObject({ path: 'addStaffIds.1' })
  expect(await hr.trySay(id, 'x', { mentionIds: [staff.id, staff.id, nobody] })).toMatchObject({
    path: 'mentionIds.2',
  })
  expect(await hr.trySay(nobody, 'x')).toMatchObject({ path: 'conversationId' })
})
