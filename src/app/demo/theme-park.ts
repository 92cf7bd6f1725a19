/** A Saturday at a theme park: three weeks of ticket sales, then the drive and the day itself. */
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS, type EpochMs } from '../../model/time.ts'
import { parseDay } from '../local-time.ts'
import { moment, type Business, type CrowdEvent } from './business.ts'
import { chanceOf, type Chance } from './prng.ts'
import { PARK_PEOPLE, PARK_SCRIPT } from './theme-park-people.ts'

const DAY_AT = moment('2026-07-11T00:00:00+02:00')
const SALES_AT = DAY_AT - 21 * DAY_MS

type Who = CrowdEvent['who']

/** What stays the same about a visitor through all phases. */
function guestOf(index: number): {
  readonly app: boolean
  readonly account: Who
  readonly cookie: Who
  readonly all: Who
} {
  const chance = chanceOf('park-guest', index)
  const app = chance.percent(60)
  const user: Who = [['user_id', `guest-${index}`]]
  const account: Who = app ? [...user, ['push_token', `tok-${index}`]] : user
  const phone: Who = chance.percent(40) ? [['phone', `+4530${String(index).padStart(7, '0')}`]] : []
  const email: Who = chance.percent(70) ? [['email', `guest${index}@example.org`]] : []
  return {
    app,
    account,
    cookie: [['anonymous_id', `c-${index}`]],
    all: [...user, ...phone, ...email],
  }
}

/** A phase runs evenly, but people do not shop at four in the morning: a day's visits move into 08:00 to 24:00. */
function awake(at: EpochMs): EpochMs {
  const ofDay = (at - SALES_AT) % DAY_MS
  return at - ofDay + 8 * HOUR_MS + Math.floor((ofDay * 2) / 3)
}

/** One visit to the ticket shop, some day in the three weeks before: 8 to 10 lines. */
function buyTickets(index: number, begin: EpochMs, chance: Chance): readonly CrowdEvent[] {
  const guest = guestOf(index)
  const events: CrowdEvent[] = []
  let time = awake(begin)
  const add = (
    type: string,
    who: Who,
    data: CrowdEvent['data'],
    context: CrowdEvent['context'] = { channel: 'web' },
  ): void => {
    events.push({ time, type, who, data, context })
    time += chance.between(10, 150) * SECOND_MS
  }
  const adults = chance.between(1, 2)
  const children = chance.between(0, 3)
  const price = 45 * adults + 35 * children
  add('page.viewed', guest.cookie, { url: '/', title: 'Home' })
  add('page.viewed', guest.cookie, { url: '/tickets', title: 'Tickets' })
  add('product.viewed', guest.cookie, { product_id: 'day-ticket', price: 45, currency: 'EUR' })
  add('product.added', guest.cookie, {
    product_id: 'day-ticket',
    price,
    currency: 'EUR',
    category: 'tickets',
  })
  add('checkout.started', [...guest.cookie, ...guest.all], { value: price, currency: 'EUR' })
  if (chance.percent(80)) {
    const order = { order_id: `o-${index}`, total: price, currency: 'EUR' }
    add('order.completed', [...guest.cookie, ...guest.all], order)
    add('ticket.purchased', guest.all, {
      ...order,
      visit_id: `v-${index}`,
      visit_date: '2026-07-11',
      product: 'day',
      party: { adults, children },
    })
  }
  if (chance.percent(30))
    add('person.described', guest.all, {
      traits: { household: adults + children, pass: chance.percent(15) ? 'season' : 'none' },
    })
  if (chance.percent(6)) add('consent.changed', guest.all, { purpose: 'marketing', granted: false })
  if (chance.percent(12)) {
    time += chance.between(1, 20) * HOUR_MS
    add(
      'call.received',
      guest.all,
      { topic: chance.pick(['opening-hours', 'parking', 'food', 'lost-voucher']) },
      { channel: 'phone' },
    )
  }
  return events
}

/** How late a drive ends, in minutes, as seen at `share` of the way. */
function delayMinutes(kind: number, share: number, chance: Chance): number {
  const jitter = chance.between(-3, 3)
  if (kind < 76) return jitter
  if (kind < 92) return Math.round(8 + share * (kind - 60)) + jitter
  return (share < 0.7 ? 22 : 2) + jitter
}

