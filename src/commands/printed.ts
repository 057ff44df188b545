import { readdirSync, readFileSync } from 'node:fs'
import { Kind, parse, printSchema } from 'graphql'
import { schema } from '../../schema/schema.ts'
import { SETTINGS, type SettingName } from '../config.ts'

/** Files that are printed from the code and committed; `npm run fresh` compares them. Paths from the root of the repository. */
export const SCHEMA_FILE = 'schema/schema.graphql'
export const OPERATIONS_FILE = 'schema/operation-names.ts'
export const ENV_FILE = '.env.example'
export const README_FILE = 'README.md'

const TABLE = /(<!-- settings -->\n)[^]*?(<!-- \/settings -->)/

interface Described {
  readonly name: SettingName
  readonly description: string
  readonly fallback: string | undefined
}

export function schemaText(): string {
  return `# Printed by \`npm run generate\` from schema/*.ts.\n\n${printSchema(schema)}\n`
}

const OPERATIONS = 'schema/operations'

/** The names of the operations that the SDK and the app send: what may be a label of a metric (T101). */
export function operationNamesText(): string {
  const names = readdirSync(OPERATIONS)
    .filter((file) => file.endsWith('.graphql'))
    .flatMap((file) => parse(readFileSync(`${OPERATIONS}/${file}`, 'utf8')).definitions)
    .flatMap((d) => (d.kind === Kind.OPERATION_DEFINITION && d.name ? [d.name.value] : []))
  const lines = [...new Set(names)].sort().map((name) => `  '${name}',\n`)
  const head = '// Printed by `npm run generate` from schema/operations.\n'
  return `${head}\n/** Names of operations that we publish; there are no others in metrics (T101). */\nexport const OPERATION_NAMES: readonly string[] = [\n${lines.join('')}]\n`
}

/** Every setting with its description; what has a default is commented out and shows it. */
export function envText(): string {
  const head = '# Settings of `npm run serve`. Each may also be read from the file that NAME_FILE names.'
  const settings = describedSettings().map(
    ({ name, description, fallback }) =>
      `# ${description}\n${fallback === undefined ? `${name}=` : `#${name}=${fallback}`}`,
  )
  return `${[head, ...settings].join('\n\n')}\n`
}

/** The table of settings in Markdown. */
export function settingsTable(): string {
  const rows = describedSettings().map(
    ({ name, description, fallback }) =>
      `| \`${name}\` | ${defaultCell(fallback)} | ${description.replaceAll('|', '\\|')} |`,
  )
  return ['| setting | default | what |', '|---|---|---|', ...rows, ''].join('\n')
}

/** The README with today's table of settings between its two marks; null when the marks are missing. */
export function withSettings(readme: string): string | null {
  return TABLE.test(readme)
    ? readme.replace(TABLE, (_, start, end) => `${start}${settingsTable()}${end}`)
    : null
}

/** Scripts that the text tells people to run with npm. */
export function npmCommands(text: string): string[] {
  const commands = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short,
  )
  return [...new Set(commands)].filter((name) => name !== undefined)
}

function describedSettings(): Described[] {
  const described: Described[] = []
  for (const [name, setting] of Object.entries<{ description: string; fallback?: string }>(SETTINGS)) {
    if (isSettingName(name))
      described.push({ name, description: setting.description, fallback: setting.fallback })
  }
  return described
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}

function defaultCell(fallback: string | undefined): string {
  if (fallback === undefined) return 'required'
  return fallback === '' ? 'none' : `\`${fallback}\``
}
