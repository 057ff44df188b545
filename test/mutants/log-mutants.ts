import type { Mutant } from './mutants.ts'
import type { SCENES } from './log-lane.ts'

const FUNCTION = 'prisma/migrations/20261125000000_append_to_log/migration.sql'

/** Faults of the log, which need a real database; each with the scene that shows it. */
export const LOG_MUTANTS: readonly (Mutant & { readonly scene: keyof typeof SCENES })[] = [
  {
    scene: 'writers',
    breaks: '[L2] the next version is taken without waiting for whoever has taken one',
    file: FUNCTION,
    find: 'SELECT * INTO STRICT head FROM log_head h WHERE h.id = 1 FOR UPDATE',
    replace: 'SELECT * INTO STRICT head FROM log_head h WHERE h.id = 1',
  },
  {
    scene: 'writers',
    breaks: '[L2] versions are numbered before they are committed, by a sequence',
    file: FUNCTION,
    find: 'SELECT * INTO STRICT head FROM log_head h WHERE h.id = 1 FOR UPDATE',
    replace: `CREATE SEQUENCE IF NOT EXISTS numbers MINVALUE 0;
  SELECT * INTO STRICT head FROM log_head h WHERE h.id = 1;
  head.version := nextval('numbers')`,
  },
  {
    scene: 'writers',
    breaks: '[L2] versions are read in another order than they were committed in',
    file: 'src/changelog/log.ts',
    find: 'ORDER BY v.version, c.kind',
    replace: 'ORDER BY v.version DESC, c.kind',
  },
  {
    scene: 'restored',
    breaks: '[R1] the chain is not checked: versions of another history follow ours',
    file: 'src/changelog/log.ts',
    find: '|| own.hash !== at.hash',
    replace: '',
  },
  {
    scene: 'restored',
    breaks: '[C2] an instance does not check itself again',
    file: 'src/changelog/replica.ts',
    find: 'if (!versions || (own && own.hash !== this.#hash)) {',
    replace: 'if (!versions) break\n      if (own && own.hash !== this.#hash) {',
  },
  {
    scene: 'pruned',
    breaks: '[L7] a pruned position is served with what is left',
    file: 'src/changelog/replica.ts',
    find: "return version < baseVersion ? { kind: 'pruned' }",
    replace:
      "return version < baseVersion ? { kind: 'versions', hash: '', versions: (await this.#readUpToMemory({ version: baseVersion, hash: (await readHead(this.#db)).baseHash })) ?? [] }",
  },
  {
    scene: 'pruned',
    breaks: '[L7] pruning leaves a hole after the base',
    file: 'src/changelog/prune.ts',
    find: 'DELETE FROM log_change WHERE version <= ${base}',
    replace: 'DELETE FROM log_change WHERE version <= ${base + 1}',
  },
]