/** A drive as the app sees it: 5 to 10 lines. */
function drive(index: number, begin: EpochMs, chance: Chance, who: Who): readonly CrowdEvent[] {
  const minutes = chance.between(35, 110)
  const scheduled = begin + minutes * MINUTE_MS
  const kind = chance.between(0, 99)
  const trip_id = `t-${index}`
  const events: CrowdEvent[] = []
  // Some look at the map before the app knows who they are: two profiles, until the drive begins.
  const stranger: Who = chance.percent(30) ? [['anonymous_id', `a-${index}`]] : []
  if (stranger.length > 0)
    events.push({ time: begin, type: 'page.viewed', who: stranger, data: { url: '/map', title: 'Map' } })
  const put = (time: EpochMs, type: string, data: CrowdEvent['data']): void => {
    events.push({
      time,
      type,
      who: [...who, ...stranger],
      data: { trip_id, ...data },
      context: { channel: 'app' },
    })
  }
  put(begin + 2 * MINUTE_MS, 'trip.started', {
    scheduled_arrival_at: formatTime(scheduled),
    destination_id: 'park',
    mode: 'car',
  })
  const updates = chance.between(3, 7)
  let late = 0
  for (let i = 1; i <= updates; i++) {
    const share = i / (updates + 1)
    late = delayMinutes(kind, share, chance)
    const eta_at = formatTime(scheduled + late * MINUTE_MS)
    put(begin + Math.floor(share * minutes * MINUTE_MS), 'trip.eta_updated', {
      eta_at,
      distance_m: Math.round((1 - share) * minutes * 1100),
    })
  }
  if (chance.percent(3)) put(scheduled, 'trip.stopped', {})
  else put(scheduled + late * MINUTE_MS, 'trip.arrived', {})
  return events
}

/** The drive, where the app sees it, and the day in the park: about 14 lines. */
function spendDay(index: number, begin: EpochMs, chance: Chance): readonly CrowdEvent[] {
  const guest = guestOf(index)
  const events = guest.app ? [...drive(index, begin, chance, guest.account)] : []
  const last = events.at(-1)?.time ?? begin + HOUR_MS
  let time = last + chance.between(3, 15) * MINUTE_MS
  const visit_id = `v-${index}`
  const add = (type: string, who: Who, data: CrowdEvent['data']): void => {
    events.push({ time, type, who, data: { visit_id, ...data } })
    time += chance.between(5, 50) * MINUTE_MS
  }
  add('visit.started', guest.account, { place_id: `gate-${chance.between(1, 4)}` })
  for (let zones = chance.between(2, 6); zones > 0; zones--) {
    // A screen at a ride knows who holds the ticket, and which screen it is: a device that many share.
    const kiosk: Who = chance.percent(4) ? [['device_id', `kiosk-${chance.between(1, 12)}`]] : []
    add('zone.entered', [...guest.account, ...kiosk], {
      zone_id: chance.pick(['jungle', 'harbour', 'castle', 'mine', 'lagoon']),
    })
  }
  if (chance.percent(50))
    add('mood.measured', guest.account, {
      mood: chance.between(-4, 10) / 10,
      moment: 'break',
      sensor: 'survey',
    })
  add('visit.ended', guest.account, {})
  return events
}

export const THEME_PARK: Business = {
  name: 'theme-park',
  topology: 'theme-park.yaml',
  zone: 'Europe/Copenhagen',
  day: parseDay('2026-07-11') ?? 0,
  ends: { dayAt: DAY_AT + DAY_MS, restAt: DAY_AT + 2 * DAY_MS },
  people: PARK_PEOPLE,
  script: PARK_SCRIPT,
  phases: [
    { from: SALES_AT, to: DAY_AT - 4 * HOUR_MS, visit: buyTickets },
    { from: DAY_AT + 7 * HOUR_MS, to: DAY_AT + 13 * HOUR_MS, visit: spendDay },
  ],
  linesPerVisitor: 18.8,
  offerText: (offer, params, template) =>
    offer === 'nearer-parking'
      ? `the nearer parking spot ${String(params['spot'])} for ${String(params['currency'])} ${String(params['price'])}`
      : `${PARK_OFFERS[offer] ?? offer}${template === 'welcome-coffee-short-queues' ? ', and says that queues are short' : ''}`,
}

const PASS = 'a skip-the-line pass at 10 % off'
const PARK_OFFERS: Readonly<Record<string, string>> = {
  'parking-ahead': 'a parking spot for the day',
  stroller: 'a stroller to rent',
  'early-entry': 'early entry',
  'skip-the-line': PASS,
  'skip-the-line-late': PASS,
  'welcome-coffee': 'a coffee on the house',
  'tickets-waiting': 'a reminder of the tickets in the basket',
  'cafe-break': 'a break at the café, 15 % off',
  'say-hello': 'a hello, and nothing to buy',
  'season-pass': 'the season pass',
  'drink-on-us': 'a drink, with an apology',
  presale: 'first choice of seats at the next concert',
}
