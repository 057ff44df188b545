/** Whom an access token speaks for; an empty text when it does not tell. The server decides, this only compares. */
export function subjectOf(accessToken: string): string {
  try {
    const payload = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const claims: unknown = JSON.parse(atob(payload))
    if (typeof claims !== 'object' || claims === null || !('sub' in claims)) return ''
    return typeof claims.sub === 'string' ? claims.sub : ''
  } catch {
    return ''
  }
}
