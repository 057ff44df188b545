import type { T } from '../i18n/texts.ts'
import type { AdminKey } from '../i18n/zh-cn.ts'
import { failureText, issueText } from '../issues.ts'

interface RowError {
  readonly code: string
  readonly path: string
  readonly message: string
}

const ISSUES: readonly (readonly [pattern: RegExp, key: AdminKey])[] = [
  [/^(It was changed since|What it referred to)/, 'importIssue_changedSince'],
  [/^must be given/, 'importIssue_needed'],
  [/^is no type: /, 'importIssue_noType'],
  [/^is the (path|name) of several/, 'importIssue_several'],
  [/^is there already/, 'importIssue_there'],
  [/^must be ACTIVE or DISABLED$/, 'importIssue_status'],
  [/^must be (one of|among) the departments$/, 'importIssue_oneOf'],
  [/^must have (?<count>\d+) items/, 'importIssue_items'],
  [/^needs the column of departments$/, 'importIssue_alone'],
  [/^The row has (?<cells>\d+) cells, the header has (?<count>\d+)/, 'importIssue_cells'],
  [/^A quote is opened/, 'importIssue_quote'],
  [/^is not there, and the import does not say/, 'importIssue_departmentType'],
]

/** Why a row was not taken, in the words of the console. */
export function errorText(t: T, { code, path, message }: RowError): string {
  if (code === 'NOT_FOUND')
    return t(
      path.startsWith('departments.') || path === 'parent'
        ? 'importIssue_noDepartment'
        : 'importIssue_nobody',
    )
  for (const [pattern, key] of ISSUES) {
    const found = pattern.exec(message)
    if (found) return t(key, found.groups ?? {})
  }
  return code === 'INVALID_INPUT' || code === 'MALFORMED'
    ? issueText(t, message)
    : failureText(t, { code, message })
}
