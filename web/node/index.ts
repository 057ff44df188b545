/** What `dolores/node` exports beside `dolores/sdk`: for programs on Node. */
export { FileStore } from './file-store.ts'
