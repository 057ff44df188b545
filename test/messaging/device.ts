import type { Ear, Message, Speaker } from './world.ts'

/** Messages that are asked for at once: few, so that there are pages. */
const PAGE = 5

/**
 * A device that keeps conversations as the contract says: what is told is taken by id and event; whenever it is told that
 * something may have been missed, it asks for what is newer than it knows.
 */
export class TalkingDevice {
  readonly messages = new Map<string, Message>()
  readonly who: Speaker
  readonly #conversationId: string
  #ear: Ear | null = null
  #work: Promise<void> = Promise.resolve()
  #known = 0

  constructor(who: Speaker, conversationId: string) {
    this.who = who
    this.#conversationId = conversationId
  }

  /** Comes online, or comes back. */
  async connect(): Promise<void> {
    const ear = await this.who.listen()
    this.#ear = ear
    await this.#catchUp()
    this.#work = this.#follow(ear)
  }

  /** The line breaks; nobody says so. */
  async cut(): Promise<void> {
    this.#ear?.close()
    await this.#work
  }

  /** What it has, in the order of the conversation. */
  get shown(): Message[] {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq)
  }

  async #follow(ear: Ear): Promise<void> {
    for (;;) {
      const event = await Promise.race([ear.any(), ear.wire.closed])
      if ('code' in event) return
      if (event.__typename === 'FeedOpened') await this.#catchUp()
      if (event.__typename === 'MessagesTold' && event.conversationId === this.#conversationId)
        for (const message of event.messages) this.#take(message)
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const page = (await this.who.changed(this.#conversationId, this.#known, PAGE)) ?? []
      for (const message of page) {
        this.#take(message)
        this.#known = message.event
      }
      if (page.length < PAGE) return
    }
  }

  #take(message: Message): void {
    const known = this.messages.get(message.id)
    if (!known || known.event < message.event) this.messages.set(message.id, message)
  }
}
