/** Bounds that more than one room of the house keeps, unit last. What grows has its limit, here or beside its only use. */

/** A line of input, or a record of a source topic, above this is refused (`too-large`). */
export const INPUT_BYTES_MAX = 1_048_576
/**
 * An event that takes more once it is written out is refused likewise (`too-large`), however few bytes it came in: Avro says the names of
 * a list's fields once for all of them. Internal topics take a million more.
 */
export const EVENT_BYTES_MAX = 3 << 20
/** A late event that takes more is written out without what made it large. The late topic takes a million more. */
export const LATE_BYTES_MAX = 3 << 20
/**
 * An emission, a decision or a record of identities that takes more is told without the end of what is longest in it: with its key and its
 * batch it still goes through a topic that somebody has made with Kafka's own settings (1 MiB), and to consumers as they come.
 */
export const OUTPUT_BYTES_MAX = 900_000
/** What a dead letter keeps of a record that was too large. */
export const TOO_LARGE_KEPT_BYTES = 1024
/** What a dead letter keeps of any other refused record. */
export const DEAD_LETTER_BYTES_MAX = 524_288
/** Depth of objects and lists in an event's data; deeper ones are refused before they can exhaust the stack. */
export const NESTING_MAX = 64
/** Identifiers that one event may carry. */
export const EVENT_IDENTIFIERS_MAX = 100
/** Length of an identifier's value, in UTF-16 units. */
export const IDENTIFIER_LENGTH_MAX = 1024
/** Ten years: the longest duration that a document may say. */
export const DURATION_MAX_MS = 3650 * 86_400_000
/** Identifiers that were a person's and became shared; past it they count against `identifiersMax`. */
export const SHARED_IDENTIFIERS_MAX = 1000
/** Refusals that the graph remembers for a person, so that each is reported once. */
export const REPORTED_REFUSALS_MAX = 32
/** Changes that a cart keeps, and up to half as many more; older ones are folded into a base. */
export const CART_CHANGES_MAX = 500
/** Distinct products in the base of a cart; the ones that came first fall out above it. */
export const CART_LINES_MAX = 10_000
/** Carts, trips or sessions that one person may have open at once; the oldest fall out above it. */
export const INSTANCES_PER_PERSON_MAX = 200
/** Steps of one pattern: each is a bit of what is kept of an event. */
export const PATTERN_STEPS_MAX = 16
/** Events of one match, all steps with their `times` together. */
export const PATTERN_EVENTS_PER_MATCH_MAX = 100
/** Events that one pattern keeps of a person, under all keys; the oldest fall out above it. */
export const PATTERN_EVENTS_PER_PERSON_MAX = 500
/** Length of a pattern's key, in UTF-16 units; an event with a longer one is skipped. */
export const PATTERN_KEY_LENGTH_MAX = 256
/** Touchpoints that attribution keeps of a person; the oldest fall out above it. */
export const TOUCHPOINTS_PER_PERSON_MAX = 500
/** Notable events that one brief tells. */
export const NOTABLE_EVENTS_MAX = 10
/** Steps of one journey. */
export const JOURNEY_STEPS_MAX = 200
/** Steps that a journey may go in one moment; a circle without a wait ends there, though lint has refused it before. */
export const JOURNEY_STEPS_AT_ONCE_MAX = 500
/** Completed steps that an instance remembers by name; all are counted. */
export const JOURNEY_STEPS_DONE_MAX = 200
/** Events of a person that wait for the watermark in one journey; the oldest fall out above it. */
export const JOURNEY_EVENTS_WAITING_MAX = 500
/** Offers of one instance to which answers are still known; the oldest fall out above it. */
export const JOURNEY_OFFERS_MAX = 50
/** Length of a journey's key, in UTF-16 units; an entering event with a longer one is skipped. */
export const JOURNEY_KEY_LENGTH_MAX = 256
/** What an instance remembers of its entering event, as JSON, in UTF-16 units; fields that do not fit any more are left out. */
export const JOURNEY_ENTERED_LENGTH_MAX = 4096
/** Offers that a person's history keeps beside what the longest cap needs. */
export const OFFERS_PER_PERSON_MAX = 1000
/** Of these, how many newest ones keep what is needed to send them on another channel. */
export const RETRIES_PER_PERSON_MAX = 20
/** Facts, interests and channels that a profile knows of a person, of each; those that rest longest fall out above it. */
export const PROFILE_NAMES_MAX = 200
/** Events of a person that are kept one by one so that a question of the past has its answer; above it the oldest are only summed up. */
export const NOTES_PER_PERSON_MAX = 500
/** Changes of carts that a profile keeps of a person; the oldest fall out above it. */
export const PROFILE_CART_CHANGES_MAX = 200
/** Offers of a person that a profile knows one by one; above it the oldest are only counted. */
export const PROFILE_OFFERS_MAX = 200
/** Event types that add to warmth. */
export const WARMTH_TYPES_MAX = 100
/** Encounters of a person that wait for the watermark; above it the first is recorded before its time. */
export const ENCOUNTERS_WAITING_MAX = 200
/** Moods, and sentiments of posts, that are kept of a person for encounters, of each; the oldest fall out above it. */
export const FEELINGS_PER_PERSON_MAX = 200
/** Segments of one operator. */
export const SEGMENTS_MAX = 200
/** Events that wait in a person's inbox while a handoff is under way. */
export const INBOX_ENTRIES_MAX = 100_000
/** Distinct products, channels or types that a session lists. */
export const SESSION_DISTINCT_MAX = 500
/** Places of one geofence. */
export const PLACES_MAX = 10_000
/** Places of one geofence that move: each time that one does, everybody is asked whose whereabouts are known. */
export const MOVING_PLACES_MAX = 100
/** Places that one position may be in or at the edge of; with more it says nothing of any. */
export const PLACES_PER_READING_MAX = 50
/** Positions of a person that wait for the watermark; above it the oldest is decided before its time. */
export const READINGS_WAITING_MAX = 200
/** The most positions in a row that a geofence may ask for. */
export const READINGS_CONFIRM_MAX = 100
/** Places, products or kinds of weather of which facts are kept, each kind by itself; the ones measured longest ago fall out above it. */
export const WORLD_ENTITIES_MAX = 100_000
/** Values kept of one field of one thing in the world, so that late readers find what was so then; the oldest fall out above it. */
export const WORLD_VALUES_MAX = 64
/** Of values beyond those, in a task's record, as long as somebody waits for a handoff: they are to read what was so when they began to. */
export const WORLD_SURPLUS_BYTES_MAX = 256 * 1024
/** Facts that wait in a person's inbox while a handoff is under way; what comes above it wakes this person no more. */
export const INBOX_FACTS_MAX = 10_000
/** Body of one `POST /events`. */
export const POST_BYTES_MAX = 8 << 20
/** Bodies that were accepted and are not worked off; past it `POST /events` answers 429. */
export const POSTED_BYTES_MAX = 32 << 20
/** Refused lines that one answer of `POST /events` names; all but directives become dead letters. */
export const REFUSED_LINES_NAMED_MAX = 1000
