// What `dolores/sdk/node` is: what the SDK has for Node alone.
export { fileStore } from './file-store.ts'
export { mirror, type MirrorOptions } from './mirror.ts'
