import { createContext, type Context, type Services } from '../../schema/context.ts'
import type { AuthenticatedCall } from './call.ts'

/** What resolvers know of one request. */
export function contextOf(services: Services, call: AuthenticatedCall): Context {
  const { authentication, address, userAgent, requestId } = call
  const signedIn = authentication.kind === 'viewer' ? authentication.viewer : null
  return createContext(services, { signedIn, origin: { address, userAgent }, requestId })
}

/**
 * For answers that many share: signed in, so that fields may be read, but as nobody, whose view is empty. Whatever stands in
 * such an answer came from the hub.
 */
export function channelContext(services: Services): Context {
  const nobody = { staffId: '', sessionId: '' }
  return createContext(services, {
    signedIn: nobody,
    origin: { address: '', userAgent: null },
    requestId: 'live',
  })
}
