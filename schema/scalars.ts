import { GraphQLError, Kind, type ValueNode } from 'graphql'
import { builder } from './builder.ts'

builder.scalarType('DateTime', {
  description: 'A moment as RFC 3339 text in UTC, for example `2026-11-24T02:15:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => dateOf(value),
  parseLiteral: (node) => dateOf(textOf(node)),
})

builder.scalarType('Version', {
  description:
    'A point of the history as one viewer saw it: opaque, compared for equality only. Keep it, send it back, never read it.',
  serialize: (value) => value,
  parseValue: (value) => versionOf(value),
  parseLiteral: (node) => versionOf(textOf(node)),
})

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

function dateOf(value: unknown): Date {
  const date = typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : null
  if (date === null || Number.isNaN(date.getTime())) {
    throw new GraphQLError('DateTime must be RFC 3339 text such as 2026-11-24T02:15:00Z')
  }
  return date
}

function versionOf(value: unknown): string {
  if (typeof value !== 'string') throw new GraphQLError('Version must be a text that this API gave out')
  return value
}

function textOf(node: ValueNode): string | null {
  return node.kind === Kind.STRING ? node.value : null
}
