import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Authentication } from '../identity/viewer.ts'
import { clientAddress } from './origin.ts'

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

export function callOf(request: IncomingMessage, trustProxy: number): Call {
  const forwarded = request.headers['x-forwarded-for']
  return {
    requestId: flatUuid(),
    address: clientAddress(request.socket.remoteAddress, headerText(forwarded), trustProxy),
    userAgent: (request.headers['user-agent'] ?? '').slice(0, 256),
  }
}

/** Node builds a UUID of sixteen pieces, which a string keeps until it is written out; a socket keeps its id for long. */
function flatUuid(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1')
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
