import { EditRefused, InvalidInput, NotFound } from '../../src/edit/failures.ts'
import type { Conversation, Message } from '../../src/messaging/conversation.ts'
import type { Speaking } from '../../src/messaging/conversations.ts'
import { MessageRefused } from '../../src/messaging/failures.ts'
import { keySchema, TEXT } from '../admin/input.ts'
import { builder } from '../builder.ts'
import type { SignedInContext } from '../context.ts'
import { ErrorInterface } from '../error.ts'
import { ConversationRef } from './conversation.ts'
import { MessageRef } from './message.ts'

builder.objectType(MessageRefused, {
  name: 'MessageRefused',
  description: 'The conversation does not allow it; `code` says why. Nothing was changed.',
  interfaces: [ErrorInterface],
})

const FAILURES = [InvalidInput, NotFound, EditRefused, MessageRefused]

const SavedRef = builder.objectRef<{ readonly conversation: Conversation }>('ConversationSaved').implement({
  description: 'It is done.',
  fields: (t) => ({
    conversation: t.expose('conversation', { type: ConversationRef, description: 'As it is now.' }),
  }),
})
const LeftRef = builder.objectRef<{ readonly id: string }>('ConversationLeft').implement({
  description: 'The caller is no member any more.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id of the conversation.' }) }),
})
const SentRef = builder.objectRef<{ readonly sent: Message }>('MessageSent').implement({
  description: 'It is written down, and told to everybody in the conversation.',
  fields: (t) => ({
    sent: t.expose('sent', { type: MessageRef, description: 'The message, as it is now.' }),
  }),
})
const ConversationResult = builder.errorUnion('ConversationResult', {
  description: 'The conversation, or why nothing was done.',
  types: [SavedRef, ...FAILURES],
  resolveType: () => SavedRef,
})
const LeaveResult = builder.errorUnion('LeaveConversationResult', {
  description: 'That the caller has left, or why they have not.',
  types: [LeftRef, ...FAILURES],
  resolveType: () => LeftRef,
})
const MessageResult = builder.errorUnion('MessageResult', {
  description: 'The message, or why nothing was done.',
  types: [SentRef, ...FAILURES],
  resolveType: () => SentRef,
})

const CreateInput = builder.inputType('CreateGroupInput', {
  description: 'A new group; the caller owns it.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Up to 50 characters.' }),
    staffIds: t.idList({
      required: true,
      description: 'Who is in it, beside the caller: people whom they see.',
    }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})
const UpdateInput = builder.inputType('UpdateGroupInput', {
  description: 'What is to become of a group; what is absent stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    name: t.string({ description: 'Up to 50 characters; every member may rename it.' }),
    addStaffIds: t.idList({
      description: 'Who comes in: people whom the caller sees. Every member may add some.',
    }),
    removeStaffIds: t.idList({ description: 'Who goes; for the owner.' }),
    ownerId: t.id({ description: 'The member who owns it from now on; for the owner.' }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})
const SendInput = builder.inputType('SendMessageInput', {
  description: 'Something to say.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'Where.' }),
    text: t.string({ required: true, description: 'Plain text, up to 5,000 characters.' }),
    quotedId: t.id({ description: 'A message of the same conversation that is quoted.' }),
    mentionIds: t.idList({ description: 'Members who are mentioned, up to 50.' }),
    mentionsAll: t.boolean({ defaultValue: false, description: 'Whether everybody is mentioned.' }),
    idempotencyKey: t.string({
      description:
        'The message is written down once, however often it is sent with the same key; for ever. Up to 200 characters.',
      validate: keySchema,
    }),
  }),
})
const MarkInput = builder.inputType('MarkConversationInput', {
  description: 'What the caller makes of a conversation; what is absent stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    readSeq: t.int({ description: 'They have read up to this message; it never goes back.' }),
    isMuted: t.boolean({ description: 'Whether they want no word of new messages.' }),
    isPinned: t.boolean({ description: 'Whether it stands at the top of their list.' }),
  }),
})

const id = { required: true, description: 'Which conversation.' } as const

