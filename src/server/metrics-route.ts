import { createHash, timingSafeEqual } from 'node:crypto'
import { bearerToken } from '../identity/viewer.ts'
import { METRICS_TYPE, metricsText, type Family } from '../vitals/exposition.ts'
import { sendError, type Route } from './http.ts'

/** What Prometheus asks for with `METRICS_TOKEN` as bearer token; nobody else is told anything. */
export function metricsRoute(token: string, families: () => Promise<readonly Family[]>): Route {
  const wanted = digest(token)
  return {
    methods: ['GET'],
    handle: async ({ request, response }) => {
      const given = bearerToken(request.headers.authorization ?? '')
      if (given === null || !timingSafeEqual(digest(given), wanted)) {
        response.setHeader('www-authenticate', 'Bearer')
        sendError(response, 401, 'UNAUTHENTICATED', 'Send METRICS_TOKEN as a bearer token.')
        return
      }
      const text = Buffer.from(metricsText(await families()))
      response.writeHead(200, { 'content-type': METRICS_TYPE, 'content-length': text.length })
      response.end(text)
    },
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
