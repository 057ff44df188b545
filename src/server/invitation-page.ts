import { hash } from 'node:crypto'
import type { Route } from './http.ts'

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 10vh auto; max-width: 24rem; padding: 0 1rem; color-scheme: light dark }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { margin: .25rem 0 1rem; padding: .5rem }
output + a { display: block; margin-top: 1rem }`

/** The token stands behind the #, and leaves the address at once: neither history nor a log keeps it. */
const SCRIPT = `
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)
const form = document.querySelector('form')
const [first, again] = form.querySelectorAll('input')
const say = (text) => { document.querySelector('output').textContent = text }
const refusals = {
  InvalidInvitation: '邀请已失效，请索取新的邀请。',
  PasswordRefused: '这个密码不能使用：可能太短、太常见或太容易猜到。请换一个更长的。',
}
const query = 'mutation ($token: String!, $password: String!) { acceptInvitation(token: $token, password: $password) { __typename ... on Error { message } } }'
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (first.value !== again.value) return say('两次输入的密码不一致。 The two passwords differ.')
  const body = JSON.stringify({ query, variables: { token, password: first.value } })
  try {
    const response = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { data, errors } = await response.json()
    const outcome = data?.acceptInvitation
    if (outcome?.__typename !== 'Session') return say([refusals[outcome?.__typename] ?? '出错了。', outcome?.message ?? errors?.[0]?.message ?? 'Unexpected error.'].join(' '))
    form.hidden = true
    const link = document.createElement('a')
    link.href = '/'
    link.textContent = '登录 Sign in'
    document.querySelector('output').after(link)
    say('密码已设置，现在可以登录。 The password is set: you can sign in now.')
  } catch {
    say('服务器没有响应，请稍后再试。 The server does not answer: try again in a moment.')
  }
})`

const PAGE = Buffer.from(`<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>设置密码 · Choose your password</title>
<style>${STYLE}</style>
<h1>设置密码<br><span lang="en">Choose your password</span></h1>
<form>
<label for="first">新密码，至少 8 个字符，不要容易猜到的 <span lang="en">New password, 8 characters or more, nothing that is guessed easily</span></label>
<input id="first" type="password" autocomplete="new-password" minlength="8" required autofocus>
<label for="again">再输入一次 <span lang="en">Once more</span></label>
<input id="again" type="password" autocomplete="new-password" minlength="8" required>
<button>确定 <span lang="en">Set password</span></button>
</form>
<output role="status"></output>
<script>${SCRIPT}</script>
</html>
`)

const sha = (text: string) => `'sha256-${hash('sha256', text, 'base64')}'`

const POLICY = [
  "default-src 'none'",
  `script-src ${sha(SCRIPT)}`,
  `style-src ${sha(STYLE)}`,
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Where the link of an invitation leads: the invited person chooses a password. */
export const invitationRoute: Route = {
  methods: ['GET'],
  handle: ({ response }) => {
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cache-control', 'no-store')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': PAGE.length })
    response.end(PAGE)
  },
}
