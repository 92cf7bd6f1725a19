/**
 * The named people of the theme park, and what happens to them, line by line: `EVENT | what the story says`.
 *
 * The Novaks' user id falls into the holdout of topologies/theme-park.yaml; with another salt it would not.
 */
import type { NamedPerson } from './business.ts'

export const PARK_PEOPLE: Readonly<Record<string, NamedPerson>> = {
  Lindgrens: {
    identifiers: 'user:lindgren push:tok-lindgren phone:+4520100100',
    say: 'the Lindgrens',
    pronoun: 'they',
  },
  Okafors: { identifiers: 'user:okafor push:tok-okafor', say: 'the Okafors', pronoun: 'they' },
  Marta: { identifiers: 'user:marta push:tok-marta', say: 'Marta', pronoun: 'she' },
  Paul: { identifiers: 'user:paul', say: 'Paul', pronoun: 'he' },
  Jensens: { identifiers: 'user:jensen push:tok-jensen', say: 'the Jensens', pronoun: 'they' },
  Rossis: { identifiers: 'user:rossi push:tok-rossi', say: 'the Rossis', pronoun: 'they' },
  Novaks: { identifiers: 'user:nov push:tok-novak', say: 'the Novaks', pronoun: 'they' },
  Dora: { identifiers: 'user:dora email:dora@example.org', say: 'Dora', pronoun: 'she' },
  Emil: { identifiers: 'user:emil email:emil@example.org', say: 'Emil', pronoun: 'he' },
  LindgrensLaptop: { identifiers: 'cookie:c-lindgren-laptop', say: 'somebody on a laptop', pronoun: 'they' },
  Tablet: { identifiers: 'device:family-tablet', say: 'the family tablet', pronoun: 'they' },
}

/** In order of arrival. */
export const PARK_SCRIPT: readonly string[] = [
  '20:02-21d page.viewed LindgrensLaptop title=Opening-hours | Three weeks ahead, somebody on a laptop looks at the opening hours.',
  '20:08-21d product.added LindgrensLaptop cart_id=lindgren product_id=family-ticket price=210 currency=EUR',
  '20:15-21d order.completed LindgrensLaptop user:lindgren phone:+4520100100 cart_id=lindgren order_id=o-lindgren total=210 currency=EUR context.channel=web | They buy a family ticket and leave a name: the Lindgrens, two adults and three children.',
  '20:15:01-21d ticket.purchased LindgrensLaptop user:lindgren order_id=o-lindgren visit_date=2026-07-11 product=day party.adults=2 party.children=3 total=210 currency=EUR',
  '19:10-15d person.described Okafors traits.pass=season | The guest register knows that the Okafors have a season pass.',
  '12:00-10d consent.changed Marta purpose=marketing granted=false | Marta asks not to be contacted.',
  '10:30-8d call.received phone:+4520100100 topic=parking | The Lindgrens call once and ask about parking. The number tells who they are.',
  '18:00-1d page.viewed Tablet Dora title=Rides | Dora looks at the rides on the family tablet.',
  '18:40-1d page.viewed Tablet Emil title=Rides | Emil logs in on the same tablet.',
  '06:50 trip.started Rossis trip_id=t-rossi scheduled_arrival_at=09:00 mode=car | The Rossis set off early.',
  '07:20 trip.eta_updated Rossis trip_id=t-rossi eta_at=09:19 traffic_delay_s=1140',
  '07:31 trip.eta_updated Rossis trip_id=t-rossi eta_at=09:21 traffic_delay_s=1260',
  '08:05 trip.started Lindgrens trip_id=t-lindgren scheduled_arrival_at=10:00 eta_at=10:08 mode=car | The Lindgrens leave home late; one shoe was missing. Their app counts as part of the same family.',
  '08:20 trip.started Okafors trip_id=t-okafor scheduled_arrival_at=10:00 mode=car',
  '08:25 trip.started Marta trip_id=t-marta scheduled_arrival_at=10:00 mode=car',
  '08:26 trip.started Paul trip_id=t-paul scheduled_arrival_at=10:15 mode=car',
  '08:30 trip.started Jensens trip_id=t-jensen scheduled_arrival_at=10:30 mode=car',
  '08:40 trip.eta_updated Lindgrens trip_id=t-lindgren eta_at=10:12 traffic_delay_s=240',
  '08:44 trip.started Novaks trip_id=t-novak scheduled_arrival_at=10:30 mode=car',
  '09:21 trip.arrived Rossis trip_id=t-rossi',
  '09:25 trip.eta_updated Lindgrens trip_id=t-lindgren eta_at=10:19 traffic_delay_s=660 #jam | Traffic on the way from Aarhus: nineteen minutes late. One estimate may be a red light, so Shopkeeper waits for a second one.',
  '09:25:20 again #jam',
  '09:31 trip.eta_updated Okafors trip_id=t-okafor eta_at=10:24',
  '09:36 trip.eta_updated Okafors trip_id=t-okafor eta_at=10:25',
  '09:38 trip.eta_updated Marta trip_id=t-marta eta_at=10:20',
  '09:39 trip.eta_updated Paul trip_id=t-paul eta_at=10:40',
  '09:42 trip.eta_updated Lindgrens trip_id=t-lindgren eta_at=10:22 traffic_delay_s=840',
  '09:44 trip.eta_updated Marta trip_id=t-marta eta_at=10:22',
  '09:45 trip.eta_updated Paul trip_id=t-paul eta_at=10:41',
  '09:47 trip.eta_updated Novaks trip_id=t-novak eta_at=10:50',
  '09:50 trip.eta_updated Jensens trip_id=t-jensen eta_at=10:48',
  '09:53 trip.eta_updated Novaks trip_id=t-novak eta_at=10:51',
  '09:55 trip.eta_updated Jensens trip_id=t-jensen eta_at=10:49',
  '10:04 trip.eta_updated Lindgrens trip_id=t-lindgren eta_at=10:38 traffic_delay_s=1800 | It gets worse for the Lindgrens.',
  '10:06 trip.eta_updated Jensens trip_id=t-jensen eta_at=10:34 | The road clears in front of the Jensens.',
  '10:25 trip.arrived Okafors trip_id=t-okafor',
  '10:26 trip.arrived Marta trip_id=t-marta',
  '10:33 trip.arrived Jensens trip_id=t-jensen',
  '10:38 trip.arrived Lindgrens trip_id=t-lindgren | The Lindgrens are at the gate.',
  '10:41 trip.arrived Paul trip_id=t-paul | Paul is at the gate. He has no app and left no number, but there is a screen.',
  '10:51 trip.arrived Novaks trip_id=t-novak',
  '10:55 visit.started user:lindgren visit_id=v-lindgren place_id=gate-2',
]
