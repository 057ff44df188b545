import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serviceUser } from '../local/child.ts'
import { chooseDataDir } from '../local/data-dir.ts'

/** DATABASE_URL, else the private PostgreSQL of a running `npm start`, which notes its socket in its own pid file. */
export async function databaseUrl(): Promise<string> {
  const { DATABASE_URL: url, DATABASE_URL_FILE: file, DATA_DIR: named } = process.env
  if (url !== undefined && url !== '') return url
  if (file !== undefined && file !== '') return (await readFile(file, 'utf8')).trim()
  const checkout = fileURLToPath(new URL('../..', import.meta.url))
  const dataDir = await chooseDataDir(named, checkout, serviceUser())
  const notes = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  const socket = notes.split('\n')[4]
  if (socket === undefined || socket === '') {
    throw new Error('Set DATABASE_URL, or run `npm start` first: its private database is not running.')
  }
  return `postgresql://postgres@localhost/dolores?host=${encodeURIComponent(socket)}`
}
