import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { getOperationAST, Kind, OperationTypeNode, validate, type DocumentNode } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import * as generated from '../../web/generated/graphql.ts'
import { DirectoryError } from '../../web/sdk/errors.ts'
import { createTransport, textOf } from '../../web/sdk/transport.ts'
import type { Client } from '../support/client.ts'
import { operation as shipped } from '../support/device.ts'
import { variablesOf } from '../support/sample.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Every typed document that the SDK ships, as it ships it. */
const documents = Object.entries(generated).flatMap(([name, value]) => {
  const isDocument = typeof value === 'object' && 'kind' in value && value.kind === Kind.DOCUMENT
  const document = value as unknown as TypedDocumentNode<object, Record<string, unknown>>
  const operation = isDocument ? getOperationAST(document) : null
  return operation ? [{ name: name.replace(/Document$/, ''), document, operation }] : []
})

let server: TestServer
let cursor = ''

beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
  })
  const hr = await server.login('hr', 'dolores')
  const { snapshot } = await hr.query(shipped('Snapshot'), {})
  cursor = (snapshot as { version: string }).version
}, 120_000)
afterAll(() => server?.close())

/** Values where a sample would not be taken, by the name of the variable and by the type. */
const values = () => ({
  waitFor: cursor,
  version: cursor,
  since: cursor,
  digest: 'f'.repeat(32),
  after: null,
  first: 5,
})

async function overSocket(client: Client, document: DocumentNode, variables: Record<string, unknown>) {
  const wire = await client.socket()
  wire.subscribe('1', textOf(document), variables)
  const message = await wire.next()
  await wire.close()
  return message
}

describe('the typed documents', () => {
  it('are all operations of schema/operations', () => {
    expect(documents.length).toBeGreaterThan(50)
  })

  it.each(documents)('$name is valid and answers what its type says', async ({ document, operation }) => {
    expect(validate(schema, document)).toEqual([])
    const client = await server.login('hr', 'dolores')
    const variables = variablesOf(schema, operation, values())
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      expect(await overSocket(client, document, variables)).toMatchObject({ type: 'next' })
      return
    }
    const { request } = createTransport({ url: server.url, token: client.tokens?.accessToken ?? '' })
    const outcome = await request(document, variables).catch((error: unknown) => error)
    if (outcome instanceof DirectoryError) throw outcome
    expect(Object.keys(outcome as object)).toEqual(
      operation.selectionSet.selections.map((s) => (s.kind === Kind.FIELD ? (s.alias ?? s.name).value : '')),
    )
  })
})
