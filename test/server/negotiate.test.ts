import { describe, expect, it } from 'vitest'
import { acceptsGzip } from '../../src/server/negotiate.ts'

describe('Accept-Encoding', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['', false],
    ['identity', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['br, gzip', true],
    ['gzip;q=0.5, br', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0', false],
    ['gzip;q=nonsense', false],
    ['*', true],
    ['*;q=0', false],
    ['*, gzip;q=0', false],
    ['gzip, *;q=0', true],
    ['gzipped', false],
  ])('%s takes gzip: %s', (header, takes) => {
    expect(acceptsGzip(header)).toBe(takes)
  })
})
