import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readSchema, schemaLdif } from '../../src/directory/schema.ts'

it('dolores.ldif is the schema file in the form of cn=config', () => {
  const ldif = readFileSync(new URL('../../schema/ldap/dolores.ldif', import.meta.url), 'utf8')
  expect(ldif).toBe(schemaLdif(readSchema()))
})

it('no number and no name is used twice', () => {
  const { attributeTypes, objectClasses } = readSchema()
  const all = [...attributeTypes, ...objectClasses]
  expect(attributeTypes.length).toBeGreaterThan(20)
  for (const pattern of [/^\( (\S+)/, /NAME '(\w+)'/]) {
    const found = all.map((definition) => pattern.exec(definition)?.[1])
    expect(new Set(found).size).toBe(all.length)
  }
})

it('[trap 7] no class of ours lists members: an event stays as small as the entry that changed', () => {
  for (const definition of readSchema().objectClasses)
    expect(definition).not.toMatch(/\b(member|uniqueMember|memberOf)\b/)
})
