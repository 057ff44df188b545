import { printSchema, type GraphQLSchema } from 'graphql'
import { sendJson, type Route } from './http.ts'

/** The public keys of access tokens, for services that check them themselves (RFC 7517). */
export function jwksRoute(jwks: () => unknown): Route {
  return {
    methods: ['GET'],
    handle: ({ response }) => {
      response.setHeader('cache-control', 'public, max-age=300')
      sendJson(response, 200, jwks())
    },
  }
}

/** The published schema (T11). */
export function schemaRoute(schema: GraphQLSchema): Route {
  const text = Buffer.from(printSchema(schema))
  return {
    methods: ['GET'],
    handle: ({ response }) => {
      response.writeHead(200, {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': text.length,
        'cache-control': 'public, max-age=300',
      })
      response.end(text)
    },
  }
}
