import type { Body, NoticeAction as Action } from '../../src/messaging/body.ts'
import type { Message } from '../../src/messaging/conversation.ts'
import { FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { Staff } from '../refs.ts'

const MessageKind = builder.enumType('MessageKind', {
  description: 'What a message is.',
  values: {
    TEXT: { description: 'Somebody has written something.' },
    NOTICE: { description: 'What has become of the conversation: `notice` says what.' },
    RECALLED: { description: 'It was taken back: its words are gone, and are to go from every device.' },
  } as const,
})

const NoticeAction = builder.enumType('NoticeAction', {
  description: 'What the sender of a notice has done to the conversation.',
  values: {
    CREATED: { description: 'Made it, with these people and this name.' },
    ADDED: { description: 'Added these people.' },
    REMOVED: { description: 'Removed these people.' },
    LEFT: { description: 'Has left.' },
    RENAMED: { description: 'Gave it this name.' },
    OWNER: { description: 'Has handed it over to this person.' },
  } as const satisfies Record<Action, object>,
})

const textOf = (body: Body) => (body.kind === 'TEXT' ? body : null)
const noticeOf = (body: Body) => (body.kind === 'NOTICE' ? body : null)

export const MessageRef = builder.objectRef<Message>('Message').implement({
  description:
    'What was said in a conversation. Order messages by `seq`; of two with the same id the one with the greater `event` counts.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The same on every device and for ever.' }),
    conversationId: t.exposeID('conversationId', { description: 'Where it was said.' }),
    seq: t.exposeInt('seq', { description: 'Its place: grows, with gaps.' }),
    event: t.exposeInt('event', { description: 'The last event of the conversation that changed it.' }),
    kind: t.field({ type: MessageKind, description: 'What it is.', resolve: ({ body }) => body.kind }),
    senderId: t.exposeID('senderId', {
      description: 'Who has sent it, whether the caller sees them or not.',
    }),
    sender: t.field({
      type: Staff,
      nullable: true,
      description: 'Who has sent it; null for somebody whom the caller does not see (any more).',
      resolve: ({ senderId }, _, { caller }) => caller.view.staff(senderId),
    }),
    text: t.string({
      nullable: true,
      description: 'What it says, of a text. Plain text: show it as such, whatever it looks like (T110).',
      resolve: ({ body }) => textOf(body)?.text ?? null,
    }),
    quotedId: t.id({
      nullable: true,
      description: 'The message of the same conversation that it quotes.',
      resolve: ({ body }) => textOf(body)?.quotedId ?? null,
    }),
    mentionIds: t.idList({
      description: 'Members whom it mentions.',
      resolve: ({ body }) => textOf(body)?.mentionIds ?? [],
    }),
    mentionsAll: t.boolean({
      description: 'Whether it mentions everybody.',
      resolve: ({ body }) => textOf(body)?.mentionsAll ?? false,
    }),
    notice: t.field({
      type: NoticeAction,
      nullable: true,
      description: 'What has become of the conversation, of a notice.',
      resolve: ({ body }) => noticeOf(body)?.action ?? null,
    }),
    noticeStaffIds: t.idList({
      description: 'Of whom a notice speaks.',
      complexity: FLAT_LIST,
      resolve: ({ body }) => noticeOf(body)?.staffIds ?? [],
    }),
    noticeName: t.string({
      nullable: true,
      description: 'The name that a notice speaks of.',
      resolve: ({ body }) => noticeOf(body)?.name ?? null,
    }),
    sentAt: t.expose('sentAt', { type: 'DateTime', description: 'When the server took it.' }),
    recalledAt: t.expose('recalledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken back.',
    }),
  }),
})
