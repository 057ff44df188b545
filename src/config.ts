import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'

/**
 * Every setting of the server: one name, one description, one place. `.env.example` and the README's table are printed
 * from here. A setting may also be read from the file that NAME_FILE names (secrets of containers).
 */
const url = (protocols: string[], example: string) =>
  z.string().refine((v) => protocols.some((p) => v.startsWith(`${p}://`)), {
    message: `must start with ${protocols.map((p) => `${p}://`).join(' or ')}, for example ${example}`,
  })

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, { message: `must be between ${min} and ${max}` })

const list = z.string().transform((v) =>
  v
    .split(/[\s,]+/)
    .map((s) => s.trim())
    .filter((s) => s !== ''),
)

/** An address, or a network in CIDR. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  return (
    isIP(address) !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

interface Setting<T extends z.ZodType> {
  readonly parse: T
  readonly description: string
  /** Text of the default; without one the setting is required in production. */
  readonly fallback?: string
  /** Only for `npm start`: the default in demo mode where production has none. */
  readonly demo?: string
  readonly secret?: true
}

const setting = <T extends z.ZodType>(s: Setting<T>): Setting<T> => s

export const SETTINGS = {
  HOST: setting({
    parse: z.string().min(1),
    description: 'Address to listen on. The demo refuses anything but a loopback address.',
    fallback: '127.0.0.1',
  }),
  PORT: setting({
    parse: integer(0, 65_535),
    description: 'Port to listen on; 0 takes a free one.',
    fallback: '4000',
  }),
  DATA_DIR: setting({
    parse: z.string().min(1),
    description: 'Folder of the private slapd and PostgreSQL that `npm start` runs.',
    fallback: '.dolores',
  }),
  DATABASE_URL: setting({
    parse: url(['postgresql', 'postgres'], 'postgresql://dolores@db.example.com/dolores'),
    description: 'PostgreSQL that keeps the changelog and the sessions.',
    demo: '',
    secret: true,
  }),
  LDAP_URLS: setting({
    parse: list.refine((urls) => urls.length > 0 && urls.every((u) => /^ldaps?:\/\/[^/]+\/?$/.test(u)), {
      message: 'must be one or more ldap:// or ldaps:// addresses, separated by commas',
    }),
    description: 'LDAP servers, in order of preference, separated by commas.',
    demo: '',
  }),
  LDAP_BASE_DN: setting({
    parse: z.string().regex(/^[A-Za-z][\w.-]*\s*=.+/, 'must be a DN such as dc=example,dc=com'),
    description:
      'The entry under which ou=departments, ou=people, ou=roles, ou=rules, ou=types, ou=fields and ou=trash stand.',
    demo: 'dc=dolores,dc=local',
  }),
  LDAP_BIND_DN: setting({
    parse: z.string().min(1),
    description: 'Service account that reads and writes the tree.',
    demo: 'cn=dolores,dc=dolores,dc=local',
  }),
  LDAP_BIND_PASSWORD: setting({
    parse: z.string().min(1),
    description: 'Password of the service account.',
    demo: '',
    secret: true,
  }),
  LDAP_STARTTLS: setting({
    parse: z.enum(['true', 'false']).transform((v) => v === 'true'),
    description: 'Upgrade ldap:// connections with STARTTLS.',
    fallback: 'false',
  }),
  LDAP_CONFIG_URL: setting({
    parse: url(['ldapi', 'ldap', 'ldaps'], 'ldapi:///'),
    description:
      'Only for `npm run ldap:init`: where cn=config of your OpenLDAP is written to load our schema. ldapi:/// is the socket of a server on this machine, as root.',
    fallback: 'ldapi:///',
  }),
  LDAP_CONFIG_DN: setting({
    parse: z.string(),
    description:
      'Only for `npm run ldap:init`: the administrator of cn=config, when it is not the local root account.',
    fallback: '',
  }),
  LDAP_CONFIG_PASSWORD: setting({
    parse: z.string(),
    description: 'Only for `npm run ldap:init`: password of LDAP_CONFIG_DN.',
    fallback: '',
    secret: true,
  }),
  LDAP_CA_FILE: setting({
    parse: z.string(),
    description:
      'PEM file of the authority that signed the LDAP certificates, when the system does not know it.',
    fallback: '',
  }),
  LDAP_ACCESSLOG: setting({
    parse: z.string().refine((v) => v === 'off' || v.includes('='), 'must be a DN, or off'),
    description:
      'Where slapd keeps the log of its writes (overlay accesslog). When the service account can read it, edits by other LDAP tools stand in the audit log. off: never.',
    fallback: 'cn=accesslog',
  }),
  TOKEN_SECRET: setting({
    parse: z.string().min(32, 'must have at least 32 characters; `openssl rand -base64 48` makes one'),
    description:
      'Signs cursors and links, and is what the keys of access tokens are derived from. The same on every instance.',
    demo: '',
    secret: true,
  }),
  TOKEN_AUDIENCE: setting({
    parse: z.string().min(1),
    description: 'The `aud` of access tokens; other services that accept them check it.',
    fallback: 'dolores',
  }),
  ALLOWED_ORIGINS: setting({
    parse: list.refine((origins) => origins.every((o) => /^https?:\/\/[^/\s]+$/.test(o)), {
      message: 'must be exact origins such as https://people.example.com, separated by commas',
    }),
    description:
      'Origins of web pages that may call the API, compared exactly. The server itself is always one.',
    fallback: '',
  }),
  TRUST_PROXY: setting({
    parse: integer(0, 10),
    description: 'Number of reverse proxies in front whose X-Forwarded-For is believed.',
    fallback: '0',
  }),
  PUBLIC_URL: setting({
    parse: z
      .string()
      .regex(/^$|^https?:\/\/[^\s?#]+[^/\s?#]$/, 'must be an address such as https://people.example.com'),
    description: 'Where people reach this server, for the links in mails.',
    fallback: '',
  }),
  SMTP_URL: setting({
    parse: z.union([z.literal(''), url(['smtp', 'smtps'], 'smtp://user:password@mail.example.com:587')]),
    description:
      'Mail server that invitations go through. Without it, or without PUBLIC_URL, they are only shown to whoever invites.',
    fallback: '',
    secret: true,
  }),
  MAIL_FROM: setting({
    parse: z.string(),
    description: 'Sender of mails.',
    fallback: 'dolores@localhost',
  }),
  HORIZON_DAYS: setting({
    parse: integer(1, 3650),
    description: 'Age after which changes may be pruned, in days.',
    fallback: '30',
  }),
  HORIZON_VERSIONS: setting({
    parse: integer(1, 100_000_000),
    description: 'Number of versions that are kept at most.',
    fallback: '1000000',
  }),
  MASS_DELETE_PERCENT: setting({
    parse: integer(1, 100),
    description:
      'A pass that would remove or hide more than this share of the people or departments stops and asks (L6).',
    fallback: '10',
  }),
  MERGE_DELAY_MS: setting({
    parse: integer(0, 1000),
    description:
      'A version after a quiet time is pushed at once; those of the next so many milliseconds are gathered and pushed together; while a burst lasts the time grows up to five times that, but not beyond 500 (P5).',
    fallback: '20',
  }),
  HEARTBEAT_SECONDS: setting({
    parse: integer(1, 30),
    description: 'Longest silence on a subscription, in seconds (C3).',
    fallback: '30',
  }),
  COPY_LEASE_DAYS: setting({
    parse: integer(1, 365),
    description: 'How long a device may open its copy without having reached the server, in days (K2).',
    fallback: '7',
  }),
  RECONCILE_HOURS: setting({
    parse: integer(1, 24 * 30),
    description: 'Time between two full comparisons of the directory with the log, in hours.',
    fallback: '24',
  }),
  IMPORT_MAX_MB: setting({
    parse: integer(1, 4096),
    description: 'Largest file that may be imported, in MB.',
    fallback: '256',
  }),
  IMPORT_MAX_ROWS: setting({
    parse: integer(1, 1_000_000),
    description: 'Most rows of a file that may be imported.',
    fallback: '200000',
  }),
  IMPORT_KEPT_DAYS: setting({
    parse: integer(1, 365),
    description: 'How long the report of an import is kept, and with it the way to undo it, in days.',
    fallback: '30',
  }),
  WEBHOOK_NETWORKS: setting({
    parse: list.refine((networks) => networks.every(isNetwork), {
      message: 'must be addresses or networks such as 10.20.0.0/16, separated by commas',
    }),
    description:
      'Addresses and networks of your own that webhooks may be sent to, also by http. All others must be public, and by https.',
    fallback: '',
  }),
  EASEMOB_APP_KEY: setting({
    parse: z.string().regex(/^$|^[\w-]+#[\w-]+$/, 'must be an AppKey such as company#people'),
    description:
      'AppKey of Easemob; the id and the secret below belong to it. Only its contract tests use it yet: messages are our own.',
    fallback: '',
  }),
  EASEMOB_CLIENT_ID: setting({
    parse: z.string(),
    description: 'Client ID of the AppKey, from the console of Easemob.',
    fallback: '',
  }),
  EASEMOB_CLIENT_SECRET: setting({
    parse: z.string(),
    description: 'Client Secret of the AppKey. Whoever has it may do everything in its name.',
    fallback: '',
    secret: true,
  }),
  EASEMOB_CALLBACK_SECRET: setting({
    parse: z.string(),
    description: 'Secret of the callback rule in the console of Easemob, by which its callbacks are known.',
    fallback: '',
    secret: true,
  }),
  EASEMOB_REST_URL: setting({
    parse: url(['https', 'http'], 'https://a1.easemob.com'),
    description:
      'REST address of the data centre that the AppKey lives in; http only for one in your own network.',
    fallback: 'https://a1.easemob.com',
  }),
  METRICS_TOKEN: setting({
    parse: z
      .string()
      .regex(
        /^$|^[\w.~+/=-]{32,}$/,
        'must have at least 32 letters, digits or any of .~+/=_-; `openssl rand -base64 48` makes one',
      ),
    description:
      'What Prometheus has to send as a bearer token to read `/metrics`. Without it there are no metrics.',
    fallback: '',
    secret: true,
  }),
  LOG_LEVEL: setting({
    parse: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    description: 'Lowest level that is logged.',
    fallback: 'info',
  }),
} as const

/** Settings that are given all or not at all. */
const TOGETHER = [['EASEMOB_APP_KEY', 'EASEMOB_CLIENT_ID', 'EASEMOB_CLIENT_SECRET']] as const

type Settings = typeof SETTINGS
export type SettingName = keyof Settings
const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]
export type Config = { readonly [K in SettingName]: z.output<Settings[K]['parse']> }
export type Mode = 'demo' | 'production'
export type Environment = Readonly<Record<string, string | undefined>>

/** All that is wrong with the settings, at once. The process ends with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  readonly exitCode = 78
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((p) => `  - ${p}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/

/** Reads and checks every setting. Demo mode fills in what the private servers provide . */
export function readConfig(env: Environment, mode: Mode, readFile?: (path: string) => string): Config {
  return readSettings(env, mode, SETTING_NAMES, readFile)
}

/** Reads and checks some settings: a command asks for those that it uses. */
export function readSettings<N extends SettingName>(
  env: Environment,
  mode: Mode,
  names: readonly N[],
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Pick<Config, N> {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const name of names) {
    const spec: Setting<z.ZodType> = SETTINGS[name]
    const given = textOf(name, env, readFile, problems)
    const text = given ?? spec.fallback ?? (mode === 'demo' ? spec.demo : undefined)
    if (text === undefined) {
      problems.push(`${name} is required: ${spec.description}`)
      continue
    }
    const parsed = spec.parse.safeParse(text)
    if (parsed.success) values[name] = parsed.data
    else problems.push(`${name} ${parsed.error.issues.map((i) => i.message).join('; ')}`)
  }
  for (const group of TOGETHER) {
    const missing = group.filter((name) => values[name] === '')
    if (missing.length > 0 && group.some((name) => typeof values[name] === 'string' && values[name] !== ''))
      problems.push(
        `${missing.join(' and ')} must be set too: ${group.join(', ')} are given all or not at all`,
      )
  }
  if (
    typeof values['EASEMOB_CALLBACK_SECRET'] === 'string' &&
    values['EASEMOB_CALLBACK_SECRET'] !== '' &&
    values['EASEMOB_APP_KEY'] === ''
  )
    problems.push('EASEMOB_CALLBACK_SECRET is of no use without EASEMOB_APP_KEY')
  if (mode === 'demo' && typeof values['HOST'] === 'string' && !LOOPBACK.test(values['HOST'])) {
    problems.push(
      `HOST is ${values['HOST']}: the demo has well-known passwords and listens on loopback only; use \`npm run serve\``,
    )
  }
  if (problems.length > 0) throw new ConfigError(problems)
  // The loop above has put a parsed value under every name, or has thrown.
  return values as Pick<Config, N>
}

function textOf(
  name: string,
  env: Environment,
  readFile: (path: string) => string,
  problems: string[],
): string | undefined {
  const direct = env[name]
  const path = env[`${name}_FILE`]
  if (path === undefined || path === '') return direct === '' ? undefined : direct
  if (direct !== undefined && direct !== '')
    problems.push(`${name} and ${name}_FILE are both set: remove one`)
  try {
    return readFile(path).replace(/\r?\n$/, '')
  } catch {
    problems.push(`${name}_FILE names ${path}, which cannot be read`)
    return undefined
  }
}
