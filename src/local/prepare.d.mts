/** Types of prepare.mjs, which stays plain JavaScript because it runs before TypeScript is installed. */
export const ROOT: string
export class PrepareError extends Error {
  exitCode: number
}
export interface PrepareOptions {
  root?: string
  dev?: boolean
  contract?: boolean
  report?: (line: string) => void
}
export function nodeProblem(version: string): string | null
export function isInstalled(lockFile: string, recordFile: string, dev: boolean): boolean
export function prepare(options?: PrepareOptions): Promise<void>
export function build(options?: Pick<PrepareOptions, 'root' | 'report'>): Promise<void>
