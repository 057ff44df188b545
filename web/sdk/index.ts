// What `dolores/sdk` is: the only file of the SDK that gathers others.
export { createDirectoryClient, type DirectoryClient, type DirectoryClientOptions } from './client.ts'
export {
  CLIENT_CODES,
  FAILURE_CODES,
  REQUEST_CODES,
  type ClientCode,
  type DirectoryErrorCode,
  type FailureCode,
  type FailureName,
  type RequestCode,
} from './codes.ts'
export type {
  Change,
  Delta,
  DepartmentRow,
  DepartmentType,
  FieldDefinition,
  Resync,
  SnapshotPage,
  StaffRow,
  StaffType,
} from './contract.ts'
export type { Catalogue, CopyState, Rows, Step } from './copy.ts'
export type { Status } from './engine.ts'
export { DirectoryError, successOf, type Failure, type Success } from './errors.ts'
export type { Hit } from './finder.ts'
export { indexedDbStore } from './indexed-db-store.ts'
export type { News, RowChange } from './keeper.ts'
export type { StateKind } from './machine.ts'
export { createQueries, type LiveQueries, type Queries, type QueriesOptions } from './queries.ts'
export type { Outline } from './outline.ts'
export { signInWith, type SignInOptions } from './sign-in.ts'
export { memoryStore, type CopyStore, type Note, type Stored } from './store.ts'
export { createTabClient, type TabClientOptions } from './tabs.ts'
export type { ClientTimes } from './times.ts'
export type { GetToken, Token } from './tokens.ts'
export { createTransport, type Request, type Transport, type TransportOptions } from './transport.ts'
/** Typed documents of every operation, for this client or any other that takes a TypedDocumentNode. */
export * from '../generated/graphql.ts'
