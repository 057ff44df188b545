import { gzipSync } from 'node:zlib'
import { Refusal } from './answer.ts'
import type { Endpoint } from './endpoint.ts'
import type { StoredMessage, World } from './world.ts'

const HOUR_MS = 3_600_000
const KEPT_MS = 3 * 24 * HOUR_MS

/** Files of messages, an hour each (design/easemob.md, 4): complete an hour after the hour is over, for three days. */
export const HISTORY_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/chatmessages/:hour',
    family: 'history',
    handle: ({ world, at }) => {
      const hour = at('hour')
      const start = startOf(hour)
      if (start === null || world.now() - start > KEPT_MS)
        throw new Refusal(
          400,
          'illegal_argument',
          `illegal arguments: appkey: ${world.appKey}, time: ${hour}, maybe chat message history is expired or unstored`,
        )
      if (start + 2 * HOUR_MS > world.now() || within(world, start).length === 0)
        throw new Refusal(404, 'storage_object_not_found', `storage object ${hour} not found`)
      return { data: [{ url: `${world.fileBase()}/history/${hour}.gz?Expires=${world.now() + HOUR_MS}` }] }
    },
  },
]

/** The bytes of a file; null when there is none. */
export function fileOf(world: World, path: string): Buffer | null {
  const hour = /^\/history\/(\d{10})\.gz$/.exec(path)?.[1]
  const start = hour === undefined ? null : startOf(hour)
  if (start === null) return null
  const lines = within(world, start).map((message) => `${JSON.stringify(lineOf(message))}\n`)
  return gzipSync(lines.join(''))
}

function within({ messages }: World, start: number): StoredMessage[] {
  return messages.filter(({ at }) => at >= start && at < start + HOUR_MS)
}

function startOf(hour: string): number | null {
  const [, y, m, d, h] = /^(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(hour) ?? []
  const start = Date.UTC(Number(y), Number(m) - 1, Number(d), Number(h))
  return Number.isNaN(start) ? null : start
}

function lineOf({ id, at, from, to, chat, type, body, ext }: StoredMessage) {
  return {
    msg_id: id,
    timestamp: String(at),
    direction: 'outgoing',
    from,
    to,
    chat_type: chat,
    payload: { bodies: [{ type, ...body }], ext, from, to },
  }
}
