import type { TestSlapd } from '../slapd.ts'
import type { Canaries } from './canary.ts'
import { Editor } from './editor.ts'
import { EDITS, type EditName } from './edits.ts'
import { VIEWERS } from './founding.ts'
import { Journal } from './journal.ts'
import { Judge } from './judge.ts'
import { Line, type Tamper } from './line.ts'
import { Past } from './past.ts'
import { Phone, type Manner } from './phone.ts'
import type { ActName, Step } from './script.ts'

/** What a lane runs on: whoever made it ends it. */
export interface Ground {
  readonly slapd: TestSlapd
  /** Of the database, for the truth; not through a proxy. */
  readonly databaseUrl: string
  /** `http://127.0.0.1:…` of every instance; the addresses stay, whatever dies. */
  readonly urls: readonly string[]
  readonly canaries: Canaries
}

export interface StageOptions {
  /** Makes for each device what spoils all that it hears, to see that it is found out. */
  readonly tamper?: () => Tamper
}

/** Two devices of everybody who is watched, an editor of the directory, and a judge. */
export class Stage {
  readonly past: Past
  readonly journal = new Journal()
  readonly judge: Judge
  readonly editor: Editor
  readonly phones: readonly Phone[]

  private constructor(ground: Ground, ids: ReadonlyMap<string, string>, o: StageOptions) {
    this.past = new Past(ground.databaseUrl)
    this.judge = new Judge(this.past, this.journal)
    this.editor = new Editor(ground.slapd, ground.canaries)
    this.phones = Object.keys(VIEWERS).flatMap((login) =>
      ['phone', 'laptop'].map((kind) => {
        const viewerId = ids.get(login) ?? ''
        const name = `the ${kind} of ${login}`
        const tell = (text: string) =>
          this.journal.add({
            device: name,
            viewerId,
            happening: { kind: 'told', text, since: phone.cursor },
          })
        const line = new Line({
          urls: ground.urls,
          onText: tell,
          ...(o.tamper ? { tamper: o.tamper() } : {}),
        })
        const phone: Phone = new Phone({ name, login, viewerId, line, journal: this.journal })
        return phone
      }),
    )
  }

  static async set(ground: Ground, o: StageOptions = {}): Promise<Stage> {
    const look = new Editor(ground.slapd, ground.canaries)
    const entries = await look.entries()
    await look.close()
    const ids = entries.flatMap((e) => (e.kind === 'staff' ? [[e.login, e.id] as const] : []))
    return new Stage(ground, new Map(ids), o)
  }

  /** Does one step; faults are the lane's own. */
  async perform(step: Step, fault: (step: Step) => Promise<void>): Promise<void> {
    if (step.actor === 'fault') return fault(step)
    if (step.actor === 'directory') {
      if (isEdit(step.act)) await this.editor.perform(step.act, step)
      return
    }
    const phone = this.phones[Number(step.actor) % this.phones.length]
    if (phone) await act(phone, step)
  }

  async close(): Promise<void> {
    for (const phone of this.phones) phone.close()
    await this.editor.close()
  }
}

/** Rows of a page: mostly so few that everything takes several. */
const PAGES = [1, 2, 2, 3, 5, 8, 40]

const isEdit = (name: string): name is EditName => name in EDITS

function act(phone: Phone, { act: name, a, b, c }: Step): Promise<void> | void {
  const manner: Manner = { instance: a, first: PAGES[b % PAGES.length] ?? 1, compact: c % 2 === 0 }
  const acts: Record<ActName, () => Promise<void> | void> = {
    'go on': () => phone.goOn(manner),
    'catch up': () => phone.goOn(manner, false),
    'hear all': () => phone.hearAll(),
    'ask while following': () => phone.askWhileFollowing(manner),
    'hear twice': () => phone.hearTwice(),
    'hear out of order': () => phone.hearOutOfOrder(),
    'fall off': () => phone.fallOff(),
    crash: () => phone.crash(),
    'lose an answer': () => phone.loseAnswer(manner),
    report: () => phone.report(manner),
    'look at oneself': () => phone.lookAtOneself(manner),
    'wait for others': () => phone.waitForOthers(manner),
  }
  return name in acts ? acts[name as ActName]() : undefined
}
