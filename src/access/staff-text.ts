import type { Staff } from '../model/entry.ts'

/** Fields by which somebody is found where they may be read; name, login and pinyin always may. */
const READ = ['nickname', 'title', 'mobile', 'email'] as const

/** By which of these fields it holds: kept for as long as nobody changes the person. */
const TEXTS: readonly WeakMap<Staff, string>[] = Array.from({ length: 2 ** READ.length }, () => new WeakMap())

/** All that may be read of somebody and is looked through for words. */
export function textOf(entry: Staff, reads: (entry: Staff, key: string) => boolean): string {
  const shown = READ.map((key) => reads(entry, key))
  const texts = TEXTS[shown.reduce((bits, isShown, i) => bits + (isShown ? 2 ** i : 0), 0)]
  const known = texts?.get(entry)
  if (known !== undefined) return known
  const { name, login, pinyin, initials, nickname, title, mobile, email } = entry
  const read = [nickname, title, mobile, email.join('\n')].filter((_, i) => shown[i])
  const text = comparable([name, login, pinyin, pinyin?.replaceAll(' ', ''), initials, ...read].join('\n'))
  texts?.set(entry, text)
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
