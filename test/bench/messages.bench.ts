import { randomUUID } from 'node:crypto'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import type { Conversation } from '../../src/messaging/conversation.ts'
import { gramsOf, questionOf } from '../../src/messaging/grams.ts'
import { ConversationStore } from '../../src/messaging/store.ts'
import { median, quantile, type Bench, type Figure } from './figures.ts'
import { startDatabase } from './world.ts'

const PEOPLE = 1000
const CONVERSATIONS = 2000
const BATCH = 5000
/** Texts are made of these, so that some words are frequent and others are not. */
const WORDS =
  '会议 报告 明天 下午 客户 项目 进度 预算 合同 发票 上海 北京 收到 谢谢 请看 附件 已经 完成 问题 安排'.split(
    ' ',
  )
const PAGE = 50

/**
 * Issue 7, items 3 and 10: a million messages, paged and searched. Pages are as fast wherever they stand.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const count = isSmall ? 20_000 : 1_000_000
  const rounds = isSmall ? 20 : 200
  const database = await startDatabase()
  const db = await openDatabase(database.url)
  const store = new ConversationStore(db)
  const people = Array.from({ length: PEOPLE }, () => randomUUID())
  const ids = await fill(db, people, count, say)
  const me = people[0] ?? ''
  const largest = await store.one(me, ids[0] ?? '')
  if (!largest) throw new Error('the first conversation is theirs')

  const page = (seq: number) => store.before(largest, seq, PAGE)
  const newest = await times(rounds, () => page(2 ** 31 - 1))
  const middle = await times(rounds, (n) => page(Math.floor(largest.head / 2) + n))
  const oldest = await times(rounds, (n) => page(PAGE + n))
  const list = await times(rounds, () => store.all(me, 1000))
  const sends = await times(rounds, (n) => sent(store, largest, me, `收到 ${n}`))
  const plain = await times(rounds, () => db.run(BARE, [randomUUID()]))
  const search = (text: string) =>
    times(rounds, async () => {
      const question = questionOf(text)
      if (question) await store.search(me, question, { conversationId: null, beforeId: null, limit: 20 })
    })
  const [frequent, pair, rare, none] = [
    await search('会议'),
    await search('客户 合同'),
    await search('工单九九'),
    await search('从未说过'),
  ]
  await db.close()
  await database.stop()

  const asked = (what: string, ms: readonly number[]): Figure => ({
    what: `search of ${count} messages: ${what}, p99`,
    value: quantile(ms, 0.99),
    unit: 'ms',
  })
  const beside = { what: 'the newest page', value: median(newest) }
  return [
    { what: `page of ${PAGE} of ${largest.head}, newest`, value: median(newest), unit: 'ms' },
    {
      what: 'the same, in the middle',
      value: median(middle),
      unit: 'ms',
      yardstick: beside,
      limit: { atMost: 1.5 },
    },
    {
      what: 'the same, oldest',
      value: median(oldest),
      unit: 'ms',
      yardstick: beside,
      limit: { atMost: 1.5 },
    },
    { what: "somebody's conversations", value: median(list), unit: 'ms' },
    {
      what: 'a message is written down',
      value: median(sends),
      unit: 'ms',
      yardstick: { what: 'one bare insert', value: median(plain) },
    },
    asked('a frequent word', frequent),
    asked('two words', pair),
    asked('a rare one', rare),
    asked('nothing', none),
  ]
}

const BARE = { name: 'bare_insert', text: 'INSERT INTO bare (id) VALUES ($1)' }

async function sent(store: ConversationStore, { id }: Conversation, senderId: string, text: string) {
  const body = { kind: 'TEXT', text, quotedId: null, mentionIds: [], mentionsAll: false } as const
  await store.send({ conversationId: id, id: randomUUID(), senderId, key: null, body, now: new Date() })
}

/** Conversations of a few people each, the first one with a tenth of all messages; every thousandth message has a rare word. */
async function fill(db: Database, people: readonly string[], count: number, say: (text: string) => void) {
  const sql = (name: string, text: string, values: readonly unknown[]) => db.run({ name, text }, values)
  await sql('make_bare', 'CREATE TABLE bare (id uuid PRIMARY KEY)', [])
  const ids = Array.from({ length: CONVERSATIONS }, () => randomUUID())
  await sql(
    'fill_conversations',
    `INSERT INTO conversation (id, kind, name, owner_id, created_by, last_at, created_at)
     SELECT i, 'GROUP', 'Group', $2, $2, now(), now() FROM unnest($1::uuid[]) AS i`,
    [ids, people[0]],
  )
  const members = ids.flatMap((id, n) =>
    people.filter((_, p) => p === n % PEOPLE || (p + n) % 200 === 0).map((p) => [id, p]),
  )
  await sql(
    'fill_members',
    `INSERT INTO conversation_member (conversation_id, staff_id, since, read)
     SELECT c, s, 0, 0 FROM unnest($1::uuid[], $2::uuid[]) AS m(c, s)`,
    [members.map(([id]) => id), members.map(([, person]) => person)],
  )
  const heads = new Map<string, number>()
  for (let done = 0; done < count; done += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) => {
      const n = done + i
      const id = ids[n % 10 === 0 ? 0 : n % CONVERSATIONS] ?? ''
      const seq = (heads.get(id) ?? 0) + 1
      heads.set(id, seq)
      const word = (k: number) => WORDS[(n * 7 + k * k * 13 + (n >> 5)) % WORDS.length] ?? ''
      const text = `${word(1)}${word(2)}，${word(3)}${word(4)} ${n}${n % 1000 === 0 ? ' 工单九九' : ''}`
      return { id, seq, text, grams: gramsOf(text).join(' '), sender: people[n % PEOPLE] ?? '', at: n }
    })
    await sql(
      'fill_messages',
      `INSERT INTO message (conversation_id, seq, id, event, sender_id, body, grams, sent_at)
       SELECT r.id, r.seq, gen_random_uuid(), r.seq, r.sender,
         jsonb_build_object('kind', 'TEXT', 'text', r.text, 'quotedId', NULL, 'mentionIds', '[]'::jsonb, 'mentionsAll', false),
         array_to_tsvector(string_to_array(r.grams, ' ')), timestamptz '2026-01-01Z' + r.at * interval '20 s'
       FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, seq int, text text, grams text, sender uuid, at int)`,
      [JSON.stringify(rows)],
    )
    if (done % 100_000 === 0) say(`${done} messages`)
  }
  await sql(
    'fill_heads',
    `UPDATE conversation c SET head = h.n FROM unnest($1::uuid[], $2::int[]) AS h(id, n) WHERE c.id = h.id`,
    [[...heads.keys()], [...heads.values()]],
  )
  await sql('settle', 'VACUUM ANALYZE message', [])
  return ids
}

async function times(rounds: number, work: (round: number) => Promise<unknown>): Promise<number[]> {
  const ms: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await work(round)
    ms.push(performance.now() - start)
  }
  return ms
}
