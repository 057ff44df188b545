import { expect, it } from 'vitest'
import { SearchIndex } from '../../src/search/search-index.ts'
import { department, idOf, staff } from '../support/entries.ts'

const memberships = (n: number) => [
  { departmentId: idOf(n), title: `Held ${n % 3}`, sortKey: '', isMain: true, isLeader: false },
]

it('[F1] the index holds nothing of those who are gone, and what many share once', () => {
  const index = new SearchIndex()
  const entry = (n: number) =>
    staff(n, {
      name: `王 ${n % 10}`,
      nickname: `N${n}`,
      title: `Title ${n % 5}`,
      memberships: memberships(n),
    })
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5000; n++) index.put(entry(n))
    expect(index.people.count).toBe(5000)
    expect(index.people.names.held).toBe(10)
    expect(index.people.titles.held).toBe(8)
    for (let n = 0; n < 5000; n++) index.put({ ...entry(n), name: '李' })
    expect(index.people.count).toBe(5000)
    expect(index.people.names.held).toBe(1)
    for (let n = 5000; n-- > 0;) index.remove('staff', idOf(n))
    const { names, nicknames, titles } = index.people
    expect([index.people.count, names.held, nicknames.held, titles.held]).toEqual([0, 0, 0, 0])
    expect(index.places.length).toBeLessThanOrEqual(1001)
  }
})

it('[F1] places keep their numbers until they are forgotten, which is told', () => {
  const index = new SearchIndex()
  const { stamp } = index
  const at = (id: number, n: number) => staff(id, { memberships: memberships(n) })
  index.put(at(1, 1))
  for (let n = 2; n < 1000; n++) index.put(at(2, n))
  expect(index.stamp).toBe(stamp)
  for (let n = 1000; n < 3000; n++) index.put(at(2, n))
  expect(index.stamp).not.toBe(stamp)
  const places = [1, 2].map(
    (id) => index.places[index.people.place.data[index.people.rowOf(idOf(id)) ?? -1] ?? -1],
  )
  expect(places.map((place) => place?.departmentIds)).toEqual([[idOf(1)], [idOf(2999)]])
  for (const place of places)
    for (const id of place?.departmentIds ?? [])
      expect(index.placesOf(id).map((number) => index.places[number])).toEqual([place])
})

it('[F1] putting the same entry again changes nothing', () => {
  const index = new SearchIndex()
  const [person, unit] = [staff(1), department(2)]
  for (let i = 0; i < 3; i++) for (const entry of [person, unit]) index.put(entry)
  expect([index.people.count, [...index.departments].length, index.people.names.held]).toEqual([1, 1, 1])
})
