import type { Answer } from './admin.ts'
import type { T } from './i18n/texts.ts'
import type { AdminKey } from './i18n/zh-cn.ts'

/** What the server finds wrong with a value, in the words of the console. */
const ISSUES: readonly (readonly [pattern: RegExp, key: AdminKey])[] = [
  [/^must not be empty$/, 'issue_empty'],
  [/^must have at most (?<count>\d+) characters$/, 'issue_long'],
  [/^must be letters, digits and/, 'issue_login'],
  [/^is the login of (?<name>.+)$/, 'issue_loginOf'],
  [/^cannot be used: choose another one$/, 'issue_loginTaken'],
  [/^must be a telephone number$/, 'issue_mobile'],
  [/^must be an address$/, 'issue_email'],
  [/^must be a date/, 'issue_date'],
  [/^has come /, 'issue_dateHasCome'],
  [/^must be an id$|^is no type of/, 'issue_choose'],
  [/^must be somebody else$/, 'issue_self'],
  [/^reports to this person$/, 'issue_circle'],
  [/^is taken by another department/, 'issue_departmentTaken'],
  [/^is taken by another/, 'issue_taken'],
  [/^must be an address such as/, 'issue_url'],
  [/^must begin with https/, 'issue_https'],
  [/^must hold no user name/, 'issue_credentials'],
  [/^There are (?<count>\d+) (?:tokens|integrations|webhooks)/, 'issue_many'],
  [/^has ended already/, 'issue_tokenEnded'],
  [/^lies in the trash$/, 'issue_trashed'],
  [/^must have one main department$/, 'issue_oneMain'],
  [/^must be letters, digits, \. _ and -/, 'issue_key'],
  [/^must be given with the scope SUBTREE/, 'issue_choose'],
  [/^is no such type$|^is no rule$|^is no role$|^is no field of the catalogue/, 'issue_gone'],
  [/^goes beyond your own rights$/, 'issue_beyondOwn'],
]

export function issueText(t: T, message: string): string {
  for (const [pattern, key] of ISSUES) {
    const found = pattern.exec(message)
    if (found) return t(key, found.groups ?? {})
  }
  return message
}

const CODES = [
  'NOT_PERMITTED',
  'NOT_FOUND',
  'CONFLICT',
  'INVALID_INPUT',
  'IN_TRASH',
  'NOT_IN_TRASH',
  'CYCLE',
  'NOT_EMPTY',
  'IN_USE',
  'PLACE_GONE',
  'OWN_ACCOUNT',
  'LAST_ADMINISTRATOR',
  'BUSY',
] as const

/** A failure of the contract; what this console does not know says the server itself. */
export function failureText(t: T, failure: Answer): string {
  const issue = failure.issues?.[0]
  if (issue) return issueText(t, issue.message)
  const code = CODES.find((one) => one === failure.code)
  return code === undefined ? (failure.message ?? '') : t(`failure_${code}`)
}
