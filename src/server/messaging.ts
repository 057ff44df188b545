import { randomUUID } from 'node:crypto'
import type { Database } from '../changelog/database.ts'
import { listen } from '../changelog/wake.ts'
import { systemClock } from '../clock.ts'
import type { Once } from '../edit/once.ts'
import type { Logger } from '../log.ts'
import { Conversations } from '../messaging/conversations.ts'
import { Courier } from '../messaging/courier.ts'
import { ConversationStore } from '../messaging/store.ts'

export interface MessagingParts {
  readonly db: Database
  readonly once: Once
  readonly log: Logger
}

/** The channel on which events of conversations are announced. */
const CHANNEL = 'messaging'

/** Wires messaging: what people ask of their conversations, and word of them to those who are online here. */
export function createMessaging(
  { db, once, log }: MessagingParts,
  signal: AbortSignal,
): { conversations: Conversations; courier: Courier } {
  const store = new ConversationStore(db)
  const courier = new Courier({ store, log })
  listen(db.url, CHANNEL, (payload) => courier.heard(payload), signal, log)
  signal.addEventListener('abort', () => courier.close(), { once: true })
  return { conversations: new Conversations({ store, once, newId: randomUUID, clock: systemClock }), courier }
}
