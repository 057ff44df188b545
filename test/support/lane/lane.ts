import { readFileSync } from 'node:fs'
import { Canaries } from './canary.ts'
import { play, readScript, saveScript } from './play.ts'
import { scriptOf, type Script, type ScriptOptions, type Step } from './script.ts'
import { shrink } from './shrink.ts'
import { Stage, type Ground, type StageOptions } from './stage.ts'

/** What one lane stands on, and what can go wrong there. */
export interface Floor extends Ground {
  /** Does a fault of `Lane.faults`; it is over when this resolves. */
  fault(step: Step, stage: Stage): Promise<void>
  /** What the instances have logged, newest last. */
  log(): readonly string[]
  close(): Promise<void>
}

export interface Lane extends StageOptions {
  readonly name: string
  readonly faults: readonly string[]
  readonly faultPercent: number
  /** Turns of a history in every `npm test`. */
  readonly turns: number
  lay(canaries: Canaries): Promise<Floor>
}

/** A history that was played to its end. */
export interface Played {
  readonly seed: number
  readonly versions: number
  readonly counts: ReadonlyMap<string, number>
}

/** Devices of a script: two for each of those who are watched. */
const DEVICES = 14
/** Of a test that runs a lane: minutes for a history on a busy machine, and for making one shorter in a long run. */
export const LANE_TIMEOUT = (5 + Number(process.env['HISTORY_MINUTES'] ?? 0) * 2 + 20) * 60_000
/** How often a failing history is tried with less of it, in a long run. */
const TRIALS = 40
const GATE_SEED = 7
const anySeed = () => Math.floor(Math.random() * 2 ** 31)

/**
 * Plays one history, always the same: a commit must not be refused for what another has done. In a long run (`npm run
 * histories`) from a random seed on, seed after seed until the time is over; and with HISTORY=<file> that one. A history that fails is written to a file, the error says how to play it again.
 */
export async function runLane(lane: Lane): Promise<Played[]> {
  const { HISTORY, HISTORY_SEED, HISTORY_MINUTES = '0' } = process.env
  if (HISTORY !== undefined) {
    const { seed, script } = readScript(readFileSync(HISTORY, 'utf8'))
    return [await playOnce(lane, seed, script)]
  }
  const deadline = Date.now() + Number(HISTORY_MINUTES) * 60_000
  const played: Played[] = []
  for (let seed = Number(HISTORY_SEED ?? (HISTORY_MINUTES === '0' ? GATE_SEED : anySeed())); ; seed++) {
    const script = scriptOf(seed, optionsOf(lane))
    try {
      const { versions, counts } = await playOnce(lane, seed, script)
      played.push({ seed, versions, counts })
      const tally = [...counts].map(([what, n]) => `${n} ${what}`).join(', ')
      process.stdout.write(`${lane.name}, seed ${seed}: ${versions} versions, ${tally}\n`)
    } catch (error) {
      const path = saveScript(lane.name, seed, script, String(error))
      if (Number(HISTORY_MINUTES) > 0) {
        const smallest = await shrink(script, (less) => fails(lane, seed, less), TRIALS)
        saveScript(lane.name, seed, smallest, String(error))
      }
      throw new Error(
        `${lane.name}, seed ${seed}: ${String(error)}\nAgain: HISTORY=${path} npm test -- test/journeys/${lane.name}.test.ts`,
        { cause: error },
      )
    }
    if (Date.now() >= deadline) return played
  }
}

export async function playOnce(lane: Lane, seed: number, script: Script): Promise<Played> {
  const floor = await lane.lay(new Canaries())
  try {
    const stage = await Stage.set(floor, lane)
    try {
      await play(stage, script, (step) => floor.fault(step, stage))
      return { seed, versions: stage.past.head.version, counts: stage.judge.counts }
    } catch (error) {
      throw new Error(`${String(error)}\n${floor.log().slice(-20).join('')}`, { cause: error })
    } finally {
      await stage.close()
    }
  } finally {
    await floor.close()
  }
}

async function fails(lane: Lane, seed: number, script: Script): Promise<boolean> {
  return playOnce(lane, seed, script).then(
    () => false,
    () => true,
  )
}

function optionsOf({ turns, faults, faultPercent }: Lane): ScriptOptions {
  return { turns, devices: DEVICES, faults, faultPercent }
}
