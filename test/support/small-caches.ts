import type * as Module from 'lru-cache'

/**
 * lru-cache with room for a few: in tiny worlds caches have to forget as they do in large ones, and a world is made in a
 * millisecond. Takes the place of the module where a test says so.
 */
export function smallCaches({ LRUCache }: typeof Module) {
  class SmallCache<K extends {}, V extends {}, FC = unknown> extends LRUCache<K, V, FC> {
    constructor(options: Module.LRUCache.Options<K, V, FC>) {
      super({ ...options, max: 8 })
    }
  }
  return { LRUCache: SmallCache }
}
