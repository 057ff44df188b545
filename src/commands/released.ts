/** The contract as it was last released. */
export const RELEASED_FILE = 'schema/released.graphql'

const HEAD = /^# The contract of version (\d+\.\d+\.\d+), as it was released\.\n/

export function releasedText(version: string, schema: string): string {
  return `# The contract of version ${version}, as it was released.\n${schema}`
}

/** Throws when the text is not one of ours. */
export function releasedVersion(text: string): string {
  const version = HEAD.exec(text)?.[1]
  if (version === undefined) throw new Error(`${RELEASED_FILE} does not say its version`)
  return version
}

/** Whether a version may break the clients of another: with a new major one, before 1.0.0 with a new minor one (semver). */
export function mayBreak(from: string, to: string): boolean {
  const [old, now] = [from, to].map((version) => version.split('.').map(Number))
  const [oldMajor = 0, oldMinor = 0] = old ?? []
  const [major = 0, minor = 0] = now ?? []
  return major > oldMajor || (major === 0 && oldMajor === 0 && minor > oldMinor)
}
