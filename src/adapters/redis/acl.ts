/**
 * What a Redis user must be allowed, and no more: the keys of the app, and these commands. As a line of redis.conf, for the app
 * `shopkeeper`:
 *
 *     user NAME on >PASSWORD ~{shopkeeper:* -@all +evalsha +eval +hmget +hset +hdel +hlen +hscan +zadd +zrem +zcard +zrange +unlink +info +ping
 *
 * A Cluster takes three more, another database than 0 one.
 */
const COMMANDS =
  '-@all +evalsha +eval +hmget +hset +hdel +hlen +hscan +zadd +zrem +zcard +zrange +unlink +info +ping'
const CLUSTER_COMMANDS = '+cluster|slots +cluster|info +readonly'
const DATABASE_COMMANDS = '+select'

/** The words of the rule, for `ACL SETUSER NAME ...`. */
export function aclRule(app: string, on: 'single' | 'database' | 'sentinel' | 'cluster'): readonly string[] {
  const more = on === 'cluster' ? ` ${CLUSTER_COMMANDS}` : on === 'database' ? ` ${DATABASE_COMMANDS}` : ''
  return [`~{${app}:*`, ...`${COMMANDS}${more}`.split(' ')]
}
