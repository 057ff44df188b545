/** A rule or invariant that was broken; the message names the rule first. */
export class Violation extends Error {
  readonly rule: string

  constructor(rule: string, what: string) {
    super(`[${rule}] ${what}`)
    this.name = 'Violation'
    this.rule = rule
  }
}
