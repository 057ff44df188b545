import type { IncomingMessage } from 'node:http'
import { viaOf, type Whence } from '../audit/record.ts'
import type { SignedIn } from '../model/signed-in.ts'
import type { Authentication } from '../identity/viewer.ts'
import { clientAddress } from './origin.ts'
import { newRequestId } from './request-id.ts'

/** One request or socket as everything behind the transport knows it. */
export interface Call {
  /** Stands in the log and in masked errors; ours, never the client's. */
  readonly requestId: string
  readonly address: string
  readonly userAgent: string
}

/** A call whose Authorization was looked at. */
export interface AuthenticatedCall extends Call {
  readonly authentication: Authentication
}

/** From where somebody asks, and by which integration, for the audit log. */
export function fromOf({ address, userAgent, requestId }: Call, by: SignedIn): Whence {
  const via = viaOf(by)
  return { address, userAgent, requestId, ...(via ? { via } : {}) }
}

export function callOf(request: IncomingMessage, trustProxy: number): Call {
  const forwarded = request.headers['x-forwarded-for']
  return {
    requestId: newRequestId(),
    address: clientAddress(request.socket.remoteAddress, headerText(forwarded), trustProxy),
    userAgent: (request.headers['user-agent'] ?? '').slice(0, 256),
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
