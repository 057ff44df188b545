import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Easemob } from '../../../src/messaging/easemob/client.ts'
import { isNothingToRecall, recallMessage, sendMessage } from '../../../src/messaging/easemob/messages.ts'
import type { EmulatedFamily } from '../../support/easemob/endpoint.ts'
import { EasemobWorld, account, accounts } from './world.ts'

let world: EasemobWorld
let easemob: Easemob
beforeEach(async () => {
  world = await EasemobWorld.start()
  easemob = world.client()
})
afterEach(() => world.stop())

const bulk = () => world.how('bulk')
const through = <T>(promise: Promise<T>) => world.through(promise)
const calls = (start: string) => world.asked.filter((call) => call.startsWith(start))
/** The answer is lost, though it was done. */
const lose = (family: EmulatedFamily) => world.emulator.faults.fail(family, 'broken')
const [ann, bob] = [account(1), account(2)]

describe('messages', () => {
  const text = { id: 'dolores-1', from: ann, content: { type: 'txt', body: { msg: '你好' } } } as const

  it('go to people and groups in as few calls as may be, and carry our id', async () => {
    const to = accounts(10, 1250)
    const sent = await through(sendMessage(easemob, { ...text, audience: { kind: 'people', to } }, bulk()))
    expect(sent.done).toHaveLength(1240)
    expect(calls('POST /messages/users')).toHaveLength(3)
    const [first] = world.emulator.world.messages
    expect(first).toMatchObject({
      from: ann,
      to: to[0],
      chat: 'chat',
      body: { msg: '你好' },
      ext: { dolores_id: 'dolores-1' },
    })
    expect(sent.messageIds.get(to[0] ?? '')).toBe(first?.id)
    const rooms = await through(
      sendMessage(
        easemob,
        {
          ...text,
          isSilent: true,
          ext: { em_at_list: 'ALL' },
          audience: { kind: 'groups', to: ['1', '2', '3', '4'] },
        },
        world.how(),
      ),
    )
    expect([...rooms.messageIds.keys()]).toEqual(['1', '2', '3', '4'])
    expect(calls('POST /messages/chatgroups')).toHaveLength(2)
    expect(world.emulator.world.messages.at(-1)?.ext).toEqual({
      dolores_id: 'dolores-1',
      em_at_list: 'ALL',
      em_ignore_notification: true,
    })
  })

  it('are sent again under the same id when the answer is lost, and refused ones say why', async () => {
    lose('people')
    const audience = { kind: 'people', to: [bob] } as const
    await through(sendMessage(easemob, { ...text, audience }, world.how()))
    expect(world.emulator.world.messages.map(({ ext }) => ext['dolores_id'])).toEqual([
      'dolores-1',
      'dolores-1',
    ])
    const content = { type: 'txt', body: { msg: 'x'.repeat(6000) } } as const
    const sent = await through(sendMessage(easemob, { ...text, content, audience }, world.how()))
    expect(sent.failed).toMatchObject([
      { item: bob, failure: { reason: 'REFUSED', error: 'message_send_error' } },
    ])
  })

  it('are taken back; twice is once, and what was never there is a failure', async () => {
    const send = async () => {
      const sent = await through(
        sendMessage(easemob, { ...text, audience: { kind: 'people', to: [bob] } }, world.how()),
      )
      return sent.messageIds.get(bob) ?? ''
    }
    const recall = (messageId: string, isForced = false, isRepeated = false) =>
      through(
        recallMessage(
          easemob,
          { messageId, from: ann, to: bob, chat: 'chat', isForced },
          world.how('interactive', { isRepeated }),
        ),
      )
    const first = await send()
    lose('recall')
    await recall(first)
    expect(world.emulator.world.messages[0]?.isRecalled).toBe(true)
    const again: unknown = await recall(first).catch((error: unknown) => error)
    expect(isNothingToRecall(again)).toBe(true)
    await recall(first, false, true)
    const late = await send()
    await world.time.advance(130_000)
    const refused: unknown = await recall(late).catch((error: unknown) => error)
    expect(refused).toMatchObject({ reason: 'REFUSED', status: 403 })
    expect(isNothingToRecall(refused)).toBe(false)
    await recall(late, true)
    expect(world.emulator.world.messages.at(-1)?.isRecalled).toBe(true)
  })
})
