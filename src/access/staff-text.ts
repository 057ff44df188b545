import type { Staff } from '../model/entry.ts'
import type { Authority } from './authority.ts'

/** Fields by which somebody is found where they may be read; name, login and pinyin always may. */
const READ = ['nickname', 'title', 'mobile', 'email'] as const

/** By which of these fields it holds: kept for as long as nobody changes the person. */
const TEXTS: readonly WeakMap<Staff, string>[] = Array.from({ length: 2 ** READ.length }, () => new WeakMap())

/** All that a caller may read of somebody and that is looked through for words; `reads`: whether a field of somebody is. */
export function textsOf(
  authority: Authority,
  reads: (entry: Staff, key: string) => boolean,
): (entry: Staff) => string {
  const everywhere = READ.map((key) => authority.readsEverywhere('staff.read', key))
  if (authority.isOfNoPlace || everywhere.every((isRead) => isRead))
    return (entry) => textOf(entry, everywhere)
  return (entry) =>
    textOf(
      entry,
      READ.map((key) => reads(entry, key)),
    )
}

function textOf(entry: Staff, isRead: readonly boolean[]): string {
  let bits = 0
  for (let i = 0; i < READ.length; i++) if (isRead[i] === true) bits += 1 << i
  const known = TEXTS[bits]?.get(entry)
  if (known !== undefined) return known
  const { name, login, pinyin, initials, nickname, title, mobile, email } = entry
  const read = [nickname, title, mobile, email.join('\n')].filter((_, i) => isRead[i])
  const text = comparable([name, login, pinyin, pinyin?.replaceAll(' ', ''), initials, ...read].join('\n'))
  TEXTS[bits]?.set(entry, text)
  return text
}

export function wordsOf(text: string): string[] {
  return comparable(text)
    .split(/\s+/)
    .filter((word) => word !== '')
}

export function says(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word))
}

/** Without case and widths. Marks count: `fold` of the search would take 14 us a person. */
function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
