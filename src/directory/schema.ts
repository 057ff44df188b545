import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Our object classes and attributes as `schema/ldap/dolores.schema` defines them, in the order of the file. */
export interface DirectorySchema {
  readonly identifiers: readonly string[]
  readonly attributeTypes: readonly string[]
  readonly objectClasses: readonly string[]
}

const KEYWORDS = {
  objectidentifier: 'identifiers',
  attributetype: 'attributeTypes',
  objectclass: 'objectClasses',
} as const

/** Path of our schema: beside `src` in the sources, one level up in a build. */
export function schemaFile(): string {
  const candidates = ['../../schema/ldap/dolores.schema', '../../../schema/ldap/dolores.schema'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined) throw new Error('schema/ldap/dolores.schema is missing from this installation.')
  return found
}

export function readSchema(path: string = schemaFile()): DirectorySchema {
  return parseSchema(readFileSync(path, 'utf8'))
}

/** Reads slapd's schema file format: a definition goes on in lines that begin with a space. */
export function parseSchema(text: string): DirectorySchema {
  const schema = {
    identifiers: [] as string[],
    attributeTypes: [] as string[],
    objectClasses: [] as string[],
  }
  for (const definition of text
    .replace(/^#.*\n/gm, '')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')) {
    const found = /^(objectidentifier|attributetype|objectclass)\s+(.*)$/.exec(definition.trim())
    if (!found) continue
    const [, keyword = '', body = ''] = found
    const list = Object.entries(KEYWORDS).find(([name]) => name === keyword)?.[1]
    if (list) schema[list].push(body)
  }
  return schema
}

/** The first NAME of a definition. */
export function nameOf(definition: string): string {
  return /\bNAME\s+\(?\s*'([^']+)'/.exec(definition)?.[1] ?? ''
}

/** The same schema as an entry of cn=config, for `ldapadd`. */
export function schemaLdif(schema: DirectorySchema): string {
  const lines = [
    'dn: cn=dolores,cn=schema,cn=config',
    'objectClass: olcSchemaConfig',
    'cn: dolores',
    ...schema.identifiers.map((body) => `olcObjectIdentifier: ${body}`),
    ...schema.attributeTypes.map((body) => `olcAttributeTypes: ${body}`),
    ...schema.objectClasses.map((body) => `olcObjectClasses: ${body}`),
  ]
  return `${lines.join('\n')}\n`
}
