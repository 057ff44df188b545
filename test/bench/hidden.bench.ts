import { randomUUID } from 'node:crypto'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { median, type Bench, type Figure } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { startDatabase } from './world.ts'

const PEOPLE = 200
const MOST = 1.2
const WARM_UP = 100

interface Question {
  readonly what: string
  readonly query: string
  /** What is answered where there is nothing to be seen. */
  readonly nothing: object
}

const IN_VIEW: Question = {
  what: 'a person of the view',
  query: 'query ($id: ID!) { staff(id: $id) { id } }',
  nothing: { staff: null },
}
const ADMINISTERED: Question = {
  what: 'a person of the administration',
  query: 'query ($id: ID!) { admin { staff(id: $id) { id } } }',
  nothing: { admin: { staff: null } },
}
const EDIT: Question = {
  what: 'an edit',
  query: 'mutation ($id: ID!) { updateStaff(input: { id: $id, title: "x" }) { ... on Error { code } } }',
  nothing: { updateStaff: { code: 'NOT_FOUND' } },
}

/**
 * T28: how long it takes to be told that there is nothing does not say whether there is something that one may not see. The
 * administrator of one branch asks for what is hidden from them and for what does not exist, in turn.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const samples = isSmall ? 100 : 1000
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('') })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url)
  try {
    const hr = await signedIn(instance.url, 'hr')
    const delegate = await signedIn(instance.url, await delegateOf(hr))
    const everybody = await peopleOf(hr)
    const administered = await hiddenIn(ADMINISTERED, everybody, delegate)
    const figures: Figure[] = []
    for (const [question, hidden] of [
      [IN_VIEW, await hiddenIn(IN_VIEW, everybody, delegate)],
      [ADMINISTERED, administered],
      [EDIT, administered],
    ] as const) {
      figures.push(...(await compared(question, hidden, delegate, samples)))
      say(`${question.what} is done`)
    }
    return figures
  } finally {
    await instance.stop()
    await database.stop()
    await slapd.stop()
  }
}

async function compared(question: Question, hidden: readonly string[], client: Client, samples: number) {
  const times = { hidden: [] as number[], missing: [] as number[] }
  const timed = async (kind: 'hidden' | 'missing', id: string) => {
    const started = performance.now()
    const answer = await client.query(question.query, { id })
    times[kind].push(performance.now() - started)
    if (!isNothing(question, answer)) throw new Error(`${question.what}: ${id} is not hidden`)
  }
  for (let i = 0; i < WARM_UP + samples; i++) {
    const id = hidden[i % hidden.length] ?? ''
    // Neither is always the second one, which may find things warm.
    if (i % 2 === 0) await timed('hidden', id)
    await timed('missing', randomUUID())
    if (i % 2 === 1) await timed('hidden', id)
  }
  const found = median(times.hidden.slice(WARM_UP))
  const missing = median(times.missing.slice(WARM_UP))
  const figure = (what: string, value: number, of: string, yardstick: number): Figure => ({
    what,
    value,
    unit: 'ms',
    yardstick: { what: of, value: yardstick },
    limit: { atMost: MOST },
  })
  return [
    figure(`${question.what}, hidden`, found, 'not there', missing),
    figure(`${question.what}, not there`, missing, 'hidden', found),
  ]
}

const isNothing = ({ nothing }: Question, answer: object) =>
  JSON.stringify(answer) === JSON.stringify(nothing)

async function hiddenIn(question: Question, ids: readonly string[], client: Client): Promise<string[]> {
  const hidden: string[] = []
  for (const id of ids) if (isNothing(question, await client.query(question.query, { id }))) hidden.push(id)
  if (hidden.length === 0) throw new Error(`${question.what}: nothing is hidden`)
  return hidden
}

/** Login of somebody of the demo who administers one branch. */
async function delegateOf(hr: Client): Promise<string> {
  const { admin } = (await hr.query('{ admin { roles { id name } } }')) as {
    admin: { roles: { id: string; name: string }[] }
  }
  const id = admin.roles.find(({ name }) => name === 'Branch administrator')?.id
  const query = 'query ($id: ID!) { admin { staffList(roleId: $id, first: 1) { edges { node { login } } } } }'
  const { admin: holders } = (await hr.query(query, { id })) as {
    admin: { staffList: { edges: { node: { login: string } }[] } }
  }
  return holders.staffList.edges[0]?.node.login ?? ''
}

async function peopleOf(hr: Client): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null = null; ;) {
    const query =
      'query ($after: String) { admin { staffList(status: ACTIVE, first: 100, after: $after) { edges { cursor node { id } } } } }'
    const { admin } = (await hr.query(query, { after })) as {
      admin: { staffList: { edges: { cursor: string; node: { id: string } }[] } }
    }
    const { edges } = admin.staffList
    ids.push(...edges.map(({ node }) => node.id))
    after = edges.at(-1)?.cursor ?? null
    if (after === null) return ids
  }
}
