import pg from 'pg'
import { backoff, pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { connectionString } from './connection.ts'
import { attentive, SILENCE_MS } from './silence.ts'

/** The channel on which every commit of the log is announced; the payload is the head's version. */
export const CHANGELOG_CHANNEL = 'changelog'

/** Whoever only listens would not notice that the line is dead; so it is asked something now and then. */
const PING_MS = SILENCE_MS / 3
/** Who takes nothing for so long is cut off by the server, which keeps notifications until every listener has them (T80). */
const STALLED_MS = 3 * SILENCE_MS

/**
 * Listens on a connection of its own, which is made again when it breaks. `onWake` runs at every notification and after
 * every (re)connect: a notification is only a hint, and one that was lost delays the reader but never misleads it. The
 * connection must be direct; PgBouncer in transaction mode cannot listen. Ends with the signal or by calling the result.
 */
export function listen(
  url: string,
  channel: string,
  onWake: (payload?: string) => void,
  signal: AbortSignal,
  log: Logger,
): () => void {
  const stop = new AbortController()
  void listenUntil(AbortSignal.any([signal, stop.signal]), { url, channel, onWake, log })
  return () => stop.abort()
}

interface Listening {
  readonly url: string
  readonly channel: string
  readonly onWake: (payload?: string) => void
  readonly log: Logger
}

async function listenUntil(signal: AbortSignal, o: Listening): Promise<void> {
  let nextDelay = backoff(100, 5000)
  let isLost = false
  while (!signal.aborted) {
    const reason = await listenOnce(signal, o, () => {
      if (isLost) o.log.info({ channel: o.channel }, 'listening to the database again')
      isLost = false
      nextDelay = backoff(100, 5000)
    })
    if (signal.aborted) return
    if (!isLost)
      o.log.warn({ channel: o.channel, reason }, 'no longer listening to the database; trying again')
    isLost = true
    await pause(nextDelay(), signal)
  }
}

/** Resolves with the reason when the connection has ended. */
async function listenOnce(signal: AbortSignal, o: Listening, onReady: () => void): Promise<string> {
  const client = new pg.Client({
    connectionString: connectionString(o.url),
    application_name: 'dolores listener',
    connectionTimeoutMillis: 5000,
    stream: attentive(SILENCE_MS),
  })
  const over = new AbortController()
  const ended = new Promise<string>((resolve) => {
    client.on('error', (error) => resolve(messageOf(error)))
    client.on('end', () => resolve('the connection was closed'))
    signal.addEventListener('abort', () => resolve('stopped'), { signal: over.signal })
  })
  client.on('notification', ({ payload }) => o.onWake(payload))
  try {
    await client.connect()
    // Where the server's system knows no such limit, it says so, and that is all.
    await client.query(`SET tcp_user_timeout = ${STALLED_MS}`).catch(() => {})
    await client.query(`LISTEN ${pg.escapeIdentifier(o.channel)}`)
    if (!signal.aborted) {
      onReady()
      o.onWake()
      void ping(client, over.signal)
    }
    return await ended
  } catch (error) {
    return messageOf(error)
  } finally {
    over.abort()
    client.removeAllListeners('notification')
    await client.end().catch(() => {})
  }
}

/** Asks until the signal; a line that does not answer ends by itself, and its client with it. */
async function ping(client: pg.Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(PING_MS, signal)
    if (signal.aborted) return
    await client.query('SELECT').catch(() => {})
  }
}
