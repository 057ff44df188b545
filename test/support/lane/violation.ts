import { Violation as Broken } from '../../sync/lane/violation.ts'

/** A promise of schema/SYNC.md that does not hold, and its number. */
export class Violation extends Broken {
  readonly rule: string

  constructor(rule: string, what: string) {
    super(rule, what)
    this.rule = rule
  }
}
