import { createHmac, hkdfSync } from 'node:crypto'
import type { EntryKind } from '../model/entry.ts'
import { isSecret } from './fields.ts'
import type { FieldChange } from './record.ts'

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
    if (isClear(kind, field)) return { field, before, after, isMasked: false }
    const marked = (values: readonly string[]) => values.map((value) => this.mark(field, value))
    return { field, before: before && marked(before), after: marked(after), isMasked: true }
  }

  mark(field: string, value: string): string {
    if (isSecret(field)) return HIDDEN
    const mac = createHmac('sha256', this.#key)
    for (const part of [field, value]) mac.update(`${Buffer.byteLength(part)}:`).update(part)
    return `~${mac.digest('hex').slice(0, 16)}`
  }
}
