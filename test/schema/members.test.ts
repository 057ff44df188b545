import SchemaBuilder from '@pothos/core'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, type GraphQLObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { denyByDefault } from '../../schema/deny-by-default.ts'
import { schema } from '../../schema/schema.ts'

const own = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'))

describe('descriptions', () => {
  it('stand on every type, field, argument, input and enum value', () => {
    const bare: string[] = []
    const check = (path: string, { description }: { description?: string | null | undefined }) => {
      if (!description || description.trim().length < 3) bare.push(path)
    }
    for (const type of own) {
      check(type.name, type)
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          check(`${type.name}.${field.name}`, field)
          for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg)
        }
      }
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field)
      }
      if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value)
    }
    expect(bare).toEqual([])
  })
})

describe('[T41] deny by default', () => {
  const build = (options: { public?: string; authScopes?: object }) => {
    const builder = new SchemaBuilder<{ AuthScopes: { signedIn: boolean } }>({
      plugins: [denyByDefault],
      scopeAuth: { authScopes: () => ({ signedIn: true }) },
    })
    builder.queryType({})
    builder.queryField('secret', (t) => t.string({ nullable: true, ...options, resolve: () => 'x' }))
    return () => builder.toSchema()
  }

  it('does not build a field without a rule', () => {
    expect(build({})).toThrow('Query.secret has no rule')
    expect(build({ public: '' })).toThrow('Query.secret has no rule')
  })

  it('builds a field with a rule or with the reason why it needs none', () => {
    expect(build({ authScopes: { signedIn: true } })).not.toThrow()
    expect(build({ public: 'It tells nothing.' })).not.toThrow()
  })

  it('knows a rule for every field through which a request comes in or that speaks of the caller', () => {
    const guarded = ['Query', 'Mutation', 'Subscription', 'Viewer', 'Session'].map((name) =>
      schema.getType(name),
    )
    const fields = guarded
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()).map((f) => ({ type, f })))
    const open = fields.filter(({ f }) => {
      const { authScopes, public: reason } = optionsOf(f.extensions)
      return authScopes === undefined && !reason
    })
    expect(fields.length).toBeGreaterThan(25)
    expect(open.map(({ type, f }) => `${type.name}.${f.name}`)).toEqual([])
  })
})

function optionsOf(extensions: GraphQLObjectType['extensions']): { authScopes?: unknown; public?: string } {
  const options: unknown = extensions['pothosOptions']
  return typeof options === 'object' && options !== null ? options : {}
}

describe('[D11] flat results', () => {
  it('are plain all through, so that a selection can be compiled and its bytes shared', () => {
    const seen = new Set<string>()
    const wrapped: string[] = []
    const visit = (name: string) => {
      const type = schema.getType(name)
      if (seen.has(name) || !isObjectType(type)) return
      seen.add(name)
      for (const field of Object.values(type.getFields())) {
        if (field.resolve !== undefined && field.extensions['pothosExposedField'] === undefined) {
          wrapped.push(`${name}.${field.name}`)
        }
        if (field.extensions['pothosResolveWrapped'] === true) wrapped.push(`${name}.${field.name}`)
        visit(String(field.type).replace(/[[\]!]/g, ''))
      }
    }
    for (const name of ['Delta', 'Resync', 'SnapshotPage']) visit(name)
    expect([...seen].sort()).toContain('StaffRow')
    expect([...seen]).not.toContain('Staff')
    expect(wrapped).toEqual([])
  })
})
