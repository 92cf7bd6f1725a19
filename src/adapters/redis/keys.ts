/**
 * Where a task lives in Redis. A task `<app>.<topology>.<stage>[.<partition>]` has three keys, which begin with its name in braces:
 *
 *     shopkeeper.shop.profile.3  ->  {shopkeeper:shop:profile:3}:meta    hash: version, owner, chain, page, keys, timers, offset, at
 *                                    {shopkeeper:shop:profile:3}:states  hash: key -> value
 *                                    {shopkeeper:shop:profile:3}:due     sorted set: key by due time
 *     shopkeeper.shop.identify   ->  {shopkeeper:shop:identify}:...
 *
 * Redis Cluster puts keys with the same text in braces into one slot, so each script finds all of its task on one server. `meta` is
 * text that anybody may read (`HGETALL`): `owner` is `<producer id>/<epoch>`, `keys` and `timers` count the other two.
 */

/** In the order in which every script takes them. */
export function keysOf(task: string): readonly [meta: string, states: string, due: string] {
  const tag = `{${task.replaceAll('.', ':')}}`
  return [`${tag}:meta`, `${tag}:states`, `${tag}:due`]
}
