import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  MessagePlaceDocument,
  SearchMessagesDocument,
  type SearchMessagesQuery,
  type SearchMessagesQueryVariables,
} from '../../web/generated/graphql.ts'
import { compareText } from '../../src/model/canonical.ts'
import { startMessagingWorld, type MessagingWorld, type Speaker } from './world.ts'

let world: MessagingWorld
let hr: Speaker
let staff: Speaker
let third: Speaker
let room: string
beforeAll(async () => {
  world = await startMessagingWorld()
  hr = await world.speaker('hr')
  staff = await world.speaker('staff')
  third = await world.speaker(world.otherLogin())
  room = (await hr.group('Search', staff)).id
}, 120_000)
afterAll(() => world?.close())

async function found(who: Speaker, query: string, more: object = {}): Promise<(string | null)[]> {
  const { searchMessages } = await who.ask(SearchMessagesDocument, { query, first: 100, ...more })
  return searchMessages.map(({ text }) => text)
}

describe('what was said is found', () => {
  it.each([
    ['明天下午三点开会', ['明天', '下午三点', '会', '点开'], ['下点', '后天', '会开']],
    [
      '请看 README 和 v2.10 的说明',
      ['readme', 'READ', 'v2', '10', '说明', '看 readme'],
      ['adme', '明说', 'readme x'],
    ],
    ['Meet José at ＡＢＣ１２３ tomorrow', ['josé', 'abc', 'tom', 'at meet'], ['eet', 'abd']],
    ['全角／半角，标点。不算', ['全角', '标点', '半角 不算'], ['角标']],
    ['ひらがなとカタカナ', ['らが', 'カタカナ'], ['なカ']],
  ])('%s', async (text, queries: readonly string[], others: readonly string[]) => {
    await staff.say(room, text)
    for (const query of queries) expect(await found(hr, query), query).toContain(text)
    for (const query of others) expect(await found(hr, query), query).not.toContain(text)
  })

  it('whatever is asked: every piece of a Chinese text finds it, and nothing that holds it not', async () => {
    const han = fc.string({ unit: fc.constantFrom('中', '文', '人', '国', '会'), minLength: 1, maxLength: 8 })
    const texts = fc.sample(han, { numRuns: 40, seed: 7 })
    const { id } = await hr.group('Random', staff)
    await Promise.all(texts.map((text) => hr.say(id, text)))
    await fc.assert(
      fc.asyncProperty(han, async (query) => {
        const holding = texts.filter((text) => text.includes(query))
        const hits = (await found(staff, query, { conversationId: id })).map(String)
        expect(hits.sort(compareText)).toEqual(holding.sort(compareText))
      }),
      { numRuns: 60 },
    )
  })

  it('[T27] takes any characters for what they are', async () => {
    for (const query of [`'`, `a' | 'b`, '%', '_', `\\`, '中%国', ':*', '!', `$1`, '((', '🙂'])
      await expect(found(hr, query), query).resolves.toEqual(expect.any(Array))
    expect(await found(hr, '%')).toEqual([])
  })

  it('page by page, the newest first', async () => {
    const { id } = await hr.group('Pages', staff)
    for (let n = 0; n < 7; n++) await hr.say(id, `报告 ${n}`)
    const seen: (string | null)[] = []
    for (let beforeId: string | null = null; ;) {
      const variables: SearchMessagesQueryVariables = {
        query: '报告',
        first: 3,
        conversationId: id,
        beforeId,
      }
      const { searchMessages }: SearchMessagesQuery = await staff.ask(SearchMessagesDocument, variables)
      seen.push(...searchMessages.map(({ text }) => text))
      beforeId = searchMessages.at(-1)?.id ?? null
      if (searchMessages.length < 3) break
    }
    expect(seen).toEqual(Array.from({ length: 7 }, (_, n) => `报告 ${6 - n}`))
  })
})

it('[V9] only what is the caller’s: not of others, not from before they came, not what was taken back', async () => {
  const { id } = await hr.group('Hidden', staff)
  await hr.say(id, '暗号一')
  await hr.update({ id, addStaffIds: [third.id] })
  await hr.say(id, '暗号二')
  const { id: taken } = await hr.say(id, '暗号三')
  await hr.recall(id, taken)
  expect(await found(hr, '暗号')).toEqual(['暗号二', '暗号一'])
  expect(await found(third, '暗号')).toEqual(['暗号二'])
  const outside = await world.speaker('guest')
  expect(await found(outside, '暗号')).toEqual([])
  expect(await found(outside, '暗号', { conversationId: id })).toEqual([])
  await hr.update({ id, removeStaffIds: [third.id] })
  expect(await found(third, '暗号')).toEqual([])
})

it('jumps to a day: the first message at or after a time', async () => {
  const { id } = await hr.group('Days', staff)
  const [first, second] = [await hr.say(id, 'old'), await hr.say(id, 'new')]
  await world.server.database.sql(`UPDATE message SET sent_at = '2026-01-02T10:00:00Z' WHERE id = $1`, [
    first.id,
  ])
  await world.server.database.sql(
    `UPDATE message SET sent_at = '2026-01-01T00:00:00Z' WHERE conversation_id = $1 AND seq = 1`,
    [id],
  )
  const place = async (at: string) =>
    (await staff.ask(MessagePlaceDocument, { id, at })).conversation?.placeAt
  expect(await place('2026-01-02T00:00:00Z')).toBe(first.seq)
  expect(await place('2026-01-02T10:00:01Z')).toBe(second.seq)
  expect(await place('2100-01-01T00:00:00Z')).toBeNull()
})
