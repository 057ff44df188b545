/** What is wrong, or null. */
export type Finding = string | null

/** A promise of schema/SYNC.md that does not hold. */
export class Violation extends Error {
  constructor(rule: string, what: string) {
    super(`[${rule}] ${what}`)
    this.name = 'Violation'
  }
}
