/**
 * Numbers for the names that nearly every event carries: its type, and the fields of its data. In a record of the internal topic a name
 * is one byte, and who asks for a field compares bytes.
 *
 * The lists are append only, and no longer than 255 names: records lie in logs, so a name keeps its number for ever. Whoever adds a type
 * or a field to the table of types adds it here at the end. A name that is in no list travels as text.
 */
const TYPES = `
page.viewed page.left content.read product.searched product.viewed product.compared product.saved
product.added product.removed cart.viewed checkout.started order.completed order.collected
order.refunded ticket.purchased trip.started trip.eta_updated trip.approaching trip.arrived
trip.stopped visit.started visit.ended zone.entered zone.left location.updated mood.measured
call.received store.visited staff.met forum.posted social.posted review.written offer.delivered
offer.opened offer.clicked offer.accepted offer.redeemed offer.dismissed offer.failed email.opened
email.clicked message.unsubscribed consent.changed person.described lead.handed_over
meeting.scheduled deal.closed queue.measured price.changed stock.changed weather.measured place.moved
`
const FIELDS = `
url title category topic query seconds exit_intent product_id name brand price currency price_max
cart_id quantity value order_id total fulfilment store_id products visit_id visit_date product party
trip_id scheduled_arrival_at destination_id eta_at mode distance_m traffic_delay_s place_id zone_id
lat lon accuracy_m mood moment sensor sentiment agent_id network offer_id reason campaign channel
purpose granted policy_version traits deal_id seller_id won wait_minutes price_before stock
temperature_c
`

/** The number of a name that travels as text. */
export const OWN_NAME = 0

const listOf = (words: string): readonly string[] => ['', ...words.trim().split(/\s+/)]
const numbersOf = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, number) => [name, number]))

/** By number; 0 is nobody's. */
export const TYPE_NAMES = listOf(TYPES)
export const FIELD_NAMES = listOf(FIELDS)
const typeNumbers = numbersOf(TYPE_NAMES)
const fieldNumbers = numbersOf(FIELD_NAMES)

/** {@link OWN_NAME}: it has none. */
export const typeNumberOf = (type: string): number => typeNumbers.get(type) ?? OWN_NAME
export const fieldNumberOf = (field: string): number => fieldNumbers.get(field) ?? OWN_NAME
