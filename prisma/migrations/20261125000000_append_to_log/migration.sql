-- Whether a token holds its lease on database time (L9); the row stays locked until the transaction ends.
CREATE FUNCTION holds_lease(lease_name text, lease_token bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM lease l WHERE l.name = lease_name FOR UPDATE;
  -- A statement of its own: the one that waited for the lock has read the row before it waited.
  PERFORM FROM lease l WHERE l.name = lease_name AND l.token = lease_token AND l.expires_at > clock_timestamp();
  RETURN FOUND;
END
$$;

-- A commit of the log in one statement, or one part of it: nothing is written unless `outcome` is 'done'.
--   lease_name NULL when this transaction has called holds_lease before: the row is locked, nobody can have come since
--   built_on   chain hash that the head must have; NULL for whatever it has
--   saved      nodes to save, as rows of `node`
--   changes    rows of `log_change`, in which "v" counts the new versions from 1
--   hashes     chain hashes of the new versions; NULL when further parts follow in the same transaction: the last one
--              alone moves the head, saves the cookie and tells of it
-- The head that is returned is the one before the commit.
CREATE FUNCTION append_to_log(
  lease_name text, lease_token bigint, built_on text,
  saved jsonb, removed uuid[], changes jsonb, hashes text[],
  new_cookie text, is_reconciled boolean, is_resumed boolean,
  OUT outcome text, OUT version bigint, OUT hash text, OUT base_version bigint, OUT base_hash text,
  OUT committed_at timestamptz(3)
) LANGUAGE plpgsql AS $$
DECLARE
  head log_head%ROWTYPE;
  made int := coalesce(cardinality(hashes), 0);
BEGIN
  IF lease_name IS NOT NULL AND NOT holds_lease(lease_name, lease_token) THEN
    outcome := 'lost';
    RETURN;
  END IF;
  -- Nobody else can take a version before this transaction ends: they are contiguous and in commit order (L2).
  SELECT * INTO STRICT head FROM log_head h WHERE h.id = 1 FOR UPDATE;
  version := head.version;
  hash := head.hash;
  base_version := head.base_version;
  base_hash := head.base_hash;
  IF head.hash <> built_on THEN
    outcome := 'replaced';
    RETURN;
  END IF;

  IF cardinality(removed) > 0 THEN
    DELETE FROM node n WHERE n.id = ANY (removed);
  END IF;
  IF saved IS NOT NULL THEN
    INSERT INTO node AS n (id, parent_id, rdn, csn, source)
      SELECT r.id, r.parent_id, r.rdn, r.csn, r.source
      FROM jsonb_to_recordset(saved) AS r(id uuid, parent_id uuid, rdn text, csn text, source jsonb)
      ON CONFLICT ON CONSTRAINT node_pkey DO UPDATE SET parent_id = excluded.parent_id, rdn = excluded.rdn,
        csn = excluded.csn, source = excluded.source;
  END IF;
  IF changes IS NOT NULL THEN
    WITH told AS MATERIALIZED (
      SELECT r.v, r.kind, r.id, r.before, r.after
      FROM jsonb_to_recordset(changes) AS r(v int, kind text, id uuid, before jsonb, after jsonb)
    ), logged AS (
      INSERT INTO log_change (version, kind, entry_id, before, after)
      SELECT head.version + t.v, t.kind, t.id, t.before, t.after FROM told t
    ), newest AS MATERIALIZED (
      SELECT DISTINCT ON (t.kind, t.id) t.kind, t.id, t.after FROM told t ORDER BY t.kind, t.id, t.v DESC
    ), gone AS (
      DELETE FROM entry e USING newest n WHERE e.kind = n.kind AND e.id = n.id AND n.after IS NULL
    )
    INSERT INTO entry AS e (id, kind, content) SELECT n.id, n.kind, n.after FROM newest n WHERE n.after IS NOT NULL
      ON CONFLICT ON CONSTRAINT entry_pkey DO UPDATE SET content = excluded.content;
  END IF;

  IF hashes IS NOT NULL THEN
    IF new_cookie IS NOT NULL OR is_reconciled OR is_resumed THEN
      UPDATE source s SET cookie = coalesce(new_cookie, s.cookie),
        reconciled_at = CASE WHEN is_reconciled THEN clock_timestamp() ELSE s.reconciled_at END,
        stopped = CASE WHEN is_resumed THEN NULL ELSE s.stopped END,
        confirmed = s.confirmed AND NOT is_resumed
      WHERE s.id = 1;
    END IF;
    committed_at := clock_timestamp();
    IF made > 0 THEN
      UPDATE log_head h SET version = head.version + made, hash = hashes[made] WHERE h.id = 1;
      INSERT INTO log_version (version, hash, committed_at)
        SELECT head.version + h.n, h.hash, append_to_log.committed_at FROM unnest(hashes) WITH ORDINALITY AS h(hash, n);
    END IF;
    -- Told when the transaction commits, not before.
    PERFORM pg_notify('changelog', (head.version + made)::text);
  END IF;
  outcome := 'done';
END
$$;
