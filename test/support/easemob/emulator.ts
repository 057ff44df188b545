import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { systemClock, pause } from '../../../src/clock.ts'
import type { Time } from '../../../src/messaging/easemob/time.ts'
import { fieldsSchema, Refusal, textsIn, type Answer } from './answer.ts'
import { Callbacks } from './callbacks.ts'
import { match, type Asked, type Endpoint } from './endpoint.ts'
import { answerOf, Faults, type Fault } from './faults.ts'
import { GROUP_ENDPOINTS } from './groups.ts'
import { fileOf, HISTORY_ENDPOINTS } from './history.ts'
import { Limiter } from './limits.ts'
import { MEMBER_ENDPOINTS } from './members.ts'
import { MESSAGE_ENDPOINTS, store, type NewMessage } from './messages.ts'
import { TOKEN_ENDPOINTS, Tokens } from './tokens.ts'
import { USER_ENDPOINTS } from './users.ts'
import type { Plan, World } from './world.ts'

export interface EmulatorOptions {
  /** Milliseconds since the epoch, and its passing; the real ones unless others are given. */
  readonly time?: Time
  readonly plan?: Partial<Plan>
}

/** A call as it has arrived. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly text: string
  readonly at: number
}

export const APP_KEY = 'dolores#test'
export const CLIENT_ID = 'the-client-id'
export const CLIENT_SECRET = 'the-client-secret'

const ENDPOINTS: readonly Endpoint[] = [
  ...TOKEN_ENDPOINTS,
  ...USER_ENDPOINTS,
  ...GROUP_ENDPOINTS,
  ...MEMBER_ENDPOINTS,
  ...MESSAGE_ENDPOINTS,
  ...HISTORY_ENDPOINTS,
]
const ALL_PLAN: Plan = { users: 1_000_000, groups: 100_000, membersPerGroup: 3000, membersPerPage: 1000 }
const realTime: Time = { now: () => systemClock.now(), wait: pause }

/**
 * Easemob as design/easemob.md describes it: its REST interface, its limits, its callbacks and how it fails. The state is in
 * memory; there is one app, `dolores#test`.
 */
export class EasemobEmulator {
  readonly url: string
  readonly world: World
  readonly faults = new Faults()
  readonly limiter: Limiter
  readonly seen: Seen[] = []
  /** Requests that will have no answer. */
  silent = 0
  readonly #close: () => Promise<void>

  private constructor(url: string, world: World, close: () => Promise<void>) {
    this.url = url
    this.world = world
    this.limiter = new Limiter(world.now)
    this.#close = close
  }

  static async start({ time = realTime, plan = {} }: EmulatorOptions = {}): Promise<EasemobEmulator> {
    const server = createServer((request, response) => {
      emulator.#serve(request, response).catch((error: unknown) => response.destroy(toError(error)))
    })
    server.keepAliveTimeout = 60_000
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const [org = '', app = ''] = APP_KEY.split('#')
    const now = () => Math.floor(time.now())
    let nextId = 1_029_457_500_870_543_736n
    const world: World = {
      org,
      app,
      appKey: APP_KEY,
      uuid: randomUUID(),
      now,
      users: new Map(),
      groups: new Map(),
      messages: [],
      plan: { ...ALL_PLAN, ...plan },
      tokens: new Tokens({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, now }),
      callbacks: new Callbacks({ appKey: APP_KEY, now, time }),
      fileBase: () => url,
      nextId: () => String((nextId += 4n)),
    }
    const emulator: EasemobEmulator = new EasemobEmulator(url, world, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return emulator
  }

  /** A person sends from a client: the rule before it is asked, the one after it is told. Answers the text of a refusal. */
  async sendAsClient(message: NewMessage): Promise<string | null> {
    const refusal = await this.world.callbacks.refusal(message)
    if (refusal === null) this.world.callbacks.message(store(this.world, message), 'client')
    return refusal
  }

  close(): Promise<void> {
    return this.#close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const file = fileOf(this.world, url.pathname)
    if (file) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file)
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const { authorization } = request.headers
    const method = request.method ?? 'GET'
    this.seen.push({ method, path: url.pathname + url.search, authorization, text, at: this.world.now() })
    const outcome = this.#outcome(request, url, text)
    if (outcome.fault === 'silent') {
      this.silent++
      response.once('close', () => this.silent--)
      return
    }
    if (outcome.fault === 'broken') {
      response.destroy()
      return
    }
    const isBytes = outcome.answer.body instanceof Buffer || outcome.fault === 'garbled'
    response.writeHead(outcome.answer.status, { 'content-type': isBytes ? 'text/html' : 'application/json' })
    if (outcome.fault === 'garbled') response.end('{"entities": [')
    else if (outcome.answer.body instanceof Buffer) response.end(outcome.answer.body)
    else response.end(JSON.stringify(outcome.answer.body))
  }

  #outcome(request: IncomingMessage, url: URL, text: string): { answer: Answer; fault: Fault | null } {
    const now = this.world.now()
    let fault: Fault | null = null
    try {
      const { endpoint, at } = this.#endpoint(request.method ?? '', url.pathname)
      fault = this.faults.take(endpoint.family)
      const instead = fault && answerOf(fault, now)
      if (instead) return { answer: instead, fault: null }
      if (fault === 'silent') return { answer: { status: 0, body: null }, fault }
      const { authorization } = request.headers
      if (endpoint.isOpen !== true) this.world.tokens.demandApp(authorization)
      const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
      const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parsed(text)
      const fields = fieldsSchema.catch({}).parse(body)
      this.limiter.check(endpoint.family, textsIn(fields, 'to')?.length ?? 0)
      const asked: Asked = {
        world: this.world,
        at: (name) => at.get(name) ?? '',
        query: url.searchParams,
        fields,
        body,
        isForm,
        authorization,
      }
      const result = endpoint.handle(asked)
      return { answer: { status: 200, body: this.#enveloped(endpoint, url, result) }, fault }
    } catch (error) {
      if (error instanceof Refusal) return { answer: error.answer(now), fault }
      throw error
    }
  }

  #endpoint(method: string, path: string): { endpoint: Endpoint; at: ReadonlyMap<string, string> } {
    const { org, app } = this.world
    const [, givenOrg = '', givenApp = '', ...rest] = path.split('/')
    if (givenOrg !== org || givenApp !== app)
      throw new Refusal(
        404,
        'organization_application_not_found',
        `Could not find application for ${givenOrg}/${givenApp} from URI: ${path.slice(1)}`,
      )
    for (const endpoint of ENDPOINTS) {
      const at = endpoint.method === method ? match(endpoint.path, `/${rest.join('/')}`) : null
      if (at) return { endpoint, at }
    }
    throw new Refusal(404, 'service_resource_not_found', 'Service resource not found')
  }

  #enveloped(endpoint: Endpoint, url: URL, result: object): unknown {
    const { org, app, uuid } = this.world
    const times = { timestamp: this.world.now(), duration: 1 }
    if (endpoint.path === '/token') return result
    if (endpoint.isBare === true) return { ...result, ...times }
    return {
      action: endpoint.method.toLowerCase(),
      application: uuid,
      applicationName: app,
      organization: org,
      uri: this.url + url.pathname,
      entities: [],
      ...times,
      ...result,
    }
  }
}

function parsed(text: string): unknown {
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 'invalid_request_body', 'the request body is not valid JSON')
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
