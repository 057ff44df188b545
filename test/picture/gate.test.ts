import { expect, it } from 'vitest'
import { TooManyPictures } from '../../src/picture/failures.ts'
import { Gate } from '../../src/picture/gate.ts'

/** Work that ends when it is told to. */
function task(log: string[], name: string) {
  let end: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const work = async () => {
    log.push(`${name} begins`)
    await ended
    log.push(`${name} ends`)
    return name
  }
  return { work, end }
}

it('lets a few run, the others wait in their order, and refuses those above the limit without beginning them', async () => {
  const log: string[] = []
  const gate = new Gate({ atOnce: 2, waiting: 2 })
  const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => task(log, name))
  const results = tasks.map(({ work }) => gate.run(work))
  await expect(results[4]).rejects.toBeInstanceOf(TooManyPictures)
  expect(log).toEqual(['a begins', 'b begins'])
  tasks[1]?.end()
  expect(await results[1]).toBe('b')
  await expect.poll(() => log).toEqual(['a begins', 'b begins', 'b ends', 'c begins'])
  for (const { end } of tasks) end()
  expect(await Promise.all(results.slice(0, 4))).toEqual(['a', 'b', 'c', 'd'])
  expect(await gate.run(async () => 'again')).toBe('again')
})

it('gives the place of work that fails to the next', async () => {
  const gate = new Gate({ atOnce: 1, waiting: 1 })
  const failed = gate.run(async () => {
    throw new Error('no')
  })
  const next = gate.run(async () => 'next')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('next')
})
