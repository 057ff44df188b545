import { pinyin } from 'pinyin-pro'
import { startsWithHan } from './text.ts'

/** A part of a name as it may be typed (F4): a Han character, or a word of other letters. */
export interface Syllable {
  readonly text: string
  readonly isHan: boolean
  /** Spellings of the reading that the row shows, the word itself where it is not Han. */
  readonly first: readonly string[]
  /** Spellings of all readings. */
  readonly all: readonly string[]
}

/** What the dictionary knows of Han characters, each looked up once. */
export class Readings {
  readonly #readings = new Map<string, readonly string[]>()
  readonly #syllables = new Map<string, Syllable>()

  /** All readings of a character, the most common one first; none where the dictionary has none. */
  of(character: string): readonly string[] {
    let readings = this.#readings.get(character)
    if (!readings) {
      const found = pinyin(character, { multiple: true, toneType: 'none', type: 'array' })
      readings = [...new Set(found)].filter((reading) => /^[a-zü]+$/.test(reading))
      this.#readings.set(character, readings)
    }
    return readings
  }

  /** A character whose first reading is given; null: the dictionary's. */
  han(character: string, first: string | null): Syllable {
    const readings = this.of(character)
    const given = first ?? readings[0] ?? ''
    const isKnown = given === '' || readings.includes(given)
    const key = `${character} ${given}`
    const known = this.#syllables.get(key)
    if (known) return known
    const syllable: Syllable = {
      text: character,
      isHan: true,
      first: given === '' ? [] : spellings(given),
      all: [...new Set([given, ...readings])].filter((reading) => reading !== '').flatMap(spellings),
    }
    // Readings of somebody's own are not kept for everybody.
    if (isKnown) this.#syllables.set(key, syllable)
    return syllable
  }

  syllable(word: string): Syllable {
    return startsWithHan(word)
      ? this.han(word, null)
      : { text: word, isHan: false, first: [word], all: [word] }
  }
}

/** How a reading is typed: ü as v, as u, or as in passports. */
export function spellings(reading: string): string[] {
  return reading.includes('ü') ? ['v', 'u', 'yu'].map((u) => reading.replaceAll('ü', u)) : [reading]
}
