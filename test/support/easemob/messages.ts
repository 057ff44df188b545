import { fieldsSchema, Refusal, textIn, textsIn, type Fields } from './answer.ts'
import type { Asked, Endpoint } from './endpoint.ts'
import type { StoredMessage, World } from './world.ts'

const MOST_BYTES = 5120
const RECALL_MS = 120_000

/** Sending and taking back (design/easemob.md, 4). */
export const MESSAGE_ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/messages/users', family: 'people', handle: (asked) => send(asked, 'chat', 600) },
  {
    method: 'POST',
    path: '/messages/chatgroups',
    family: 'rooms',
    handle: (asked) => send(asked, 'groupchat', 3),
  },
  { method: 'POST', path: '/messages/msg_recall', family: 'recall', handle: recall },
]

function send({ world, fields }: Asked, chat: StoredMessage['chat'], most: number) {
  const to = textsIn(fields, 'to') ?? []
  const from = 'from' in fields ? textIn(fields, 'from') : 'admin'
  const type = textIn(fields, 'type')
  const body = fieldsSchema.safeParse(fields['body'])
  const ext = fieldsSchema.safeParse(fields['ext'] ?? {})
  if (from === null || from === '') throw refusal("param from can't be empty")
  if (to.length === 0) throw refusal("param to can't be empty")
  if (type === null || type === '') throw refusal("param type can't be empty")
  if (!body.success) throw refusal("param body can't be empty")
  if (!ext.success || fields['ext'] === null) throw refusal('param ext must be JSONObject')
  if (to.length > most)
    throw new Refusal(400, 'illegal_argument', `params to's size can't exceed limit ${most}`)
  if (Buffer.byteLength(JSON.stringify([body.data, ext.data])) > MOST_BYTES)
    throw refusal('message is too large', { error_code: 14007 })
  // Whether anybody of these exists is not asked.
  const sent = to.map((name) => store(world, { from, to: name, chat, type, body: body.data, ext: ext.data }))
  for (const message of sent) world.callbacks.message(message, 'rest')
  return { data: Object.fromEntries(sent.map(({ to: name, id }) => [name, id])) }
}

export type NewMessage = Pick<StoredMessage, 'from' | 'to' | 'chat' | 'type' | 'body' | 'ext'>

export function store(world: World, message: NewMessage): StoredMessage {
  const stored = { ...message, id: world.nextId(), at: world.now(), isRecalled: false }
  world.messages.push(stored)
  return stored
}

function recall({ world, fields }: Asked) {
  for (const name of ['msg_id', 'to', 'chat_type'])
    if ((textIn(fields, name) ?? '') === '') throw recallRefusal(400, `param ${name} can't be empty`)
  if (typeof fields['force'] !== 'boolean') throw recallRefusal(400, "param force can't be empty")
  const message = world.messages.find((m) => m.id === textIn(fields, 'msg_id') && !m.isRecalled)
  if (!message) throw recallRefusal(403, 'not_found msg')
  if (message.to !== textIn(fields, 'to')) throw recallRefusal(400, "can't find msg to")
  if (!fields['force'] && world.now() - message.at > RECALL_MS)
    throw recallRefusal(403, 'exceed recall time limit')
  message.isRecalled = true
  world.callbacks.recall(message)
  return {
    data: {
      recalled: 'yes',
      chattype: message.chat,
      from: message.from,
      to: message.to,
      msg_id: message.id,
    },
  }
}

function refusal(description: string, extra: Fields = {}): Refusal {
  return new Refusal(400, 'message_send_error', description, extra)
}

function recallRefusal(status: number, description: string): Refusal {
  return new Refusal(status, 'message_recall_error', description)
}
