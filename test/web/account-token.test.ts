import { expect, it } from 'vitest'
import { accountToken } from '../../web/app/account-token.ts'
import { SignedOut, Unreachable } from '../../web/app/session.ts'

const tokenOf = (sub: string) =>
  `header.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.signature`
const hr = { staffId: 'hr' }

it('[T118] a copy is asked for with tokens of its own account alone', async () => {
  const refused: string[] = []
  const sessionOf = (token: () => Promise<string>) => ({
    token,
    refuse: (each: string) => void refused.push(each),
  })
  const own = sessionOf(() => Promise.resolve(tokenOf('hr')))
  expect(await accountToken(own, hr, 'old')).toBe(tokenOf('hr'))
  expect(refused).toEqual(['old'])
  for (const token of [tokenOf('staff'), 'nonsense', ''])
    expect(
      await accountToken(
        sessionOf(() => Promise.resolve(token)),
        hr,
        null,
      ),
    ).toBeNull()
  expect(
    await accountToken(
      sessionOf(() => Promise.reject(new SignedOut())),
      hr,
      null,
    ),
  ).toBeNull()
  const away = sessionOf(() => Promise.reject(new Unreachable()))
  await expect(accountToken(away, hr, null)).rejects.toThrow(Unreachable)
})
