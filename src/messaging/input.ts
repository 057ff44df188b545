import { InvalidInput, type InputIssue } from '../edit/failures.ts'
import { normaliseLines, normaliseText } from '../model/text.ts'
import { MAX_MENTIONS, MAX_TEXT, type TextBody } from './body.ts'

export interface TextInput {
  readonly text: string
  readonly quotedId: string | null
  readonly mentionIds: readonly string[]
  readonly mentionsAll: boolean
}

const MAX_NAME = 50

/** Throws InvalidInput with everything that is wrong. */
export function textOf({ text, quotedId, mentionIds, mentionsAll }: TextInput): TextBody {
  const issues: InputIssue[] = []
  const clean = normaliseLines(text, MAX_TEXT)
  if (clean === '') issues.push({ path: 'text', message: 'must say something' })
  if (text.length > MAX_TEXT)
    issues.push({ path: 'text', message: `must have at most ${MAX_TEXT} characters` })
  if (mentionIds.length > MAX_MENTIONS)
    issues.push({ path: 'mentionIds', message: `must be at most ${MAX_MENTIONS} people` })
  if (issues.length > 0) throw new InvalidInput(issues)
  return { kind: 'TEXT', text: clean, quotedId, mentionIds: [...new Set(mentionIds)], mentionsAll }
}

/** Throws InvalidInput. */
export function groupNameOf(name: string): string {
  const clean = normaliseText(name)
  if (clean === '' || clean.length > MAX_NAME)
    throw InvalidInput.at('name', `must have 1 to ${MAX_NAME} characters`)
  return clean
}
