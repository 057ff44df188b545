import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { demoLdif } from '../../src/local/demo/company.ts'
import * as documents from '../../web/generated/graphql.ts'
import { textOf } from '../../web/sdk/transport.ts'
import type { Client } from '../support/client.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import type { Wire } from '../support/wire.ts'

export type Conversation = documents.ConversationPartsFragment
export type Message = documents.MessagePartsFragment
export type Event = documents.ConversationEventsSubscription['conversationEvents']

/** What a mutation answers when it is refused. */
export interface Refused {
  readonly __typename: string
  readonly code?: string
  readonly path?: string
}

/** Somebody who talks, by the documents that the SDK ships. */
export class Speaker {
  readonly client: Client
  readonly id: string

  constructor(client: Client, id: string) {
    this.client = client
    this.id = id
  }

  async ask<R, V extends Record<string, unknown>>(
    document: TypedDocumentNode<R, V>,
    variables: V,
  ): Promise<R> {
    return (await this.client.query(textOf(document), variables)) as R
  }

  async conversations(): Promise<Conversation[]> {
    return (await this.ask(documents.ConversationsDocument, {})).conversations
  }

  async conversation(id: string): Promise<Conversation | null> {
    return (await this.ask(documents.ConversationDocument, { id })).conversation
  }

  /** Opens the conversation with somebody. */
  async open(staffId: string): Promise<Conversation> {
    return saved((await this.tryOpen(staffId)) as Saved)
  }

  async tryOpen(staffId: string): Promise<Saved | Refused> {
    return (await this.ask(documents.OpenConversationDocument, { staffId })).openConversation
  }

  async group(name: string, ...others: readonly Speaker[]): Promise<Conversation> {
    return saved((await this.tryGroup({ name, staffIds: others.map(({ id }) => id) })) as Saved)
  }

  async tryGroup(input: documents.CreateGroupInput): Promise<Saved | Refused> {
    return (await this.ask(documents.CreateGroupDocument, { input })).createGroup
  }

  async update(input: documents.UpdateGroupInput): Promise<Saved | Refused> {
    return (await this.ask(documents.UpdateGroupDocument, { input })).updateGroup
  }

  async leave(id: string): Promise<Refused> {
    return (await this.ask(documents.LeaveGroupDocument, { id })).leaveGroup
  }

  async say(conversationId: string, text: string, more: object = {}): Promise<Message> {
    const answer = await this.trySay(conversationId, text, more)
    if (!('sent' in answer)) throw new Error(JSON.stringify(answer))
    return answer.sent
  }

  async trySay(conversationId: string, text: string, more: object = {}): Promise<Sent | Refused> {
    const input = { conversationId, text, ...more }
    return (await this.ask(documents.SendMessageDocument, { input })).sendMessage
  }

  async recall(conversationId: string, id: string): Promise<Sent | Refused> {
    return (await this.ask(documents.RecallMessageDocument, { conversationId, id })).recallMessage
  }

  async mark(input: documents.MarkConversationInput): Promise<Saved | Refused> {
    return (await this.ask(documents.MarkConversationDocument, { input })).markConversation
  }

  /** The newest messages, oldest first. */
  async messages(
    id: string,
    first = 100,
    beforeSeq: number | null = null,
  ): Promise<readonly Message[] | null> {
    const { conversation } = await this.ask(documents.MessagesDocument, { id, first, beforeSeq })
    return conversation?.messages ?? null
  }

  async changed(id: string, afterEvent: number, first = 100): Promise<readonly Message[] | null> {
    const { conversation } = await this.ask(documents.ChangedMessagesDocument, { id, afterEvent, first })
    return conversation?.changedMessages ?? null
  }

  /** A device that listens from now on. */
  async listen(): Promise<Ear> {
    const wire = await this.client.socket()
    wire.subscribe('live', textOf(documents.ConversationEventsDocument), {})
    const ear = new Ear(wire)
    await ear.next('FeedOpened')
    return ear
  }
}

type Saved = Extract<documents.OpenConversationMutation['openConversation'], { conversation: unknown }>
type Sent = Extract<documents.SendMessageMutation['sendMessage'], { sent: unknown }>

function saved(answer: Saved): Conversation {
  if (!('conversation' in answer)) throw new Error(JSON.stringify(answer))
  return answer.conversation
}

/** What one device is told, in order. */
export class Ear {
  readonly wire: Wire

  constructor(wire: Wire) {
    this.wire = wire
  }

  /** The next event, which has to be of this kind. */
  async next<K extends Event['__typename']>(kind: K): Promise<Extract<Event, { __typename: K }>> {
    const event = await this.any()
    if (event.__typename !== kind) throw new Error(`Expected ${kind}, got ${JSON.stringify(event)}`)
    return event as Extract<Event, { __typename: K }>
  }

  /** The next event of this kind, whatever is told before it. */
  async until<K extends Event['__typename']>(kind: K): Promise<Extract<Event, { __typename: K }>> {
    for (;;) {
      const event = await this.any()
      if (event.__typename === kind) return event as Extract<Event, { __typename: K }>
    }
  }

  /** The next event, whatever it is. */
  async any(): Promise<Event> {
    const message = await this.wire.next()
    const { data } = message.payload as { data?: documents.ConversationEventsSubscription }
    if (!data) throw new Error(JSON.stringify(message))
    return data.conversationEvents
  }

  /** Texts as they are told, whatever else is told between them. */
  async texts(count: number): Promise<Message[]> {
    const told: Message[] = []
    while (told.length < count) {
      const event = await this.any()
      if (event.__typename === 'MessagesTold')
        told.push(...event.messages.filter(({ kind }) => kind === 'TEXT'))
    }
    return told
  }

  close(): void {
    this.wire.ws.terminate()
  }
}

/** A server with the demo company. */
export class MessagingWorld {
  readonly server: TestServer

  constructor(server: TestServer) {
    this.server = server
  }

  async speaker(login: string): Promise<Speaker> {
    const client = await this.server.login(login, 'dolores')
    return new Speaker(client, this.idOf(login))
  }

  idOf(login: string): string {
    const found = [...this.server.instance.replica.state.all('staff')].find((s) => s.login === login)
    if (!found) throw new Error(`there is no ${login}`)
    return found.id
  }

  /** Somebody else whom `hr` and `staff` see, and who sees them. */
  otherLogin(): string {
    const { replica, sync } = this.server.instance
    const [hr, staff] = [this.idOf('hr'), this.idOf('staff')]
    const found = [...replica.state.all('staff')].find(({ id, status, login }) => {
      const sees = sync.view(id)
      const isSeen = [hr, staff].every((by) => sync.view(by).staff(id) && sees.staff(by))
      return status === 'ACTIVE' && isSeen && !['hr', 'staff', 'guest'].includes(login)
    })
    if (!found) throw new Error('there is nobody else')
    return found.login
  }

  close(): Promise<void> {
    return this.server.close()
  }
}

export async function startMessagingWorld(o: TestServerOptions = {}): Promise<MessagingWorld> {
  const ldif = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
  return new MessagingWorld(await startServer({ ldif, mode: 'demo', ...o }))
}
