import { readFileSync } from 'node:fs'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'

const contract = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'))

/** A schema as one line for each thing that somebody may rely on. */
function members(of: GraphQLSchema): string[] {
  return Object.values(of.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => [`${kindOf(type)} ${type.name}`, ...membersOf(type)])
}

function kindOf(type: GraphQLNamedType): string {
  return (
    type.astNode?.kind.replace('TypeDefinition', '') ??
    type.constructor.name.replace(/^GraphQL(.*)Type$/, '$1')
  )
}

function membersOf(type: GraphQLNamedType): string[] {
  if (isObjectType(type) || isInterfaceType(type)) {
    const fields = Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name}: ${String(field.type)}`,
      ...field.args.map((arg) => `${type.name}.${field.name}(${inputText(arg)})`),
    ])
    return [...type.getInterfaces().map((i) => `${type.name} implements ${i.name}`), ...fields]
  }
  if (isUnionType(type)) return type.getTypes().map((member) => `${type.name} | ${member.name}`)
  if (isEnumType(type)) return type.getValues().map((value) => `${type.name} = ${value.name}`)
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => `${type.name} { ${inputText(field)} }`)
  }
  return []
}

function inputText({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  return `${name}: ${String(type)}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`
}

describe('the public contract', () => {
  it('has every type, field, argument, default, nullability, member and value that is fixed', () => {
    const present = new Set(members(schema))
    expect(members(contract).filter((member) => !present.has(member))).toEqual([])
  })

  it('asks for no argument and no input that the contract does not know', () => {
    const known = new Set(members(contract))
    const required = members(schema).filter((m) => /[({ ]\w+: [^=]*!( \}|\))$/.test(m) && !known.has(m))
    const own = required.filter((m) => contractKnows(m))
    expect(own).toEqual([])
  })

  it('lets every query field wait for a version', () => {
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {})
    const deaf = fields.filter(
      (field) => !field.args.some((arg) => arg.name === 'waitFor' && String(arg.type) === 'Version'),
    )
    expect(fields.length).toBeGreaterThan(9)
    expect(deaf.map((field) => field.name)).toEqual([])
  })
})

/** Whether a line names a field or an input type of the contract, so that something new in it would break callers. */
function contractKnows(member: string): boolean {
  const owner = /^(\w+)(?:\.(\w+))?/.exec(member)
  const type = contract.getType(owner?.[1] ?? '')
  if (isObjectType(type)) return type.getFields()[owner?.[2] ?? ''] !== undefined
  return isInputObjectType(type)
}
