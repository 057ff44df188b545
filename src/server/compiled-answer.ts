import { locatedError, type ExecutionResult } from 'graphql'
import type { Cleared } from '../../schema/cleared.ts'
import { isRoot } from '../encode/encoder.ts'
import { plainOf, type Compressed } from '../encode/gzip.ts'
import type { Question } from './compiled-operations.ts'
import { acceptsGzip } from './negotiate.ts'

/** The body of an answer, or what the root field came to instead. */
export type CompiledAnswer =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'gzip'; readonly compressed: Compressed }
  | { readonly kind: 'failed'; readonly result: ExecutionResult }
  /** Only the executor can answer. */
  | { readonly kind: 'none' }

/** Resolves the root field for somebody who is signed in, and encodes what comes of it. */
export async function answerCompiled(
  question: Question,
  context: object,
  acceptEncoding: string | string[] | undefined,
): Promise<CompiledAnswer> {
  const { encoder } = question.compiled
  let root: unknown
  try {
    root = await resolve(question, context)
  } catch (error) {
    // The root field cannot be null, so that nothing is left of the answer.
    const located = locatedError(error, question.info.fieldNodes, [question.info.path.key])
    return { kind: 'failed', result: { errors: [located], data: null } }
  }
  if (!isRoot(root)) return { kind: 'none' }
  const compressed = root.kind === 'SnapshotPage' ? await encoder.compressed(root) : null
  if (compressed) {
    return acceptsGzip(acceptEncoding)
      ? { kind: 'gzip', compressed }
      : { kind: 'bytes', bytes: await plainOf(compressed) }
  }
  const bytes = encoder.encode(root)
  return bytes ? { kind: 'bytes', bytes } : { kind: 'none' }
}

/** The first time with everything that plugins wrap around the field. */
function resolve(question: Question, context: object): unknown {
  const { compiled, args, info, cleared } = question
  if (cleared) return cleared(context)
  const onCleared = (found: Cleared) => {
    question.cleared = found
  }
  return compiled.field.resolve?.(undefined, args, { ...context, onCleared }, info)
}
