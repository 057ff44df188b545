import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { Glyphs } from '../../src/picture/glyphs.ts'
import { inkOf } from '../../src/picture/raster.ts'

const run = promisify(execFile)

/** What is said of characters and drawn for people by a process that finds no font at all, as on a bare Debian. */
const FONTLESS = `
  import { drawDefault } from './src/picture/default-picture.ts'
  import { Glyphs } from './src/picture/glyphs.ts'
  import { Pictures } from './src/picture/pictures.ts'
  import { rasterPng } from './src/picture/raster.ts'
  const id = '00000006-0000-4000-8000-000000000001'
  const missing = [...await new Glyphs().missingIn('Le 小明')]
  const { bytes } = await new Pictures().defaultPng(id, '王小明', 96)
  const figure = await rasterPng(drawDefault({ id, characters: '', size: 96 }))
  console.log(JSON.stringify({ missing, isFigure: bytes.equals(figure) }))
`

it('knows that a machine without fonts draws no character, and draws a figure instead of boxes there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dolores-fonts-'))
  try {
    const settings = join(folder, 'fonts.conf')
    await writeFile(settings, `<?xml version="1.0"?><fontconfig><cachedir>${folder}</cachedir></fontconfig>`)
    const args = ['--import', 'tsx', '--input-type=module', '--eval', FONTLESS]
    const { stdout } = await run(process.execPath, args, {
      env: { ...process.env, FONTCONFIG_FILE: settings },
    })
    expect(JSON.parse(stdout)).toEqual({ missing: ['L', 'e', '小', '明'], isFigure: true })
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('misses what no font has, keeps what it found out, and does not look for what is not drawn', async () => {
  const glyphs = new Glyphs()
  const draw = (text: string) =>
    inkOf(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><text y="40" font-size="30">${text}</text></svg>`,
      ),
    )
  const hasFonts = !Buffer.from((await draw('A')).ink).equals((await draw('B')).ink)
  expect([...(await glyphs.missingIn('A B\u200d\ufe0f'))]).toEqual(hasFonts ? [] : ['A', 'B'])
  const unassigned = ['\u0379', '\u{50000}']
  expect([...(await glyphs.missingIn(unassigned.join('')))]).toEqual(unassigned)
  expect([...(await glyphs.missingIn(unassigned.join('')))]).toEqual(unassigned)
  expect((await glyphs.missingIn(' \u200d\u200b\n')).size).toBe(0)
})
