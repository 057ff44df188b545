import { Kind, type DocumentNode } from 'graphql'
import { createLogger } from '../../src/log.ts'
import { Hub } from '../../src/push/hub.ts'
import type { Channel, Frame, Subscriber } from '../../src/push/subscriber.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { ClientOptions } from '../../web/sdk/client.ts'
import { DirectoryError } from '../../web/sdk/error.ts'
import type { Listener } from '../../web/sdk/transport.ts'
import type { MemoryHistory } from '../support/memory-history.ts'
import { SECRET } from '../support/sync-world.ts'

type Transport = ClientOptions['transport']

/** The server's side of sync and push behind the client's transport, without sockets: what travels is JSON all the same. */
export class InProcess implements Transport {
  readonly sync: Sync
  readonly hub: Hub
  readonly staffId: string
  /** Names of what was asked, and versions that were acknowledged. */
  readonly asked: string[] = []
  readonly acknowledged: string[] = []
  /** Nobody answers. */
  isAway = false
  /** The session has ended. */
  isOver = false
  /** Rows of one page of a snapshot. */
  page = 5
  readonly #followers = new Set<Operation>()

  constructor(history: MemoryHistory, staffId: string) {
    this.staffId = staffId
    this.sync = new Sync({ replica: history, secret: SECRET })
    this.hub = new Hub({
      sync: this.sync,
      replica: history,
      mergeDelayMs: 0,
      heartbeatMs: 2 ** 31 - 1,
      log: createLogger('silent'),
    })
  }

  get by() {
    return { staffId: this.staffId, sessionId: 'a device' }
  }

  get followers(): number {
    return this.#followers.size
  }

  async ask<R, V extends object>(document: DocumentNode, variables: V): Promise<R> {
    const name = nameOf(document)
    this.asked.push(name)
    this.#reach()
    const answer = await this.#answer(name, variables)
    this.#reach()
    return JSON.parse(JSON.stringify(answer, (_, value: unknown) => withTypename(value)))
  }

  follow(since: string, compact: boolean, listener: Listener): () => void {
    if (this.isAway || this.isOver) {
      const code = this.isOver ? 4401 : 1006
      queueMicrotask(() => listener.closed(code))
      return () => {}
    }
    const operation = new Operation(this, listener, compact, () => this.#followers.delete(operation))
    this.#followers.add(operation)
    this.hub.join(operation, since)
    return () => operation.end(() => {})
  }

  /** Every socket closes. */
  drop(code: number): void {
    for (const operation of Array.from(this.#followers)) operation.end(() => operation.listener.closed(code))
  }

  close(): void {
    this.hub.close()
  }

  #reach(): void {
    if (this.isOver) throw new DirectoryError('UNAUTHENTICATED', 'over')
    if (this.isAway) throw new DirectoryError('NETWORK', 'away')
  }

  async #answer(name: string, variables: object): Promise<unknown> {
    const given = (key: string): string | null => {
      const value: unknown = Reflect.get(variables, key)
      return typeof value === 'string' ? value : null
    }
    switch (name) {
      case 'Snapshot': {
        const after = given('after')
        return {
          snapshot: await this.sync.snapshot(this.staffId, this.page, after),
        }
      }
      case 'ChangesSince':
        return { changesSince: await this.sync.changesSince(this.by, given('version') ?? '', 3, true) }
      case 'AcknowledgePurge':
        this.acknowledged.push(given('version') ?? '')
        return { acknowledgePurge: true }
      case 'ReportDigest':
        return { reportDigest: this.sync.reportDigest(this.by, given('version') ?? '') }
      default:
        throw new Error(`nobody answers ${name}`)
    }
  }
}

class Operation implements Subscriber {
  readonly staffId: string
  readonly sessionId: string
  readonly operationId = 'live'
  readonly channel: Channel
  readonly listener: Listener
  readonly #hub: Hub
  readonly #ended: () => void
  #isOver = false

  constructor({ by, hub }: InProcess, listener: Listener, compact: boolean, ended: () => void) {
    this.staffId = by.staffId
    this.sessionId = by.sessionId
    this.listener = listener
    this.#hub = hub
    this.#ended = ended
    this.channel = {
      compact,
      encode: (root) => Buffer.from(JSON.stringify(root, (_, value: unknown) => withTypename(value))),
    }
  }

  frame(payload: Buffer): Frame {
    return [payload]
  }

  write([payload]: Frame): boolean {
    if (!this.#isOver) this.listener.told(JSON.parse(String(payload)))
    return true
  }

  end(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ended()
    this.#hub.leave(this)
    tell()
  }

  complete(): void {
    this.end(() => this.listener.closed(1000))
  }

  fail(): void {
    this.end(() => this.listener.failed(new DirectoryError('UNAVAILABLE', 'not now')))
  }

  close(code: number): void {
    this.end(() => this.listener.closed(code))
  }
}

function withTypename(value: unknown): unknown {
  const kind: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'kind') : null
  return typeof kind === 'string' && /^[A-Z]/.test(kind) ? { __typename: kind, ...Object(value) } : value
}

function nameOf({ definitions }: DocumentNode): string {
  const [first] = definitions
  return first?.kind === Kind.OPERATION_DEFINITION ? (first.name?.value ?? '') : ''
}
