import type { Staff } from './entry.ts'

/** People who were put or removed, each with what they were before; null: they were not there. */
export type EditedStaff = ReadonlyMap<string, Staff | null>

/** So many are remembered at least: whoever is further behind begins anew. */
const REMEMBERED = 2048

interface StaffEdit {
  readonly generation: number
  readonly id: string
  readonly before: Staff | null
}

/** The last edits of people in a state, by which lists that were made before are brought forward. */
export class LastEdits {
  #edits: StaffEdit[] = []
  /** All edits after this generation are here. */
  #from = 0

  /** In order of generations. */
  add(edit: StaffEdit): void {
    this.#edits.push(edit)
    if (this.#edits.length < REMEMBERED * 2) return
    this.#from = this.#edits[REMEMBERED - 1]?.generation ?? this.#from
    this.#edits = this.#edits.slice(REMEMBERED)
  }

  /** Null: that is too long ago to be known. */
  since(generation: number): EditedStaff | null {
    if (generation < this.#from) return null
    const edited = new Map<string, Staff | null>()
    for (let i = this.#edits.length - 1; i >= 0; i--) {
      const edit = this.#edits[i]
      if (!edit || edit.generation <= generation) break
      // The earliest one is met last.
      edited.set(edit.id, edit.before)
    }
    return edited
  }
}
