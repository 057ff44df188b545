import type { Statement } from '../changelog/database.ts'
import { UNREAD_LIMIT } from './conversation.ts'

/** Of a message `m`. */
const COLUMNS = 'm.conversation_id, m.seq, m.id, m.event, m.sender_id, m.body, m.sent_at, m.recalled_at'

/** What all questions for conversations read; `$1`: whose. */
const MINE = `
  SELECT c.id, c.kind, c.name, c.owner_id AS "ownerId", c.head, c.last_at AS "lastAt", m.staff_id AS "staffId", m.since, m.read,
    m.is_muted AS "isMuted", m.is_pinned AS "isPinned", to_jsonb(l) AS last,
    (SELECT array_agg(o.staff_id ORDER BY o.staff_id) FROM conversation_member o WHERE o.conversation_id = c.id) AS "memberIds",
    (SELECT count(*)::int FROM (
      SELECT FROM message u WHERE u.conversation_id = c.id AND u.seq > m.read AND u.seq > m.since AND u.sender_id <> m.staff_id
        AND u.recalled_at IS NULL LIMIT ${UNREAD_LIMIT}
    ) AS counted) AS unread
  FROM conversation_member m JOIN conversation c ON c.id = m.conversation_id
  LEFT JOIN LATERAL (
    SELECT n.conversation_id, n.seq, n.id, n.event, n.sender_id, n.body, n.sent_at, n.recalled_at FROM message n
    WHERE n.conversation_id = c.id AND n.seq > m.since ORDER BY n.seq DESC LIMIT 1
  ) AS l ON true
  WHERE m.staff_id = $1`

/** The newest first, pinned ones before all others. */
export const ALL: Statement = {
  name: 'conversations',
  text: `${MINE} ORDER BY m.is_pinned DESC, c.last_at DESC, c.id LIMIT $2`,
}
export const ONE: Statement = { name: 'conversation', text: `${MINE} AND c.id = $2` }
export const CREATE: Statement = {
  name: 'create_conversation',
  text: `
    INSERT INTO conversation (id, kind, pair, name, owner_id, created_by, last_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING`,
}
export const OF_PAIR: Statement = {
  name: 'conversation_of_pair',
  text: 'SELECT id FROM conversation WHERE pair = $1',
}
export const JOIN: Statement = {
  name: 'join_conversation',
  text: `
    INSERT INTO conversation_member (conversation_id, staff_id, since, read)
    SELECT $1::uuid, s, $3::int, $3::int FROM unnest($2::uuid[]) AS s ON CONFLICT DO NOTHING`,
}
export const LEAVE: Statement = {
  name: 'leave_conversation',
  text: 'DELETE FROM conversation_member WHERE conversation_id = $1 AND staff_id = ANY ($2::uuid[])',
}
export const NEXT_EVENT: Statement = { name: 'next_event', text: 'SELECT next_event($1) AS number' }
export const NOTE: Statement = {
  name: 'note_in_conversation',
  text: `
    INSERT INTO message (conversation_id, seq, id, event, sender_id, body, sent_at)
    VALUES ($1, $2, $3, $2, $4, $5, $6)`,
}
export const RENAME: Statement = {
  name: 'rename_conversation',
  text: 'UPDATE conversation SET name = coalesce($2, name), owner_id = coalesce($3, owner_id) WHERE id = $1',
}
export const SEND: Statement = {
  name: 'send_message',
  text: `SELECT ${COLUMNS} FROM send_message($1, $2, $3, $4, $5, $6, $7) AS m`,
}
export const RECALL: Statement = {
  name: 'recall_message',
  text: `
    UPDATE message AS m SET event = next_event(conversation_id), body = $3, recalled_at = $4, grams = NULL
    WHERE conversation_id = $1 AND id = $2 AND recalled_at IS NULL RETURNING ${COLUMNS}`,
}
export const BY_ID: Statement = {
  name: 'message',
  text: `SELECT ${COLUMNS} FROM message m WHERE m.conversation_id = $1 AND m.id = $2 AND m.seq > $3`,
}
export const BEFORE: Statement = {
  name: 'messages_before',
  text: `
    SELECT ${COLUMNS} FROM message m WHERE m.conversation_id = $1 AND m.seq > $2 AND m.seq < $3
    ORDER BY m.seq DESC LIMIT $4`,
}
export const AFTER: Statement = {
  name: 'messages_after',
  text: `
    SELECT ${COLUMNS} FROM message m WHERE m.conversation_id = $1 AND m.seq > $2 AND m.event > $3
    ORDER BY m.event LIMIT $4`,
}
/** In the conversations of `$1`, the newest first; older than the message `$5`. */
export const SEARCH: Statement = {
  name: 'search_messages',
  text: `
    SELECT ${COLUMNS} FROM message m
    JOIN conversation_member b ON b.conversation_id = m.conversation_id AND b.staff_id = $1 AND m.seq > b.since
    WHERE m.grams @@ $2::tsquery AND m.body ->> 'text' ILIKE ALL ($3::text[])
      AND ($4::uuid IS NULL OR m.conversation_id = $4)
      AND ($5::uuid IS NULL OR (m.sent_at, m.id) < (SELECT o.sent_at, o.id FROM message o WHERE o.id = $5))
    ORDER BY m.sent_at DESC, m.id DESC LIMIT $6`,
}
/** The first place at or after a time. */
export const PLACE: Statement = {
  name: 'message_place',
  text: 'SELECT min(seq) AS seq FROM message WHERE conversation_id = $1 AND seq > $2 AND sent_at >= $3',
}
export const MEMBERS: Statement = {
  name: 'conversation_members',
  text: 'SELECT staff_id AS "staffId", since FROM conversation_member WHERE conversation_id = $1',
}
/** Told to the other devices of the reader alone. */
export const MARK: Statement = {
  name: 'mark_conversation',
  text: `
    WITH marked AS (
      UPDATE conversation_member SET read = greatest(read, coalesce($3::int, read)),
        is_muted = coalesce($4::boolean, is_muted), is_pinned = coalesce($5::boolean, is_pinned)
      WHERE conversation_id = $1::uuid AND staff_id = $2 RETURNING staff_id
    )
    SELECT pg_notify('messaging', $1::uuid || ' of ' || staff_id) FROM marked`,
}
