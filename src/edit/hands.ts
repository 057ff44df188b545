import type { DirectoryReads, FreshEntry } from '../directory/reader.ts'
import { formatRdn, normDn, parseDn } from '../directory/names.ts'
import type { AttributeChange, DirectoryWriter, Written } from '../directory/writer.ts'
import { AppError } from '../errors.ts'
import { EditConflict } from './failures.ts'
import { bytesOf, type Place, type Step, type StepValue, type Trace } from './step.ts'

/**
 * Makes steps in the directory, and takes them back. AppError UNAVAILABLE: nobody knows whether it was made. EditConflict:
 * the entry is not what it was when the step was planned; nothing was changed.
 */
export class Hands {
  readonly #reader: Pick<DirectoryReads, 'byId' | 'byDn'>
  readonly #writer: DirectoryWriter

  constructor(reader: Pick<DirectoryReads, 'byId' | 'byDn'>, writer: DirectoryWriter) {
    this.#reader = reader
    this.#writer = writer
  }

  /** `earlier`: what this edit has done before. `isResumed`: the step may have been made already, which is as good. */
  async make(step: Step, earlier: readonly Trace[], isResumed: boolean): Promise<Trace> {
    if (isResumed) {
      const done = await this.#alreadyMade(step)
      if (done) return done
    }
    const written = await this.#make(step, earlier)
    return { ...written, fate: FATES[step.kind] }
  }

  async #make(step: Step, earlier: readonly Trace[]): Promise<Written> {
    switch (step.kind) {
      case 'add': {
        const attributes = Object.entries(step.attributes).map(([name, values]) => [name, bytesOf(values)])
        return await this.#writer.add(await this.#dnAt(step.at, step.rdn), Object.fromEntries(attributes))
      }
      case 'modify': {
        const { dn } = await this.#entry(step.id)
        return await this.#writer.modify(dn, step.changes.map(replacing('after')), guard(step, earlier))
      }
      case 'move': {
        const { dn } = await this.#entry(step.id)
        return await this.#writer.move(dn, await this.#dnAt(step.to.at, step.to.rdn), guard(step, earlier))
      }
      case 'remove': {
        const { dn } = await this.#entry(step.id)
        return await this.#writer.remove(dn, guard(step, earlier))
      }
    }
  }

  /**
   * Takes back what a step has made, unless somebody has changed the entry since `csn`: that stays as they want it. Answers the
   * entry's CSN afterwards; null when it was left as it is, is gone, or was taken back before.
   */
  async takeBack(step: Step, id: string, csn: string): Promise<string | null> {
    const entry = await this.#reader.byId(id)
    if (entry?.csn !== csn) return null
    const ifCsn = { ifCsn: csn }
    switch (step.kind) {
      case 'add':
        await this.#writer.remove(entry.dn, ifCsn)
        return null
      case 'modify':
        return (await this.#writer.modify(entry.dn, step.changes.map(replacing('before')), ifCsn)).csn
      case 'move': {
        const before = await this.#dnAt(step.from.at, step.from.rdn)
        return (await this.#writer.move(entry.dn, before, step.ifCsn === null ? {} : ifCsn)).csn
      }
      case 'remove':
        return null
    }
  }

  async #alreadyMade(step: Step): Promise<Trace | null> {
    switch (step.kind) {
      case 'add': {
        const entry = await this.#reader.byDn(await this.#dnAt(step.at, step.rdn))
        return entry && hasAll(entry, step.attributes) ? traceOf(entry, 'new') : null
      }
      case 'modify': {
        const entry = await this.#reader.byId(step.id)
        const after = Object.fromEntries(step.changes.map((change) => [change.attribute, change.after]))
        // What was decided on is still what is there: the step has not been made.
        return entry && entry.csn !== step.ifCsn && hasAll(entry, after) ? traceOf(entry) : null
      }
      case 'move': {
        const entry = await this.#reader.byId(step.id)
        const target = await this.#dnAt(step.to.at, step.to.rdn)
        return entry && normDn(entry.dn) === normDn(target) ? traceOf(entry) : null
      }
      case 'remove': {
        const entry = await this.#reader.byId(step.id)
        return entry ? null : { id: step.id, csn: step.ifCsn ?? '', fate: 'gone' }
      }
    }
  }

  async #entry(id: string): Promise<FreshEntry> {
    const entry = await this.#reader.byId(id)
    if (!entry) throw new EditConflict(id, 'It is not there any more.')
    return entry
  }

  async #dnAt(at: Place, rdn: string): Promise<string> {
    const above = 'dn' in at ? at.dn : (await this.#entry(at.below)).dn
    return `${rdn},${above}`
  }
}

const FATES = { add: 'new', modify: 'changed', move: 'changed', remove: 'gone' } as const

/** The first name of a DN, as steps write it. */
export function rdnOf(dn: string): string {
  return formatRdn(parseDn(dn)[0] ?? [])
}

/** With a condition the entry must be as it was when the step was planned, or as this edit has left it since. */
function guard({ id, ifCsn }: { id: string; ifCsn: string | null }, earlier: readonly Trace[]) {
  if (ifCsn === null) return {}
  return { ifCsn: earlier.findLast((trace) => trace.id === id)?.csn ?? ifCsn }
}

function replacing(side: 'before' | 'after') {
  return (change: { attribute: string; before: StepValue[]; after: StepValue[] }): AttributeChange => ({
    operation: 'replace',
    attribute: change.attribute,
    values: bytesOf(change[side]),
  })
}

/** Pictures are not read with an entry: for them the other attributes speak (trap 5). */
function hasAll(entry: FreshEntry, attributes: Readonly<Record<string, readonly StepValue[]>>): boolean {
  return Object.entries(attributes).every(([name, values]) => {
    const texts = values.filter((one) => typeof one === 'string')
    if (texts.length < values.length) return true
    const present = new Set(entry.values(name))
    return present.size === texts.length && texts.every((text) => present.has(text))
  })
}

function traceOf({ id, csn }: FreshEntry, fate: Trace['fate'] = 'changed'): Trace {
  return { id, csn, fate }
}

/** Whether a failure says that nothing was changed, whoever is to blame. */
export function isDefinite(error: unknown): boolean {
  return !(error instanceof AppError && error.code === 'UNAVAILABLE')
}
