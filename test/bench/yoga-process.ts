import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { serve } from './server-child.ts'

/**
 * The yardstick for any document: Yoga alone, without its body limit, over the schema of the product. Whatever is asked is
 * answered with the same ready bytes, as if the compiled projection had cost nothing.
 */
let ready = Buffer.alloc(0)

const readyBytes: Plugin = {
  onExecute({ setResultAndStopExecution }) {
    setResultAndStopExecution({ data: {} })
  },
  onResultProcess(answer) {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(ready.length),
    }
    answer.setResultProcessor(
      (_, { Response }) => new Response(ready, { status: 200, headers }),
      'application/json',
    )
  },
}

const { schema }: { schema: string } = JSON.parse(process.argv[2] ?? '{}')
const yoga = createYoga({
  schema: buildSchema(schema),
  maxRequestBodySize: false,
  cors: false,
  graphiql: false,
  landingPage: false,
  logging: false,
  plugins: [readyBytes],
})
const server = createServer((request, response) => void yoga(request, response))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

serve({ port }, (message) => {
  ready = Buffer.from((message as unknown as { bytes: Uint8Array }).bytes)
  return {}
})
