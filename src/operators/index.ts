/** The registry: one line per operator, and nothing else. */
export { cartAbandonment } from './cart-abandonment/operator.ts'
export { geofence } from './geofence/operator.ts'
export { identity } from './identity/operator.ts'
export { lateArrival } from './late-arrival/operator.ts'
export { offer } from './offer/operator.ts'
export { pattern } from './pattern/operator.ts'
export { priceWatch } from './price-watch/operator.ts'
export { sessionize } from './sessionize/operator.ts'
