import type { Department, Staff } from '../model/entry.ts'
import { literalOf, type Literal } from './literal.ts'
import { addressOf } from './query.ts'
import { Shared } from './shared.ts'
import { spellingsOf, type Spelling } from './spelling.ts'
import { Readings } from './syllable.ts'
import { fold } from './text.ts'

/** A name: as it is written, and how it sounds. */
export interface Name {
  readonly literal: Literal
  readonly spellings: readonly Spelling[]
}

/** What can be found of a person, whoever asks: which of it may be, the view says. */
export interface Texts {
  readonly name: Name
  readonly nickname: Name | null
  readonly login: Literal
  readonly mails: readonly Mail[]
  readonly titles: readonly Title[]
  /** Of the mobile number. */
  readonly digits: string | null
}

export interface Mail {
  readonly local: Literal
  readonly address: string
}

export interface Title {
  /** Where it is held; null: everywhere. */
  readonly departmentId: string | null
  readonly text: Literal
}

const NONE: readonly never[] = []

/** Makes the texts of entries; names and titles that many have are one object. Whatever was made is given back in the end. */
export class TextMaker {
  readonly #readings = new Readings()
  readonly #names = new Shared<Name>()
  readonly #titles = new Shared<Literal>()

  /** For tests: how many distinct names and titles are held. */
  get held(): number {
    return this.#names.size + this.#titles.size
  }

  staff(entry: Staff): Texts {
    const { nickname, mobile, email } = entry
    const titles = titlesOf(entry).map(({ departmentId, title }) => ({
      departmentId,
      text: this.#titles.take(title, () => literalOf(fold(title))),
    }))
    return {
      name: this.#name(entry.name, entry.pinyin, entry.initials),
      nickname: nickname === null ? null : this.#name(nickname, null, null),
      login: literalOf(fold(entry.login)),
      mails: email.length === 0 ? NONE : email.map(mailOf),
      titles: titles.length === 0 ? NONE : titles,
      digits: mobile?.normalize('NFKC').replace(/\D+/g, '') || null,
    }
  }

  department(entry: Department): Name {
    return this.#name(entry.name, null, null)
  }

  /** An entry whose texts were made is gone. */
  forget(entry: Staff | Department): void {
    if (entry.kind === 'department') {
      this.#names.leave(nameKey(entry.name, null, null))
      return
    }
    this.#names.leave(nameKey(entry.name, entry.pinyin, entry.initials))
    if (entry.nickname !== null) this.#names.leave(nameKey(entry.nickname, null, null))
    for (const { title } of titlesOf(entry)) this.#titles.leave(title)
  }

  #name(name: string, pinyin: string | null, initials: string | null): Name {
    return this.#names.take(nameKey(name, pinyin, initials), () => {
      const folded = fold(name)
      return { literal: literalOf(folded), spellings: spellingsOf(folded, pinyin, initials, this.#readings) }
    })
  }
}

function nameKey(...parts: readonly (string | null)[]): string {
  return parts.join('\0')
}

function titlesOf({ title, memberships }: Staff): { departmentId: string | null; title: string }[] {
  const own = memberships.map((m) => ({ departmentId: m.departmentId, title: m.title }))
  return [{ departmentId: null, title }, ...own].flatMap((held) =>
    held.title === null ? [] : [{ departmentId: held.departmentId, title: held.title }],
  )
}

function mailOf(mail: string): Mail {
  const address = addressOf(mail) ?? fold(mail)
  return { local: literalOf(address.replace(/@.*$/, '')), address }
}
