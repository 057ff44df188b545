import type { SubscribePayload } from 'graphql-ws'
import { z } from 'zod'

/** Whoever keeps what an operation asks between its message and its start. */
export interface Asker {
  /** What the message that is being handled asks. */
  asked: SubscribePayload | null
}

const anything = z.record(z.string(), z.unknown()).nullish()
const subscribeSchema = z.object({
  type: z.literal('subscribe'),
  id: z.string().min(1),
  payload: z.object({
    query: z.string(),
    operationName: z.string().nullish(),
    variables: anything,
    extensions: anything,
  }),
})

/**
 * The protocol library holds on to the text of a message for as long as its operation runs, and a document is most of what
 * a silent subscription would cost. What an operation asks is put aside, and the library gets a message that only names it.
 * Every other text stays as it is: the library judges it.
 */
export function putAside(asker: Asker, text: string): string {
  asker.asked = null
  const message = subscribeSchema.safeParse(parse(text))
  if (!message.success) return text
  asker.asked = message.data.payload
  return JSON.stringify({ type: 'subscribe', id: message.data.id, payload: { query: '' } })
}

/** What was put aside for the message that is being handled. */
export function takeAsked(asker: Asker): SubscribePayload {
  const { asked } = asker
  asker.asked = null
  if (!asked) throw new Error('An operation is started by its message')
  return asked
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
