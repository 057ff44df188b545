import { pinyin } from 'pinyin-pro'

/** How a name with Chinese characters is romanised and searched; null for names without. */
export interface Romanised {
  /** Lower case, words apart: `ou yang xiu`. */
  readonly pinyin: string
  /** `oyx`. */
  readonly initials: string
}

/** Surnames are read as surnames (单 is Shan, 曾 is Zeng); everything else can be corrected in the directory. */
export function romanise(name: string): Romanised | null {
  if (!/\p{Script=Han}/u.test(name)) return null
  const words = pinyin(name, { surname: 'head', toneType: 'none', type: 'array', nonZh: 'consecutive' })
    .join(' ')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return { pinyin: words.join(' '), initials: initialsOf(words) }
}

export function initialsOf(words: readonly string[]): string {
  return words.map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0x20)).join('')
}
