import { DirectoryError, successOf, UpdateStaffDocument } from 'dolores/sdk'
import type { DirectoryClient, DirectoryErrorCode } from 'dolores/sdk'

const TEXTS: Partial<Record<DirectoryErrorCode, string>> = {
  NOT_PERMITTED: 'You may not edit this person.',
  NOT_FOUND: 'You do not administer this person.',
  CONFLICT: 'Somebody else has changed it meanwhile.',
  UNREACHABLE: 'The directory cannot be reached: try again later.',
}

/** Gives somebody a title, and waits until the copy shows it. Answers what went wrong, for people. */
export async function setTitle(client: DirectoryClient, id: string, title: string): Promise<string | null> {
  try {
    const { updateStaff } = await client.request(UpdateStaffDocument, { input: { id, title } })
    const { version } = successOf(updateStaff)
    await client.waitFor(version)
    return null
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error
    return TEXTS[error.code] ?? error.message
  }
}
