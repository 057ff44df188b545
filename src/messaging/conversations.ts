import { z } from 'zod'
import type { View } from '../access/view.ts'
import type { Clock } from '../clock.ts'
import { EditRefused, InvalidInput, NotFound } from '../edit/failures.ts'
import type { Once } from '../edit/once.ts'
import { isId } from '../edit/scene.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { NoticeAction, TextBody } from './body.ts'
import { MAX_MEMBERS, peerOf, type Conversation, type Message } from './conversation.ts'
import { MessageRefused } from './failures.ts'
import { questionOf } from './grams.ts'
import { groupNameOf, textOf, type TextInput } from './input.ts'
import { mayRecall, mayWriteTo } from './permission.ts'
import type { ConversationStore, Marks, SearchPage } from './store.ts'

export interface ConversationsOptions {
  readonly store: ConversationStore
  readonly once: Once
  readonly newId: () => string
  readonly clock: Clock
}

/** Whoever asks, with what they see now. */
export interface Speaking {
  readonly staffId: string
  readonly view: View
}

/** What is to become of a group; what is absent stays. */
export interface GroupUpdate {
  readonly name?: string
  readonly ownerId?: string
  readonly addStaffIds?: readonly string[]
  readonly removeStaffIds?: readonly string[]
}

/** Conversations of one person that are listed at most. */
const MAX_LISTED = 1000

/**
 * Conversations as people use them. Whoever is no member knows nothing of one: it is not found. New people come in only where
 * the view of whoever adds them shows them, and one writes to somebody only as long as one sees them (V9). Methods that change
 * something throw NotFound, InvalidInput, EditRefused and MessageRefused.
 */
export class Conversations {
  readonly #o: ConversationsOptions

  constructor(options: ConversationsOptions) {
    this.#o = options
  }

  /** The pinned ones and then the newest first. */
  async all(staffId: string): Promise<Conversation[]> {
    return await this.#o.store.all(staffId, MAX_LISTED)
  }

  async one(staffId: string, id: string): Promise<Conversation | null> {
    return isId(id) ? await this.#o.store.one(staffId, id) : null
  }

  /** The last messages before a place, in their order; the newest ones without. */
  async before(conversation: Conversation, seq: number | null, limit: number): Promise<Message[]> {
    return await this.#o.store.before(conversation, seq ?? 2 ** 31 - 1, limit)
  }

  /** What came or was changed after an event that a device knows, in the order of events. */
  async after({ id, since }: Conversation, event: number, limit: number): Promise<Message[]> {
    return await this.#o.store.after(id, since, event, limit)
  }

  /** What the caller has in their conversations, or in one, the newest first; with `beforeId` what is older than that one. */
  async search(
    staffId: string,
    text: string,
    { conversationId, beforeId, limit }: SearchPage,
  ): Promise<Message[]> {
    const question = questionOf(text)
    const ids = [conversationId, beforeId].filter((id) => id !== null)
    if (!question || !ids.every(isId)) return []
    return await this.#o.store.search(staffId, question, { conversationId, beforeId, limit })
  }

  /** Where to begin to read at a time: the first message then or later; null when there is none. */
  async placeAt(conversation: Conversation, at: Date): Promise<number | null> {
    return await this.#o.store.placeAt(conversation, at)
  }

  /** The conversation with one other person: there is one, whoever has begun it. */
  async open(by: Speaking, staffId: string): Promise<Conversation> {
    const { store, newId, clock } = this.#o
    if (!mayWriteTo(by.view, by.staffId, staffId)) throw new NotFound('staffId')
    const id = await store.ofTwo(newId(), by.staffId, staffId, new Date(clock.now()))
    return await this.#found(by, id)
  }

  async createGroup(
    by: Speaking,
    name: string,
    staffIds: readonly string[],
    key: string | null,
  ): Promise<Conversation> {
    const { store, once, newId, clock } = this.#o
    const input = { name: groupNameOf(name), staffIds: [...new Set(staffIds)].sort() }
    const asked = { actorId: by.staffId, key, name: 'conversation.create', input }
    const id = await once.run(asked, z.string(), async () => {
      this.#requireReachable(by, input.staffIds, 'staffIds')
      if (input.staffIds.length >= MAX_MEMBERS) throw new MessageRefused('FULL')
      const group = { id: newId(), name: input.name, ownerId: by.staffId, memberIds: input.staffIds }
      await store.createGroup({ ...group, now: new Date(clock.now()) }, newId())
      return group.id
    })
    return await this.#found(by, id)
  }

