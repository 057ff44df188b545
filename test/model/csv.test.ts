import { describe, expect, it } from 'vitest'
import { csvLine, guarded, unguarded } from '../../src/model/csv.ts'

describe('[T111] a cell of a file that a spreadsheet opens', () => {
  it.each([
    ['=1+1', `'=1+1`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['  =1', `'  =1`],
    ['\t=1', `"'\t=1"`],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    ['＝1', `'＝1`],
    [`'=1`, `''=1`],
    ['a"b,c\nd', `"a""b,c\nd"`],
    ['a=1', 'a=1'],
    ["'tis", "'tis"],
    ['', ''],
  ])('that holds %j is %s, and comes back as it was', (value, cell) => {
    expect(csvLine([value, 'x'])).toBe(`${cell},x\r\n`)
    expect(unguarded(guarded(value))).toBe(value)
  })
})