builder.mutationFields((t) => ({
  openConversation: t.withAuth({ person: true }).field({
    type: ConversationResult,
    description:
      'The conversation with another person, whoever has begun it. Whom the caller does not see is not found.',
    args: { staffId: t.arg.id({ required: true, description: 'The other one.' }) },
    resolve: (_, { staffId }, context) => saved(context.conversations.open(speaking(context), staffId)),
  }),
  createGroup: t.withAuth({ person: true }).field({
    type: ConversationResult,
    description: 'Begins a group.',
    args: { input: t.arg({ type: CreateInput, required: true, description: 'With whom.' }) },
    resolve: (_, { input: { name, staffIds, idempotencyKey = null } }, context) =>
      saved(context.conversations.createGroup(speaking(context), name, staffIds, idempotencyKey)),
  }),
  updateGroup: t.withAuth({ person: true }).field({
    type: ConversationResult,
    description: 'Renames a group, adds and removes people, hands it over.',
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'What.' }) },
    resolve: (_, { input }, context) => {
      const { name, addStaffIds, removeStaffIds, ownerId, idempotencyKey = null } = input
      const update = {
        ...(name == null ? {} : { name }),
        ...(addStaffIds == null ? {} : { addStaffIds }),
        ...(removeStaffIds == null ? {} : { removeStaffIds }),
        ...(ownerId == null ? {} : { ownerId }),
      }
      return saved(context.conversations.updateGroup(speaking(context), input.id, update, idempotencyKey))
    },
  }),
  leaveGroup: t.withAuth({ person: true }).field({
    type: LeaveResult,
    description: 'Leaves a group; its owner hands it over first.',
    args: { id: t.arg.id(id), idempotencyKey: t.arg.string({ description: TEXT.key, validate: keySchema }) },
    resolve: async (_, { id: which, idempotencyKey = null }, context) =>
      answered(
        context.conversations.leave(speaking(context), which, idempotencyKey).then((left) => ({ id: left })),
      ),
  }),
  sendMessage: t.withAuth({ person: true }).field({
    type: MessageResult,
    description: 'Says something. To one other person only as long as the caller sees them.',
    args: { input: t.arg({ type: SendInput, required: true, description: 'What, and where.' }) },
    resolve: (_, { input }, context) => {
      const { conversationId, text, quotedId = null, mentionIds, mentionsAll, idempotencyKey = null } = input
      const said = { text, quotedId, mentionIds: mentionIds ?? [], mentionsAll: mentionsAll === true }
      return sent(context.conversations.send(speaking(context), conversationId, said, idempotencyKey))
    },
  }),
  recallMessage: t.withAuth({ person: true }).field({
    type: MessageResult,
    description:
      'Takes back what the caller has said less than two minutes ago; its words go from every device.',
    args: {
      conversationId: t.arg.id(id),
      id: t.arg.id({ required: true, description: 'Which message.' }),
    },
    resolve: (_, { conversationId, id: messageId }, context) =>
      sent(context.conversations.recall(speaking(context), conversationId, messageId)),
  }),
  markConversation: t.withAuth({ person: true }).field({
    type: ConversationResult,
    description: 'Marks what was read, mutes, pins. Told to the other devices of the caller, to nobody else.',
    args: { input: t.arg({ type: MarkInput, required: true, description: 'What.' }) },
    resolve: (_, { input: { id: which, readSeq, isMuted, isPinned } }, context) =>
      saved(
        context.conversations.mark(speaking(context), which, {
          ...(readSeq == null ? {} : { read: readSeq }),
          ...(isMuted == null ? {} : { isMuted }),
          ...(isPinned == null ? {} : { isPinned }),
        }),
      ),
  }),
}))

function speaking({ caller }: SignedInContext): Speaking {
  return { staffId: caller.signedIn.staffId, view: caller.view }
}

function saved(work: Promise<Conversation>) {
  return answered(work.then((conversation) => ({ conversation })))
}

function sent(work: Promise<Message>) {
  return answered(work.then((message) => ({ sent: message })))
}

type Failure = InvalidInput | NotFound | EditRefused | MessageRefused

/** An expected failure is an answer. */
async function answered<T>(work: Promise<T>): Promise<T | Failure> {
  try {
    return await work
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}

function isFailure(error: unknown): error is Failure {
  return FAILURES.some((one) => error instanceof one)
}
