import type { FeedEvent } from '../../src/messaging/feed.ts'
import { builder } from '../builder.ts'
import { ConversationRef } from './conversation.ts'
import { MessageRef } from './message.ts'

type Of<K extends FeedEvent['kind']> = Extract<FeedEvent, { kind: K }>

const OpenedRef = builder.objectRef<Of<'OPENED'>>('FeedOpened').implement({
  description:
    'From here on everything is told. What came before has to be asked for now: `conversations`, and `changedMessages` of those that have gone on. Comes first, and again whenever something may have been missed.',
  fields: (t) => ({ isOpen: t.boolean({ description: 'Always.', resolve: () => true }) }),
})
const MessagesRef = builder.objectRef<Of<'MESSAGES'>>('MessagesTold').implement({
  description:
    'Messages that came or were changed, in the order of events. Those of which the device has the same or a newer event are not new.',
  fields: (t) => ({
    conversationId: t.exposeID('conversationId', { description: 'Where.' }),
    head: t.exposeInt('head', { description: 'The last event that was told.' }),
    messages: t.expose('messages', { type: [MessageRef], description: 'As they are now.' }),
  }),
})
const ToldRef = builder.objectRef<Of<'CONVERSATION'>>('ConversationTold').implement({
  description: 'A conversation is new to the caller, or is another one now.',
  fields: (t) => ({
    conversation: t.expose('conversation', { type: ConversationRef, description: 'As it is now.' }),
  }),
})
const GoneRef = builder.objectRef<Of<'GONE'>>('ConversationGone').implement({
  description: 'The caller is no member any more: whatever a device has of it goes.',
  fields: (t) => ({ conversationId: t.exposeID('conversationId', { description: 'Which one.' }) }),
})

const TYPES = {
  OPENED: OpenedRef,
  MESSAGES: MessagesRef,
  CONVERSATION: ToldRef,
  GONE: GoneRef,
} as const

const EventRef = builder.unionType('ConversationEvent', {
  description: 'What happens in the conversations of the caller.',
  types: Object.values(TYPES),
  resolveType: ({ kind }) => TYPES[kind],
})

builder.subscriptionField('conversationEvents', (t) =>
  t.withAuth({ person: true }).field({
    type: EventRef,
    description: 'Follows the conversations of the caller, on all of their devices.',
    subscribe: (_, _args, { caller, courier }) => courier.open(caller.signedIn.staffId),
    resolve: (event: FeedEvent, _, { caller }) => {
      caller.again()
      return event
    },
  }),
)
