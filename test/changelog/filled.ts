import type { TestDatabase } from '../support/database.ts'

/** Fills an empty log with so many versions, one person each, made in the database. Their hashes are no chain. */
export async function fillLog(database: Pick<TestDatabase, 'sql'>, versions: number): Promise<void> {
  const person = (n: string) => `jsonb_build_object(
    'kind', 'staff', 'id', ('00000000-0000-4000-8000-' || lpad(to_hex(${n}), 12, '0')), 'status', 'ACTIVE',
    'login', 'p' || ${n}, 'name', '王 ' || ${n}, 'nickname', NULL, 'pinyin', NULL, 'initials', NULL, 'title', NULL,
    'mobile', NULL, 'email', '[]'::jsonb, 'avatarHash', NULL, 'typeId', NULL, 'memberships', '[]'::jsonb,
    'managerId', NULL, 'dottedManagerIds', '[]'::jsonb, 'roleIds', '[]'::jsonb, 'leaveDate', NULL, 'metadata', '[]'::jsonb)`
  const hash = (n: string) => `md5(${n}::text) || md5((${n})::text || 'b')`
  await database.sql(`
    WITH made AS MATERIALIZED (SELECT n, ${person('n')} AS content FROM generate_series(1, ${versions}) n),
    versions AS (INSERT INTO log_version (version, hash) SELECT n, ${hash('n')} FROM made),
    changes AS (
      INSERT INTO log_change (version, kind, entry_id, before, after)
      SELECT n, 'staff', (content->>'id')::uuid, NULL, content FROM made),
    entries AS (INSERT INTO entry (id, kind, content) SELECT (content->>'id')::uuid, 'staff', content FROM made)
    UPDATE log_head SET version = ${versions}, hash = ${hash(String(versions))}`)
}
