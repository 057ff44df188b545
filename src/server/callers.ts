import type { IncomingMessage } from 'node:http'
import type { Identity } from '../identity/identity.ts'
import { mayAdminister } from '../model/signed-in.ts'
import { bearerToken, type Authentication, type Viewer } from '../identity/viewer.ts'
import { isLookingAs } from './view-as.ts'

/** What was proved on a connection, by the header that proved it. */
interface Proved {
  readonly authorization: string
  readonly viewer: Viewer
}

/** Who requests speak for, by their Authorization header (RFC 6750). */
export class Callers {
  readonly #identity: Pick<Identity, 'authenticate' | 'recheck'>
  /** A client sends the same header again and again: its token is read once a connection, and whether it still holds each time. */
  readonly #proved = new WeakMap<IncomingMessage['socket'], Proved>()

  constructor(identity: Pick<Identity, 'authenticate' | 'recheck'>) {
    this.#identity = identity
  }

  /**
   * Whoever looks as somebody else counts as nobody here (T39), and so does an integration that only reads (T97); `reading`: for
   * routes that show nothing but rows of a view.
   */
  of(request: IncomingMessage, reading?: 'reading'): Authentication | Promise<Authentication> {
    const found = this.#found(request)
    if (reading) return found
    return found instanceof Promise ? found.then(administering) : administering(found)
  }

  #found({ headers: { authorization }, socket }: IncomingMessage): Authentication | Promise<Authentication> {
    if (authorization === undefined) return { kind: 'anonymous' }
    const proved = this.#proved.get(socket)
    return proved?.authorization === authorization
      ? this.#identity.recheck(proved.viewer)
      : this.#read(authorization, socket)
  }

  async #read(authorization: string, socket: IncomingMessage['socket']): Promise<Authentication> {
    const token = bearerToken(authorization)
    if (token === null) return { kind: 'refused', reason: 'invalid' }
    const authentication = await this.#identity.authenticate(token)
    if (authentication.kind === 'viewer')
      this.#proved.set(socket, { authorization, viewer: authentication.viewer })
    return authentication
  }
}

export const READING_ONLY =
  'The token of this integration is for reading: give it the scope directory.admin first.'

function administering(authentication: Authentication): Authentication {
  if (authentication.kind !== 'viewer' || mayAdminister(authentication.viewer)) return authentication
  return { kind: 'refused', reason: isLookingAs(authentication) ? 'looking' : 'scope' }
}
