import { createHmac, hkdfSync } from 'node:crypto'
import type { EntryKind } from '../model/entry.ts'
import { normaliseLines, normaliseText } from '../model/text.ts'
import { isSecret } from './fields.ts'
import type { FieldChange } from './record.ts'

/** Of one field that are listed; a group of another tool may have thousands. */
const MOST_VALUES = 500
/** What stands for a value that is in no log. */
const HIDDEN = '***'
const MARK = '~'

/**
 * Masks values before they are written. A sensitive value becomes a mark, `~` and 16 hex digits of an HMAC under a key of the
 * server: equal marks stand for equal values of one field of one entry, so that it shows whether something was set back, and
 * without the key nobody finds a number by trying all of them. A mark is made in two steps, as the id of what is new is not
 * known when its record is drafted: `change` marks by field, and `ofEntry` binds that to the entry when it is written.
 * Otherwise whoever may set the field of one person could confirm a guess about another. Passwords, photos and the like
 * become `***`: not even which of them are equal is told.
 */
export class Masks {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'dolores audit mask', 32))
  }

  /** `isClear`: whether values of the field may stand in the log as they are (see `clearFields`). */
  change(
    isClear: (kind: EntryKind | null, field: string) => boolean,
    kind: EntryKind | null,
    { field, before, after }: Omit<FieldChange, 'isMasked'>,
  ): FieldChange {
    const isMasked = !isClear(kind, field)
    const written = (values: readonly string[]) => {
      const texts = values.slice(0, MOST_VALUES)
      const more = values.length > MOST_VALUES ? [`… ${values.length - MOST_VALUES} more`] : []
      // As PostgreSQL can store it and a screen can show it (T19, T100).
      return [...texts.map((text) => (isMasked ? this.mark(field, text) : normaliseLines(text))), ...more]
    }
    return { field: normaliseText(field), before: before && written(before), after: written(after), isMasked }
  }

  /** Marks as they are written of one entry; values in clear stay, and whose entry nobody knows have no marks. */
  ofEntry<C extends FieldChange>(id: string | null, change: C): C {
    if (!change.isMasked) return change
    const bound = (text: string) => {
      if (!text.startsWith(MARK)) return text
      return id === null ? HIDDEN : this.#marked([id, text])
    }
    return { ...change, before: change.before?.map(bound) ?? null, after: change.after.map(bound) }
  }

  mark(field: string, value: string): string {
    return isSecret(field) ? HIDDEN : this.#marked([field, value])
  }

  #marked(parts: readonly string[]): string {
    const mac = createHmac('sha256', this.#key)
    for (const part of parts) mac.update(`${Buffer.byteLength(part)}:`).update(part)
    return `${MARK}${mac.digest('hex').slice(0, 16)}`
  }
}
