/** The documents that the promises are tried on; a case says what it changes. */
const SOURCE = { format: 'json', lateness: '10s', grace: '10m', idle: '30s' }
const IDENTITY = { id: 'identity', type: 'identity' }
const VISIT = { id: 'visit', type: 'sessionize', from: 'identity', config: { gap: '30m' } }
const CART = { id: 'cart', type: 'cart-abandonment', from: 'identity', config: { after: '60m' } }
const SESSIONS = { from: 'visit', topic: 'sessions', format: 'json' }
const TRIGGERS = { topic: 'triggers', format: 'json' }

const late = (confirm: number): object => ({
  id: 'late',
  type: 'late-arrival',
  from: 'identity',
  config: { lateBy: '10m', confirm, clearBy: '5m', step: '15m' },
})

const PARKING = {
  id: 'nearer-parking',
  on: 'late',
  when: 'trigger.phase == "en-route" && trigger.late_minutes >= 15',
  channels: ['push', 'sms'],
  priority: 70,
  expires: '30m',
  template: 'parking-upgrade',
  params: { price: '7.50', currency: 'EUR' },
}
const COME_BACK = {
  id: 'come-back',
  on: 'cart',
  channels: ['email', 'push'],
  priority: 50,
  expires: '24h',
  template: 'cart-reminder',
  params: { discount: '5' },
}

const ofWeb = (...types: readonly string[]): object => ({
  ...SOURCE,
  topic: 'web-events',
  idle: '5m',
  types,
})

export const DOCUMENTS: Readonly<Record<string, object>> = {
  people: {
    topology: 'people',
    sources: { web: { ...SOURCE, topic: 'events' } },
    operators: [{ ...IDENTITY, from: ['web'] }, VISIT],
    sinks: { sessions: SESSIONS },
  },
  carts: {
    topology: 'carts',
    sources: { web: { ...SOURCE, topic: 'events' } },
    operators: [{ ...IDENTITY, from: ['web'] }, CART],
    sinks: { triggers: { ...TRIGGERS, from: 'cart' } },
  },
  trips: {
    topology: 'trips',
    sources: { trips: { ...SOURCE, topic: 'trip-events' } },
    operators: [{ ...IDENTITY, from: ['trips'] }, late(2)],
    sinks: { triggers: { ...TRIGGERS, from: 'late' } },
  },
  places: {
    topology: 'places',
    sources: { phones: { ...SOURCE, topic: 'positions' } },
    operators: [
      { ...IDENTITY, from: ['phones'] },
      {
        id: 'places',
        type: 'geofence',
        from: 'identity',
        config: {
          places: [
            { id: 'mill', lat: 0, lon: 0, radius_m: 100, kind: 'ride' },
            { id: 'shop', lat: 0.01, lon: 0, radius_m: 100 },
          ],
        },
      },
    ],
    sinks: { zones: { topic: 'zones', format: 'json', from: 'places' } },
  },
  behaviour: {
    topology: 'behaviour',
    sources: { web: { ...SOURCE, topic: 'events' } },
    operators: [
      { ...IDENTITY, from: ['web'] },
      {
        id: 'wavering',
        type: 'pattern',
        from: 'identity',
        config: {
          steps: [
            { type: 'product.viewed', times: 3 },
            { type: 'page.left', where: 'event.exit_intent' },
          ],
          within: '10m',
          unless: { type: 'order.completed', within: '30m' },
          once: '24h',
        },
      },
    ],
    sinks: { triggers: { ...TRIGGERS, from: 'wavering' } },
  },
  stays: {
    topology: 'stays',
    sources: { phones: { ...SOURCE, topic: 'positions' } },
    operators: [
      { ...IDENTITY, from: ['phones'] },
      {
        id: 'places',
        type: 'geofence',
        from: 'identity',
        config: {
          places: [
            { id: 'mill', lat: 0, lon: 0, radius_m: 100, kind: 'ride' },
            { id: 'shop', lat: 0.01, lon: 0, radius_m: 100 },
          ],
        },
      },
      {
        id: 'stay',
        type: 'pattern',
        from: 'places',
        config: {
          steps: [{ type: 'zone.entered' }],
          unless: { type: 'zone.left', within: '10m' },
          key: 'event.place_id',
        },
      },
      {
        id: 'stroll',
        type: 'pattern',
        from: ['places', 'identity'],
        config: { steps: [{ type: 'zone.left' }, { type: 'order.completed' }], within: '5m' },
      },
    ],
    sinks: { triggers: { ...TRIGGERS, from: ['stay', 'stroll'] } },
  },
  known: {
    topology: 'known',
    sources: { web: { ...SOURCE, topic: 'events' } },
    operators: [
      { ...IDENTITY, from: ['web'] },
      VISIT,
      { id: 'profile', type: 'profile', from: 'identity' },
      { id: 'met', type: 'encounters', from: ['identity', 'visit'] },
      {
        id: 'warmth',
        type: 'warmth',
        from: 'identity',
        config: { weights: { 'email.clicked': 20, 'content.read': 15, 'call.received': 30 } },
      },
      {
        id: 'groups',
        type: 'segments',
        from: 'identity',
        config: {
          segments: [
            { id: 'regular', when: 'profile.orders >= 2' },
            { id: 'warm', when: 'profile.warmth >= 30' },
            { id: 'away', when: 'profile.days_since_seen >= 3' },
            { id: 'treated-badly', when: 'profile.encounters >= 2 && profile.quality < 0' },
          ],
        },
      },
    ],
    sinks: { known: { from: ['met', 'warmth', 'groups'], topic: 'known', format: 'json' } },
  },
  'two-sources': {
    topology: 'two-sources',
    sources: {
      web: ofWeb(
        'page.viewed',
        'product.viewed',
        'product.added',
        'product.removed',
        'checkout.started',
        'order.completed',
      ),
      trips: {
        ...SOURCE,
        topic: 'trip-events',
        lateness: '5s',
        idle: '5m',
        types: ['trip.started', 'trip.eta_updated', 'trip.arrived', 'trip.stopped'],
      },
    },
    operators: [{ ...IDENTITY, from: ['web', 'trips'] }, VISIT, CART],
    sinks: { sessions: SESSIONS, triggers: { ...TRIGGERS, from: 'cart' } },
  },
  offers: {
    topology: 'offers',
    timezone: 'UTC',
    sources: { all: { ...SOURCE, topic: 'events' } },
    operators: [
      { ...IDENTITY, from: ['all'] },
      late(1),
      CART,
      { id: 'offers', type: 'offer', from: ['late', 'cart'], config: { offers: [PARKING, COME_BACK] } },
    ],
    sinks: {
      offers: { from: 'offers', topic: 'offers', format: 'json' },
      carts: { from: 'cart', topic: 'cart-triggers', format: 'json' },
      lates: { from: 'late', topic: 'late-triggers', format: 'json' },
    },
  },
  formats: {
    topology: 'formats',
    sources: {
      plain: { ...SOURCE, topic: 'plain' },
      segment: { ...SOURCE, topic: 'segment', format: 'segment' },
      cloud: { ...SOURCE, topic: 'cloud', format: 'cloudevents' },
    },
    operators: [{ ...IDENTITY, from: ['plain', 'segment', 'cloud'] }, VISIT, CART],
    sinks: { sessions: SESSIONS, triggers: { ...TRIGGERS, from: 'cart' } },
  },
}
