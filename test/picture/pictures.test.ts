import sharp from 'sharp'
import { expect, it } from 'vitest'
import { Pictures } from '../../src/picture/pictures.ts'
import { hostilePhotos, jpegOf } from '../support/photos.ts'
import { uuid } from '../support/histories.ts'

/** A directory that counts how often it is asked. */
function directory(photo: Buffer | null) {
  const asked = { count: 0 }
  const read = async () => {
    asked.count++
    return photo
  }
  return { asked, read }
}

it('[T73] serves photos in the size that was asked for, and asks the directory once for each', async () => {
  const pictures = new Pictures()
  const { asked, read } = directory(await jpegOf(900, 900))
  for (const size of [48, 96, 192, 640, 48, 96, 192, 640] as const) {
    const photo = await pictures.photo('one', size, read)
    expect(photo?.type).toBe('image/jpeg')
    expect((await sharp(photo?.bytes).metadata()).width).toBe(size)
  }
  expect(asked.count).toBe(4)
})

it('[T73] answers none for a hostile photo and for none, and remembers that', async () => {
  const pictures = new Pictures()
  for (const [name, { bytes }] of Object.entries(await hostilePhotos())) {
    const { asked, read } = directory(bytes)
    expect(await pictures.photo(name, 96, read), name).toBeNull()
    expect(await pictures.photo(name, 96, read), name).toBeNull()
    expect(asked.count).toBe(1)
  }
  const { asked, read } = directory(null)
  expect(await pictures.photo('empty', 96, read)).toBeNull()
  expect(await pictures.photo('empty', 640, read)).toBeNull()
  expect(asked.count).toBe(1)
})

it('[T62] does not remember that the directory was away', async () => {
  const pictures = new Pictures()
  const away = pictures.photo('one', 96, () => Promise.reject(new Error('away')))
  await expect(away).rejects.toThrow('away')
  const { read } = directory(await jpegOf(100, 100))
  expect(await pictures.photo('one', 96, read)).not.toBeNull()
})

it('makes one picture of equal photos, and one of what is asked for twice at the same time', async () => {
  const pictures = new Pictures()
  const { read } = directory(await jpegOf(300, 300))
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i % 10}`)
  const made = await Promise.all(keys.map((key) => pictures.photo(key, 96, read)))
  expect(new Set(made).size).toBe(1)
})

it('draws default pictures as PNG in every size, the same each time', async () => {
  const id = uuid(6, 7)
  for (const size of [48, 96, 192, 640] as const) {
    const [one, two] = [new Pictures(), new Pictures()].map((p) => p.defaultPng(id, 'Leo', size))
    const bytes = (await one)?.bytes
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: size, height: size })
    expect((await two)?.bytes).toEqual(bytes)
  }
})