  /** Adds, removes, renames, hands over: whatever is given. Members add and rename, the owner alone does the rest. */
  async updateGroup(
    by: Speaking,
    id: string,
    update: GroupUpdate,
    key: string | null,
  ): Promise<Conversation> {
    const asked = { actorId: by.staffId, key, name: 'conversation.update', input: { ...update, id } }
    await this.#o.once.run(asked, z.null(), async () => {
      const group = await this.#group(by, id)
      const { add, remove, name, ownerId } = this.#decided(by, group, update)
      if (name !== undefined) await this.#change(by, id, 'RENAMED', [], { name })
      if (add.length > 0) await this.#change(by, id, 'ADDED', add, { join: add })
      if (ownerId !== undefined) await this.#change(by, id, 'OWNER', [ownerId], { ownerId })
      if (remove.length > 0) await this.#change(by, id, 'REMOVED', remove, { leave: remove })
      return null
    })
    return await this.#found(by, id)
  }

  async leave(by: Speaking, id: string, key: string | null): Promise<string> {
    const asked = { actorId: by.staffId, key, name: 'conversation.leave', input: id }
    await this.#o.once.run(asked, z.null(), async () => {
      const { ownerId, memberIds } = await this.#group(by, id)
      if (ownerId === by.staffId && memberIds.length > 1) throw new MessageRefused('OWNER_STAYS')
      await this.#change(by, id, 'LEFT', [by.staffId], { leave: [by.staffId] })
      return null
    })
    return id
  }

  /** Written down once, however often it is sent with the same key. */
  async send(by: Speaking, id: string, input: TextInput, key: string | null): Promise<Message> {
    const { store, newId, clock } = this.#o
    const body = textOf(input)
    const conversation = await this.#found(by, id)
    const peer = peerOf(conversation)
    if (peer !== null && !mayWriteTo(by.view, by.staffId, peer)) throw new MessageRefused('NOT_REACHABLE')
    await this.#requireKnown(conversation, body)
    const now = new Date(clock.now())
    const message = await store.send({
      conversationId: id,
      id: newId(),
      senderId: by.staffId,
      key,
      body,
      now,
    })
    if (!message) throw new NotFound('conversationId')
    // It may have been taken back since.
    if (message.body.kind === 'TEXT' && canonicalJson(message.body) !== canonicalJson(body))
      throw new EditRefused('KEY_REUSED')
    return message
  }

  /** Its words go from every device. Taking back twice is harmless. */
  async recall(by: Speaking, id: string, messageId: string): Promise<Message> {
    const { store, clock } = this.#o
    const conversation = await this.#found(by, id)
    const message = isId(messageId) ? await store.message(conversation, messageId) : null
    if (message?.body.kind === 'RECALLED') return message
    if (message?.body.kind !== 'TEXT') throw new NotFound('messageId')
    const verdict = mayRecall(message, by.staffId, clock.now())
    if (verdict !== 'yes') throw new MessageRefused(verdict)
    return (await store.recall(id, messageId, new Date(clock.now()))) ?? message
  }

  async mark(by: Speaking, id: string, marks: Marks): Promise<Conversation> {
    const { head } = await this.#found(by, id)
    const read = marks.read === undefined ? {} : { read: Math.min(marks.read, head) }
    await this.#o.store.mark(id, by.staffId, { ...marks, ...read })
    return await this.#found(by, id)
  }

  #decided({ staffId, view }: Speaking, group: Conversation, update: GroupUpdate) {
    const { addStaffIds = [], removeStaffIds = [], name, ownerId } = update
    const members = new Set(group.memberIds)
    const add = [...new Set(addStaffIds)].filter((id) => !members.has(id))
    const remove = [...new Set(removeStaffIds)].filter((id) => members.has(id))
    this.#requireReachable({ staffId, view }, add, 'addStaffIds')
    const isOwner = group.ownerId === staffId
    if (!isOwner && (remove.length > 0 || ownerId !== undefined)) throw new MessageRefused('OWNER_ONLY')
    if (ownerId !== undefined && !members.has(ownerId)) throw new NotFound('ownerId')
    if (remove.includes(ownerId ?? group.ownerId ?? '')) throw new MessageRefused('OWNER_STAYS')
    if (members.size + add.length > MAX_MEMBERS) throw new MessageRefused('FULL')
    return { add, remove, ownerId, name: name === undefined ? undefined : groupNameOf(name) }
  }

  /** Who is mentioned is in the conversation, and what is quoted stands there. */
  async #requireKnown(conversation: Conversation, { mentionIds, quotedId }: TextBody): Promise<void> {
    const stranger = mentionIds.findIndex((id) => !conversation.memberIds.includes(id))
    if (stranger >= 0) throw new NotFound(`mentionIds.${stranger}`)
    if (quotedId === null) return
    const quoted = isId(quotedId) ? await this.#o.store.message(conversation, quotedId) : null
    if (quoted?.body.kind !== 'TEXT') throw new NotFound('quotedId')
  }

  #requireReachable({ staffId, view }: Speaking, staffIds: readonly string[], path: string): void {
    const hidden = staffIds.findIndex((id) => !mayWriteTo(view, staffId, id))
    if (hidden >= 0) throw new NotFound(`${path}.${hidden}`)
  }

  async #change(
    { staffId }: Speaking,
    conversationId: string,
    action: NoticeAction,
    staffIds: readonly string[],
    what: { join?: readonly string[]; leave?: readonly string[]; name?: string; ownerId?: string },
  ): Promise<void> {
    const { store, newId, clock } = this.#o
    const notice = { kind: 'NOTICE', action, staffIds, name: what.name ?? null } as const
    const now = new Date(clock.now())
    await store.change({ conversationId, noticeId: newId(), actorId: staffId, now, notice, ...what })
  }

  async #group(by: Speaking, id: string): Promise<Conversation> {
    const found = await this.#found(by, id)
    if (found.kind !== 'GROUP')
      throw InvalidInput.at('id', 'is a conversation of two people, which stays as it is')
    return found
  }

  async #found({ staffId }: Speaking, id: string): Promise<Conversation> {
    const found = await this.one(staffId, id)
    if (!found) throw new NotFound('id')
    return found
  }
}
