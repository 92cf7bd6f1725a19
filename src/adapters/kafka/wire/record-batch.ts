/** Where the fields of a record batch stand (magic 2, the only form since Kafka 0.11), shared by what reads and what writes them. */

export const BASE_OFFSET = 0
export const LENGTH = 8
/** `LENGTH` counts the bytes from here on. */
export const AFTER_LENGTH = 12
export const LEADER_EPOCH = 12
export const MAGIC = 16
export const CRC = 17
/** The checksum covers the bytes from here on. */
export const AFTER_CRC = 21
export const ATTRIBUTES = 21
export const LAST_OFFSET_DELTA = 23
export const BASE_TIMESTAMP = 27
export const MAX_TIMESTAMP = 35
export const PRODUCER_ID = 43
export const PRODUCER_EPOCH = 51
export const BASE_SEQUENCE = 53
export const COUNT = 57
export const RECORDS = 61

export const MAGIC_2 = 2

/** Bits of the attributes. */
export const CODEC_BITS = 0x07
export const LOG_APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20
