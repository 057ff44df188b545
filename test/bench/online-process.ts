import { WebSocket } from 'ws'
import type { OnlineReport, OnlineTask } from './online.ts'

/** Many clients in a process of their own: each follows from a cursor, and comes back with its last one when it is cut. */
const task: OnlineTask = JSON.parse(process.argv[2] ?? '')

interface Client {
  readonly account: number
  cursor: string
  digest: string
  deltas: number
  bytes: number
  cuts: number
  problem: string | null
}

const clients: Client[] = []
let following = 0

function open(client: Client, onFirst: () => void): void {
  const account = task.accounts[client.account]
  const ws = new WebSocket(task.url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    perMessageDeflate: false,
  })
  let isFirst = true
  ws.on('open', () => {
    ws.send(
      JSON.stringify({
        type: 'connection_init',
        payload: { authorization: `Bearer ${account?.accessToken}` },
      }),
    )
  })
  ws.on('message', (data: Buffer) => {
    const head = data.toString('latin1', 0, 200)
    if (head.includes('"type":"connection_ack"')) {
      const payload = { query: task.query, variables: { since: client.cursor } }
      ws.send(JSON.stringify({ id: 'live', type: 'subscribe', payload }))
    } else if (head.includes('"type":"next"')) {
      take(client, data, isFirst)
      if (isFirst) onFirst()
      isFirst = false
    } else if (head.includes('"type":"ping"')) {
      ws.send('{"type":"pong"}')
    } else {
      client.problem ??= head
    }
  })
  ws.on('error', () => {})
  ws.on('close', () => {
    client.cuts++
    setTimeout(() => open(client, () => {}), 200 + Math.random() * 800)
  })
}

/** Everything but the changes, which stand between `from` and `digest`, is looked at. */
function take(client: Client, data: Buffer, isFirst: boolean): void {
  const start = data.toString('latin1', 0, 600)
  const end = data.toString('latin1', Math.max(0, data.length - 1500))
  const from = /"from":"([^"]+)"/.exec(start)?.[1]
  const to = /"to":"([^"]+)"/.exec(start)?.[1] ?? /"to":"([^"]+)"/.exec(end)?.[1]
  const digest = /"digest":"([^"]+)"/.exec(end)?.[1] ?? /"digest":"([^"]+)"/.exec(start)?.[1]
  if (from !== client.cursor || to === undefined || digest === undefined) client.problem ??= start
  client.cursor = to ?? client.cursor
  client.digest = digest ?? client.digest
  client.bytes += data.length
  if (!isFirst) client.deltas++
}

function report(): OnlineReport {
  const { user, system } = process.cpuUsage()
  return {
    deltas: clients.map((client) => client.deltas),
    megabytes: clients.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6,
    cuts: clients.reduce((sum, { cuts }) => sum + cuts, 0),
    digests: task.accounts.map((_, account) => [
      ...new Set(clients.filter((client) => client.account === account).map(({ digest }) => digest)),
    ]),
    problems: clients.flatMap(({ problem }) => problem ?? []),
    cpuMs: (user + system) / 1000,
  }
}

process.on('message', () => process.send?.(report()))
process.on('disconnect', () => process.exit(0))
for (let n = 0; n < task.clients; n++) {
  const account = n % task.accounts.length
  const cursor = task.accounts[account]?.cursor ?? ''
  const client: Client = { account, cursor, digest: '', deltas: 0, bytes: 0, cuts: 0, problem: null }
  clients.push(client)
  await new Promise<void>((resolve) => open(client, resolve))
  following++
}
process.send?.(following)
