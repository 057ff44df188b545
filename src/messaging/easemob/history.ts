import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { part, withData } from './answers.ts'
import type { Caller, How } from './client.ts'
import { EasemobFailure } from './failure.ts'

/** A message as the history has it: what Easemob itself says was sent, whatever a callback claims. */
export interface PastMessage {
  readonly messageId: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly from: string
  /** An account or a group. */
  readonly to: string
  readonly chat: 'person' | 'group'
  readonly bodies: readonly Readonly<Record<string, unknown>>[]
  readonly ext: Readonly<Record<string, unknown>>
}

/** What a file had. */
export interface Tally {
  readonly messages: number
  /** Lines that are no messages of persons or groups. */
  readonly others: number
}

const filesSchema = withData(z.array(z.object({ url: z.url({ protocol: /^https?$/ }) })))
const lineSchema = z.object({
  msg_id: z.string(),
  timestamp: z.coerce.number().int(),
  from: z.string(),
  to: z.string(),
  chat_type: z.enum(['chat', 'groupchat']),
  payload: z.object({
    bodies: z.array(z.record(z.string(), z.unknown())),
    ext: z.record(z.string(), z.unknown()).catch({}),
  }),
})
/** A message has 5 KB. */
const MOST_LINE = 262_144
const GZIP = Buffer.from([0x1f, 0x8b])

/**
 * Addresses of the files with the messages of an hour, for a while. Empty where nothing was sent, and where they are not made
 * yet: that takes an hour and more. Of hours that are not kept any more, three days ago and more, it is REFUSED.
 */
export async function filesOfHour(easemob: Caller, hour: Date, how: How): Promise<string[]> {
  const done = await easemob.call(
    {
      method: 'GET',
      path: `/chatmessages/${part(hour.toISOString().slice(0, 13).replaceAll(/[-T]/g, ''))}`,
      family: 'history',
      habits: { isRepeatable: true, settledBy: [{ status: 404, error: 'storage_object_not_found' }] },
      answer: filesSchema,
    },
    how,
  )
  return done.kind === 'done' ? done.data.data.map(({ url }) => url) : []
}

/**
 * Reads a file from its address, zipped or not, message by message. It may be read again from the start: whoever takes the
 * messages knows them by their ids. Rejects with an `EasemobFailure`.
 */
export async function readHistory(
  url: string,
  take: (message: PastMessage) => Promise<void> | void,
  signal: AbortSignal,
): Promise<Tally> {
  const tally = { messages: 0, others: 0 }
  try {
    // The address itself is the permission: our token is nobody's business there.
    const response = await fetch(url, { signal, redirect: 'error' })
    if (!response.ok || !response.body)
      throw new EasemobFailure('REFUSED', { status: response.status, error: 'history' })
    for await (const line of linesOf(response.body)) {
      const message = messageOf(line)
      if (message) {
        await take(message)
        tally.messages++
      } else tally.others++
    }
    return tally
  } catch (error) {
    if (signal.aborted) throw new EasemobFailure('ENDED')
    if (error instanceof TypeError || isBroken(error))
      throw new EasemobFailure('UNAVAILABLE', { error: 'history', description: error.message })
    throw error
  }
}

/** Null for a line that is no message. */
export function messageOf(line: string): PastMessage | null {
  try {
    const { msg_id, timestamp, from, to, chat_type, payload } = lineSchema.parse(JSON.parse(line))
    return {
      messageId: msg_id,
      at: timestamp,
      from,
      to,
      chat: chat_type === 'chat' ? 'person' : 'group',
      bodies: payload.bodies,
      ext: payload.ext,
    }
  } catch {
    return null
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of await unzipped(body)) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST_LINE) throw new EasemobFailure('UNREADABLE', { error: 'history' })
    for (const line of lines) if (line.trim() !== '') yield line
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield rest
}

/** Easemob does not say whether its files are zipped: the first two bytes do. */
async function unzipped(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const chunks = body[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  let isOver = false
  while (head.length < GZIP.length && !isOver) {
    const next = await chunks.next()
    if (next.done === true) isOver = true
    else head = Buffer.concat([head, next.value])
  }
  const all = (async function* () {
    if (head.length > 0) yield head
    while (!isOver) {
      const next = await chunks.next()
      if (next.done === true) return
      yield next.value
    }
  })()
  if (!head.subarray(0, 2).equals(GZIP)) return all
  const source = Readable.from(all, { objectMode: false })
  const gunzip = createGunzip()
  // A pipe passes data on, not errors.
  source.on('error', (error) => gunzip.destroy(error))
  return source.pipe(gunzip)
}

/** Of a connection that broke, or of a file that did not come whole. */
function isBroken(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(Z_|ECONN|UND_ERR)/.test(String(error.code))
}
