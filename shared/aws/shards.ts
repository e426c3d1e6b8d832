/**
 * A list index of one owner or one task name would be one hot partition (H21), so its rows are spread by a hash of their id. The number
 * may only grow: rows keep the shard that they were written with, and readers merge all of them.
 */
export const LIST_SHARDS = 4

export const shards: readonly number[] = Array.from({ length: LIST_SHARDS }, (_, shard) => shard)

const FNV_OFFSET = 2_166_136_261
const FNV_PRIME = 16_777_619

export function shardOf(id: string): number {
  let hash = FNV_OFFSET
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), FNV_PRIME)
  return (hash >>> 0) % LIST_SHARDS
}

/** A partition of a list index. */
export function sharded(key: string, shard: number): string {
  return `${key}#${shard}`
}

export function unsharded(partition: string): string {
  return partition.slice(0, partition.lastIndexOf('#'))
}
