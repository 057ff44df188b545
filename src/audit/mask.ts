import { createHmac, hkdfSync } from 'node:crypto'
import type { EntryKind } from '../model/entry.ts'
import { normaliseLines, normaliseText } from '../model/text.ts'
import { isSecret } from './fields.ts'
import type { FieldChange } from './record.ts'

/** Of one field that are listed; a group of another tool may have thousands. */
const MOST_VALUES = 500
/** What stands for a value that is in no log. */
const HIDDEN = '***'

/**
 * Masks values before they are written. A sensitive value becomes a mark, `~` and 16 hex digits of an HMAC under a key of the
 * server: equal marks stand for equal values of one field, so that it shows whether something was set back, and without the
 * key nobody finds a number by trying all of them. Passwords, photos and the like become `***`: not even which of them
 * are equal is told.
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

  mark(field: string, value: string): string {
    if (isSecret(field)) return HIDDEN
    const mac = createHmac('sha256', this.#key)
    for (const part of [field, value]) mac.update(`${Buffer.byteLength(part)}:`).update(part)
    return `~${mac.digest('hex').slice(0, 16)}`
  }
}
