import { z } from 'zod'
import { peerOf, type Conversation, type ConversationKind as Kind } from '../../src/messaging/conversation.ts'
import { FLAT_LIST, listCost, waitForArg } from '../arguments.ts'
import { builder } from '../builder.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../paging.ts'
import { Staff } from '../refs.ts'
import { cleanText } from '../text-input.ts'
import { MessageRef } from './message.ts'

const ConversationKind = builder.enumType('ConversationKind', {
  description: 'Who talks in a conversation.',
  values: {
    DIRECT: { description: 'Two people; there is one of each pair.' },
    GROUP: { description: 'A group with a name and an owner.' },
  } as const satisfies Record<Kind, object>,
})

const countSchema = z
  .int()
  .min(1, 'must be at least 1')
  .max(MAX_PAGE, `must be at most ${MAX_PAGE}`)
  .nullish()
const eventSchema = z.int().min(0, 'must not be negative').nullish()
const first = {
  description: `How many: 1 to ${MAX_PAGE}, ${DEFAULT_PAGE} when absent.`,
  validate: countSchema,
} as const
const cost = ({ first: count }: { first?: number | null | undefined }) => listCost(count ?? DEFAULT_PAGE)
/** Asks the database anew for each conversation: for one of them, not for a list. */
const QUESTION = 50
const ownCost = (args: { first?: number | null | undefined }) => ({ ...cost(args), field: QUESTION })

export const ConversationRef = builder.objectRef<Conversation>('Conversation').implement({
  description: 'A conversation of which the caller is a member, as they have it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Stable.' }),
    kind: t.expose('kind', { type: ConversationKind, description: 'Who talks in it.' }),
    name: t.exposeString('name', { nullable: true, description: 'Of a group.' }),
    ownerId: t.exposeID('ownerId', { nullable: true, description: 'Who owns the group.' }),
    peerId: t.id({
      nullable: true,
      description: 'Of two people: the other one.',
      resolve: peerOf,
    }),
    peer: t.field({
      type: Staff,
      nullable: true,
      description: 'The other one of two people; null when the caller does not see them (any more).',
      resolve: (conversation, _, { caller }) => {
        const peerId = peerOf(conversation)
        return peerId === null ? null : caller.view.staff(peerId)
      },
    }),
    memberIds: t.exposeIDList('memberIds', {
      description: 'Who is in it, whether the caller sees them or not.',
      complexity: FLAT_LIST,
    }),
    head: t.exposeInt('head', {
      description:
        'The number of its last event: a device that knows a smaller one asks for `changedMessages`.',
    }),
    lastAt: t.expose('lastAt', {
      type: 'DateTime',
      description: 'When somebody last wrote; when the caller came, where that was later.',
    }),
    sinceSeq: t.exposeInt('since', {
      description:
        'Messages up to this place are not the caller’s: whatever a device still has of them, from before they went and came back, goes.',
    }),
    readSeq: t.exposeInt('read', { description: 'Up to which message the caller has read.' }),
    unreadCount: t.exposeInt('unread', {
      description: 'Messages of others that the caller has not read; nobody counts beyond 100.',
    }),
    isMuted: t.exposeBoolean('isMuted', { description: 'The caller wants no word of new messages.' }),
    isPinned: t.exposeBoolean('isPinned', { description: 'The caller has it at the top of the list.' }),
    lastMessage: t.expose('last', {
      type: MessageRef,
      nullable: true,
      description: 'The newest message.',
    }),
    messages: t.field({
      type: [MessageRef],
      description: 'The last messages before a place, oldest first; the newest ones without `beforeSeq`.',
      complexity: ownCost,
      args: {
        first: t.arg.int(first),
        beforeSeq: t.arg.int({ description: 'The place before which they stand.', validate: eventSchema }),
      },
      resolve: (conversation, { first: count, beforeSeq }, { conversations }) =>
        conversations.before(conversation, beforeSeq ?? null, count ?? DEFAULT_PAGE),
    }),
    placeAt: t.int({
      nullable: true,
      description:
        'The `seq` of the first message at or after a time, to jump there; null when nothing came since.',
      complexity: QUESTION,
      args: { at: t.arg({ type: 'DateTime', required: true, description: 'The time.' }) },
      resolve: (conversation, { at }, { conversations }) => conversations.placeAt(conversation, at),
    }),
    changedMessages: t.field({
      type: [MessageRef],
      description:
        'What came or was changed after an event that a device knows, in the order of events. Ask again from the last one while a page is full.',
      complexity: ownCost,
      args: {
        first: t.arg.int(first),
        afterEvent: t.arg.int({ required: true, description: 'The event.', validate: eventSchema }),
      },
      resolve: (conversation, { first: count, afterEvent }, { conversations }) =>
        conversations.after(conversation, afterEvent, count ?? DEFAULT_PAGE),
    }),
  }),
})

builder.queryFields((t) => ({
  conversations: t.withAuth({ person: true }).field({
    type: [ConversationRef],
    description: 'The conversations of the caller: the pinned ones, then those in which somebody wrote last.',
    complexity: listCost(MAX_PAGE),
    args: { ...waitForArg },
    resolve: async (_, { waitFor }, { caller, conversations }) => {
      await caller.reach(waitFor)
      return await conversations.all(caller.signedIn.staffId)
    },
  }),
  searchMessages: t.withAuth({ person: true }).field({
    type: [MessageRef],
    description:
      'What is said in the conversations of the caller, the newest first: each word of the query begins a word of the message; what is written without spaces, as Chinese is, stands in it anywhere.',
    complexity: cost,
    args: {
      query: t.arg.string({
        required: true,
        description: 'What is looked for, up to 100 characters.',
        validate: cleanText(100),
      }),
      conversationId: t.arg.id({ description: 'In this conversation alone.' }),
      first: t.arg.int(first),
      beforeId: t.arg.id({ description: 'Older than this message: the last one of the page before.' }),
      ...waitForArg,
    },
    resolve: async (_, { query, waitFor, ...page }, { caller, conversations }) => {
      await caller.reach(waitFor)
      return await conversations.search(caller.signedIn.staffId, query, {
        conversationId: page.conversationId ?? null,
        beforeId: page.beforeId ?? null,
        limit: page.first ?? DEFAULT_PAGE,
      })
    },
  }),
  conversation: t.withAuth({ person: true }).field({
    type: ConversationRef,
    nullable: true,
    description: 'A conversation of the caller; those of others, missing and malformed ids all answer null.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the conversation.' }),
      ...waitForArg,
    },
    resolve: async (_, { id, waitFor }, { caller, conversations }) => {
      await caller.reach(waitFor)
      return await conversations.one(caller.signedIn.staffId, id)
    },
  }),
}))
