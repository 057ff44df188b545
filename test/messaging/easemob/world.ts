import { Easemob, type EasemobOptions, type How } from '../../../src/messaging/easemob/client.ts'
import { accountIdOf } from '../../../src/messaging/easemob/ids.ts'
import type { Lane } from '../../../src/messaging/easemob/lanes.ts'
import {
  APP_KEY,
  CLIENT_ID,
  CLIENT_SECRET,
  EasemobEmulator,
  type EmulatorOptions,
} from '../../support/easemob/emulator.ts'
import { StandInTime } from '../../support/easemob/stand-in-time.ts'

/** Our client and the emulator, in one time that passes as the client waits. */
export class EasemobWorld {
  readonly time: StandInTime
  readonly emulator: EasemobEmulator
  readonly #end = new AbortController()

  private constructor(time: StandInTime, emulator: EasemobEmulator) {
    this.time = time
    this.emulator = emulator
  }

  static async start(options: Omit<EmulatorOptions, 'time'> = {}): Promise<EasemobWorld> {
    const time = new StandInTime()
    return new EasemobWorld(time, await EasemobEmulator.start({ ...options, time }))
  }

  client(over: Partial<EasemobOptions> = {}): Easemob {
    return new Easemob({
      url: this.emulator.url,
      appKey: APP_KEY,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      time: this.time,
      random: () => 0.5,
      signal: this.#end.signal,
      ...over,
    })
  }

  how(lane: Lane = 'interactive', over: Partial<How> = {}): How {
    return { lane, signal: this.#end.signal, ...over }
  }

  /** Ends all clients, and what they wait for. */
  end(): void {
    this.#end.abort()
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Waits for something that the client does, while time passes. */
  through<T>(promise: Promise<T>): Promise<T> {
    return this.time.through(promise, () => this.emulator.silent)
  }

  /** What was asked for, `POST /token`, without the app's name. */
  get asked(): string[] {
    return this.emulator.seen.map(({ method, path }) => `${method} ${path.replace('/dolores/test', '')}`)
  }

  async stop(): Promise<void> {
    this.end()
    await this.emulator.close()
  }
}

/** Accounts by number, and those from one number to before another. */
export const account = (n: number) => accountIdOf(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
export const accounts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => account(from + i))

let number = 0
/** For an account, another each time. */
export const secret = () => `secret ${number++}`
