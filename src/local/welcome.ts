import { DEMO_PASSWORD } from './demo/company.ts'

export interface WelcomeOptions {
  /** Where the server listens, `http://127.0.0.1:4000`. */
  readonly url: string
  readonly baseDn: string
  readonly dataDir: string
  /** A shell command that takes LDIF on its standard input; null when there is none. */
  readonly ldapmodify: string | null
  /** The cursor of `hr` at this moment, for the subscription; null where there is no such person. */
  readonly since: string | null
}

export const DEMO_LOGINS = [
  { login: 'hr', who: 'administrator: sees everything' },
  { login: 'staff', who: 'ordinary: sees colleagues, no mobile numbers, nothing confidential' },
  { login: 'guest', who: 'restricted: sees the own partner company only' },
] as const

/** What a newcomer reads when `npm start` is ready: all they need for a first live change. */
export function welcome(o: WelcomeOptions): string {
  const logins = DEMO_LOGINS.map(({ login, who }) => `    ${login.padEnd(6)} ${who}`)
  return [
    '',
    `  Dolores is ready: ${o.url}`,
    '',
    `  Demo logins, password \`${DEMO_PASSWORD}\`:`,
    ...logins,
    '',
    `  The API is at ${o.url}/graphql:`,
    '',
    '  1. Sign in (paste on that page), and put the accessToken of the answer under Headers,',
    '     as { "authorization": "Bearer …" }:',
    '',
    ...block(
      `mutation { login(input: { login: "hr", password: "${DEMO_PASSWORD}" }) { ... on Session { accessToken } ... on Error { message } } }`,
    ),
    '  2. Ask:',
    '',
    ...block(
      '{ departments(first: 20) { edges { node { name memberCount(recursive: true) } } } search(query: "staff") { ... on Staff { name title mobile } } }',
    ),
    ...(o.since === null ? [] : subscribe(o.since)),
    ...(o.ldapmodify === null ? [] : change(o.ldapmodify, o.baseDn)),
    `  Everything lives in ${o.dataDir}. Ctrl-C stops it; \`npm start\` goes on where it stopped.`,
    '',
  ].join('\n')
}

function subscribe(since: string): string[] {
  return [
    '  3. Subscribe, as hr:',
    '',
    ...block(
      `subscription { changes(since: "${since}") { ... on Delta { changes { action staff { name title } department { name } } } ... on Resync { reason } } }`,
    ),
  ]
}

function change(ldapmodify: string, baseDn: string): string[] {
  const command = [
    `${ldapmodify} <<'LDIF'`,
    `dn: uid=staff,ou=people,${baseDn}`,
    'changetype: modify',
    'replace: title',
    'title: Chief Tester',
    'LDIF',
  ]
  return [
    '  4. Change something with an LDAP tool, in another terminal, and watch it arrive:',
    '',
    ...block(...command),
  ]
}

const block = (...lines: string[]) => [...lines, '']
