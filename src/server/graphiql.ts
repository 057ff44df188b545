/** GraphiQL brings its scripts inline and starts workers from blobs; it talks to this server only, but older browsers do not take 'self' for web sockets. */
export const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  'worker-src blob:',
  "connect-src 'self' ws: wss: data: blob:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const FIRST_QUERY = `# 1. Sign in with a login that \`npm start\` has printed, then put the accessToken into the Headers tab below:
#    { "authorization": "Bearer <accessToken>" }
mutation SignIn {
  login(input: { login: "hr", password: "dolores" }) {
    ... on Session { accessToken viewer { staff { name } abilities } }
    ... on InvalidCredentials { message }
    ... on TooManyAttempts { message retryAfterSeconds }
  }
}

#    Then press "Re-fetch schema" for documentation and completion: the schema is shown to whoever is signed in.

# 2. What you may see.
query Organisation {
  departments { totalCount edges { node { id name memberCount(recursive: true) } } }
  snapshot(first: 1) { ... on SnapshotPage { version } }
}

# 3. Follow it: paste the version of 2. Then edit somebody, with any LDAP tool.
subscription Follow {
  changes(since: "") {
    ... on Delta { from to changes { action category id staff { name } department { name } } }
    ... on Resync { reason }
  }
}
`

/** How the page hands what stands under Headers to HTTP; the web socket takes it as the payload of connection_init. */
const HEADERS = 'extensions:{headers:y?.headers}'
const HEADERS_EVERYWHERE = 'extensions:{headers:y?.headers,connectionParams:y?.headers}'

/** The page, with everything in it: it works on a machine without a way out. */
export async function graphiqlPage(): Promise<string> {
  // Some megabytes, which a start need not wait for.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const page = renderGraphiQL({
    title: 'Dolores GraphiQL',
    defaultQuery: FIRST_QUERY,
    headers: '{}',
    subscriptionsProtocol: 'WS',
    shouldPersistHeaders: false,
  })
  return page.replace(HEADERS, HEADERS_EVERYWHERE)
}
