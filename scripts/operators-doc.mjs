// Writes docs/operators.md from the registry of operators: what each does, its config, and an example with what comes of it.
// Usage, after a build: node scripts/operators-doc.mjs
import { writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** An example is a topology, the events that come, and until when time goes on. What comes out is worked out, never written. */
const EXAMPLES = {
  identity: {
    says: 'Two cookies turn out to be one person, since both name the same e-mail address:',
    topology: `topology: who
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
`,
    lines: [
      '{"id":"1","type":"page.viewed","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"anonymous_id","value":"c-1"},{"type":"email","value":"ann@example.org"}],"data":{}}',
      '{"id":"2","type":"page.viewed","time":"2026-05-02T09:05:00Z","identifiers":[{"type":"anonymous_id","value":"c-2"}],"data":{}}',
      '{"id":"3","type":"page.viewed","time":"2026-05-02T09:06:00Z","identifiers":[{"type":"anonymous_id","value":"c-2"},{"type":"email","value":"Ann@Example.org"}],"data":{}}',
    ],
    until: '+1m',
  },
  sessionize: {
    says: 'A visit of 20 minutes with an order in it:',
    topology: `topology: visits
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: sessions, type: sessionize, from: identity, config: { gap: 30m } }
sinks:
  sessions: { from: sessions, topic: sessions }
`,
    lines: [
      '{"id":"1","type":"page.viewed","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"web"},"data":{}}',
      '{"id":"2","type":"product.added","time":"2026-05-02T09:10:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"web"},"data":{"product_id":"p9","price":19.5,"currency":"EUR"}}',
      '{"id":"3","type":"order.completed","time":"2026-05-02T09:20:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"app"},"data":{"order_id":"o1","total":19.5,"currency":"EUR"}}',
    ],
    until: '+1h',
  },
  'cart-abandonment': {
    says: 'A cart is left behind. The order that proves otherwise comes late, so the trigger is taken back:',
    topology: `topology: carts
sources:
  web: { topic: web-events, types: [product.added, page.viewed] }
  orders: { topic: orders, grace: 2h, types: [order.completed] }
operators:
  - { id: identity, type: identity, from: [web, orders] }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: 60m, minValue: 10 } }
sinks:
  triggers: { from: cart, topic: triggers }
`,
    lines: [
      '{"id":"1","type":"product.added","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"product_id":"p9","category":"toys","price":19.5,"currency":"EUR"}}',
      '{"id":"2","type":"page.viewed","time":"2026-05-02T10:05:00Z","identifiers":[{"type":"user_id","value":"bob"}],"data":{}}',
      '{"id":"3","type":"order.completed","time":"2026-05-02T09:40:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"order_id":"o1"}}',
    ],
    until: '+1m',
  },
  journey: {
    says: 'A day ticket leads to a question two weeks before the visit. Bob comes earlier than that, so he is asked nothing:',
    topology: `topology: before-the-visit
timezone: Europe/Copenhagen
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - id: pre-visit
    type: journey
    from: identity
    config:
      enter: { type: ticket.purchased, where: 'event.product == "day"' }
      key: event.visit_id
      exit: [{ type: visit.started, where: event.visit_id == key, outcome: arrived }]
      for: 60d
      steps:
        - { id: plan, wait: { until: entered.visit_date, minus: 14d } }
        - { id: who, branch: [{ when: entered.party.children > 0, go: lunch }, { go: told }] }
        - { id: lunch, trigger: true }
        - { id: told, emit: { type: visit.planned, fields: { visit_id: '\${key}', on: '\${entered.visit_date}' } } }
        - { id: over, end: { outcome: planned } }
sinks:
  journeys: { from: pre-visit, topic: journeys }
`,
    lines: [
      '{"id":"1","type":"ticket.purchased","time":"2026-06-20T08:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"order_id":"o1","product":"day","visit_id":"v1","visit_date":"2026-07-11","party":{"children":2}}}',
      '{"id":"2","type":"ticket.purchased","time":"2026-06-20T08:05:00Z","identifiers":[{"type":"user_id","value":"bob"}],"data":{"order_id":"o2","product":"day","visit_id":"v2","visit_date":"2026-07-20"}}',
      '{"id":"3","type":"visit.started","time":"2026-06-21T10:00:00Z","identifiers":[{"type":"user_id","value":"bob"}],"data":{"visit_id":"v2"}}',
    ],
    until: '+20d',
    also: ['visit.planned'],
  },
  geofence: {
    says: 'Ann comes, wavers at the edge of the square, and goes on to the mill, where a guide comes by; a guide is a place that moves:',
    topology: `topology: town
sources:
  phones: { topic: positions, types: [location.updated] }
  guides: { topic: guides, world: true, types: [place.moved] }
operators:
  - { id: identity, type: identity, from: phones }
  - id: places
    type: geofence
    from: identity
    config:
      places:
        - { id: guide-1, radius_m: 20, kind: guide, moves: true }
        - { id: square, lat: 55.6736, lon: 12.5681, radius_m: 50, kind: market }
        - { id: mill, lat: 55.6766, lon: 12.5681, radius_m: 80 }
sinks:
  zones: { from: places, topic: zones }
`,
    lines: [
      '{"id":"1","type":"location.updated","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.67365,"lon":12.5681,"accuracy_m":8}}',
      '{"id":"2","type":"location.updated","time":"2026-05-02T09:05:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.6741,"lon":12.5681,"accuracy_m":12}}',
      '{"id":"3","type":"location.updated","time":"2026-05-02T09:12:30Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.6768,"lon":12.5681,"accuracy_m":10}}',
      '{"id":"4","type":"place.moved","time":"2026-05-02T09:14:00Z","data":{"place_id":"guide-1","lat":55.67675,"lon":12.5681}}',
      '{"id":"5","type":"place.moved","time":"2026-05-02T09:20:00Z","data":{"place_id":"guide-1","lat":55.6700,"lon":12.5681}}',
    ],
    until: '+1m',
  },
  'late-arrival': {
    says: 'Two updates in a row show half an hour of delay; then the road is clear again:',
    topology: `topology: trips
sources:
  trips: { topic: trip-events }
operators:
  - { id: identity, type: identity, from: trips }
  - { id: late, type: late-arrival, from: identity, config: { lateBy: 10m, confirm: 2 } }
sinks:
  triggers: { from: late, topic: triggers }
`,
    lines: [
      '{"id":"1","type":"trip.started","time":"2026-07-11T08:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"trip_id":"t1","scheduled_arrival_at":"2026-07-11T10:00:00Z"}}',
      '{"id":"2","type":"trip.eta_updated","time":"2026-07-11T08:30:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"trip_id":"t1","eta_at":"2026-07-11T10:25:00Z"}}',
      '{"id":"3","type":"trip.eta_updated","time":"2026-07-11T08:40:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"trip_id":"t1","eta_at":"2026-07-11T10:30:00Z"}}',
      '{"id":"4","type":"trip.eta_updated","time":"2026-07-11T09:10:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"trip_id":"t1","eta_at":"2026-07-11T10:03:00Z"}}',
    ],
    until: '+1m',
  },
  pattern: {
    says: 'Three looks at toys and a hand on the way out, and no order within half an hour. Bob orders, Ann does not:',
    topology: `topology: second-thoughts
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - id: wavering
    type: pattern
    from: identity
    config:
      steps: [{ type: product.viewed, times: 3 }, { type: page.left, where: 'event.exit_intent' }]
      within: 10m
      unless: { type: order.completed, within: 30m }
      once: 24h
sinks:
  triggers: { from: wavering, topic: triggers }
`,
    lines: ['ann', 'bob'].flatMap((who) => [
      ...['09:00', '09:02', '09:03'].map(
        (at, i) =>
          `{"id":"${who}-${i + 1}","type":"product.viewed","time":"2026-05-02T${at}:00Z","identifiers":[{"type":"user_id","value":"${who}"}],"data":{"product_id":"p${i + 1}","category":"toys"}}`,
      ),
      `{"id":"${who}-4","type":"page.left","time":"2026-05-02T09:05:00Z","identifiers":[{"type":"user_id","value":"${who}"}],"data":{"exit_intent":true}}`,
      ...(who === 'ann'
        ? []
        : [
            `{"id":"${who}-5","type":"order.completed","time":"2026-05-02T09:20:00Z","identifiers":[{"type":"user_id","value":"${who}"}],"data":{"order_id":"o1","total":30}}`,
          ]),
    ]),
    until: '+1h',
  },
  attribution: {
    says: 'A mail and a look at the site lead to a purchase in the store:',
    topology: `topology: credit
sources:
  all: { topic: events }
operators:
  - { id: identity, type: identity, from: all }
  - { id: credit, type: attribution, from: identity, config: { lookback: 30d } }
sinks:
  attributed: { from: credit, topic: attributed }
`,
    lines: [
      '{"id":"1","type":"email.clicked","time":"2026-05-01T19:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"campaign":"spring"}}',
      '{"id":"2","type":"product.viewed","time":"2026-05-01T19:01:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"web"},"data":{"product_id":"p9"}}',
      '{"id":"3","type":"store.visited","time":"2026-05-02T10:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"store_id":"s1"}}',
      '{"id":"4","type":"order.completed","time":"2026-05-02T10:20:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"store"},"data":{"order_id":"o1","total":80,"currency":"EUR"}}',
    ],
    until: '+10m',
  },
  profile: {
    says: 'A hand on the way out is worth a word to those who order often and left something in the cart. Ann does, Bob does not:',
    shows: ['trigger.fired'],
    topology: `topology: regulars
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: profile, type: profile, from: identity }
  - id: regulars
    type: pattern
    from: identity
    config:
      steps:
        - type: page.left
          where: 'event.exit_intent && profile.orders >= 2 && profile.open_cart_value > 10 && profile.interests["toys"] >= 5'
sinks:
  triggers: { from: regulars, topic: triggers }
`,
    lines: ['ann', 'bob'].flatMap((who) => {
      const event = (id, type, at, data) =>
        JSON.stringify({
          id: `${who}-${id}`,
          type,
          time: `2026-05-0${at}:00Z`,
          identifiers: [{ type: 'user_id', value: who }],
          data,
        })
      const order = (id, at) =>
        event(id, 'order.completed', at, {
          order_id: `${who}-${id}`,
          total: 30,
          products: [{ category: 'toys' }],
        })
      return [
        order(1, '2T09:00'),
        ...(who === 'ann' ? [order(2, '4T09:00')] : []),
        event(3, 'product.added', '6T09:00', { product_id: 'p9', category: 'toys', price: 19.5 }),
        event(4, 'page.left', '6T09:05', { exit_intent: true }),
      ]
    }),
    until: '+1m',
  },
  encounters: {
    says: 'A short look at the web site, an order, and a call that somebody would rather not have had:',
    topology: `topology: contacts
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: sessions, type: sessionize, from: identity, config: { ignore: [call.received, mood.measured] } }
  - { id: encounters, type: encounters, from: [identity, sessions] }
sinks:
  encounters: { from: encounters, topic: encounters }
`,
    lines: [
      '{"id":"1","type":"page.viewed","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"web"},"data":{}}',
      '{"id":"2","type":"order.completed","time":"2026-05-02T09:05:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"web"},"data":{"order_id":"o1","total":19.5,"currency":"EUR"}}',
      '{"id":"3","type":"call.received","time":"2026-05-02T15:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"topic":"delivery","sentiment":-0.7}}',
      '{"id":"4","type":"mood.measured","time":"2026-05-02T15:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"mood":-0.2,"sensor":"voice"}}',
    ],
    until: '+1h',
  },
  warmth: {
    says: 'Mail, a guide and a search within an hour, and then a visit to the shop:',
    topology: `topology: leads
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: warmth, type: warmth, from: identity, config: { levels: { warm: 12, hot: 25 } } }
sinks:
  leads: { from: warmth, topic: leads }
`,
    lines: [
      '{"id":"1","type":"email.clicked","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"campaign":"spring"}}',
      '{"id":"2","type":"content.read","time":"2026-05-02T09:20:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"topic":"kitchens"}}',
      '{"id":"3","type":"product.searched","time":"2026-05-02T09:40:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"query":"oak table"}}',
      '{"id":"4","type":"store.visited","time":"2026-05-03T11:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"store_id":"s1","sentiment":0.4}}',
    ],
    until: '+1m',
  },
  brief: {
    says: 'Ann has looked at kites, was unhappy on the phone, and comes to the store. Bob wants nothing to be told of him:',
    topology: `topology: counter
sources:
  all: { topic: events }
operators:
  - { id: identity, type: identity, from: all }
  - { id: brief, type: brief, from: identity }
sinks:
  briefs: { from: brief, topic: briefs }
`,
    lines: [
      '{"id":"1","type":"product.searched","time":"2026-05-01T18:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"app"},"data":{"query":"kite","category":"toys"}}',
      '{"id":"2","type":"product.added","time":"2026-05-01T18:05:00Z","identifiers":[{"type":"user_id","value":"ann"}],"context":{"channel":"app"},"data":{"product_id":"p9","category":"toys","price":19.5,"currency":"EUR"}}',
      '{"id":"3","type":"call.received","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"topic":"delivery","sentiment":-0.6}}',
      '{"id":"4","type":"person.described","time":"2026-05-02T09:10:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"traits":{"tribe":"makers"}}}',
      '{"id":"5","type":"store.visited","time":"2026-05-02T10:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"store_id":"s1"}}',
      '{"id":"6","type":"consent.changed","time":"2026-05-02T10:01:00Z","identifiers":[{"type":"user_id","value":"bob"}],"data":{"purpose":"sales","granted":false}}',
      '{"id":"7","type":"store.visited","time":"2026-05-02T10:02:00Z","identifiers":[{"type":"user_id","value":"bob"}],"data":{"store_id":"s1"}}',
    ],
    until: '+1m',
  },
  segments: {
    says: 'Two orders make a regular, two weeks of silence one who is missed:',
    topology: `topology: groups
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: profile, type: profile, from: identity }
  - id: groups
    type: segments
    from: identity
    config:
      segments:
        - { id: regulars, when: 'profile.orders >= 2' }
        - { id: missed, when: 'profile.orders >= 2 && profile.days_since_seen >= 14' }
sinks:
  groups: { from: groups, topic: groups }
`,
    lines: [
      '{"id":"1","type":"order.completed","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"order_id":"o1","total":30}}',
      '{"id":"2","type":"order.completed","time":"2026-05-05T19:30:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"order_id":"o2","total":12}}',
      '{"id":"3","type":"page.viewed","time":"2026-05-21T08:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{}}',
    ],
    until: '+1h',
  },
  'price-watch': {
    says: 'Ann saves a pair of shoes. They become cheaper, and cheaper still, which is the same drop; then they are sold out, and back:',
    topology: `topology: scratchpad
sources:
  web: { topic: web-events, types: [product.saved] }
  world: { topic: world-facts, world: true, types: [price.changed, stock.changed] }
operators:
  - { id: identity, type: identity, from: web }
  - { id: scratchpad, type: price-watch, from: identity, config: { drop: 10% } }
sinks:
  triggers: { from: scratchpad, topic: triggers }
`,
    lines: [
      '{"id":"1","type":"product.saved","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"product_id":"shoes","price":80}}',
      '{"id":"w1","type":"price.changed","time":"2026-05-02T12:00:00Z","data":{"product_id":"shoes","price":72}}',
      '{"id":"w2","type":"price.changed","time":"2026-05-02T13:00:00Z","data":{"product_id":"shoes","price":70}}',
      '{"id":"w3","type":"stock.changed","time":"2026-05-02T14:00:00Z","data":{"product_id":"shoes","stock":0}}',
      '{"id":"w4","type":"stock.changed","time":"2026-05-03T09:00:00Z","data":{"product_id":"shoes","stock":6}}',
    ],
    until: '+1h',
  },
  offer: {
    says: 'Two carts are left behind within a day, and one offer a day is allowed:',
    topology: `topology: nudges
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: cart, type: cart-abandonment, from: identity }
  - id: offers
    type: offer
    from: cart
    config:
      offers:
        - { id: free-shipping, on: cart, when: 'trigger.value >= 50', channels: [push, email], priority: 70, template: cart-shipping }
        - { id: reminder, on: cart, channels: [email], priority: 40, template: cart-reminder }
      caps: [{ max: 1, per: 24h }]
sinks:
  offers: { from: offers, topic: offers }
`,
    lines: [
      '{"id":"1","type":"product.added","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"email","value":"ann@example.org"}],"data":{"cart_id":"k1","product_id":"p9","price":19.5,"currency":"EUR"}}',
      '{"id":"2","type":"product.added","time":"2026-05-02T12:00:00Z","identifiers":[{"type":"email","value":"ann@example.org"}],"data":{"cart_id":"k2","product_id":"p4","price":80,"currency":"EUR"}}',
    ],
    until: '+2h',
  },
}

const HEAD = `# Operators

<!-- Generated by scripts/operators-doc.mjs from the registry; do not edit. -->

What each operator of this version does, what it takes and emits, and what its \`config\` may say.
[contracts.md](contracts.md), section 5, holds what each of them promises. \`shopkeeper operators TYPE\` prints the same tables.

A duration is a number and a unit: \`500ms 5s 10m 24h 7d\`. \`NAME\` in a key stands for a name that you choose, \`[]\` for each
entry of a list. An empty default means that the key may be left out. Examples show of each record that the operator
writes \`type\`, \`time\` and \`data\`.
`

const cell = (text) => text.replaceAll('|', '\\|')
const inWords = (types) => (types === '*' ? 'all types' : types.map((type) => `\`${type}\``).join(', '))
const fenced = (language, text) => `\`\`\`${language}\n${text}\`\`\`\n`

function tableOf(operator, { configKeys, configSchema }) {
  const { properties = {} } = configSchema(operator.config)
  const rows = configKeys(operator.config).map(({ key, kind, standard, meaning }) => {
    // The command cuts long defaults; here there is room.
    const whole = standard.endsWith('...') ? JSON.stringify(properties[key]?.default ?? standard) : standard
    const shown = whole === '' || whole === 'required' ? whole : `\`${cell(whole)}\``
    return `| \`${key}\` | ${cell(kind)} | ${shown} | ${cell(meaning)} |\n`
  })
  return `| key | kind | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

async function exampleOf(
  { type, emits },
  { says, topology, lines, until, shows = emits, also = [] },
  replay,
) {
  const values = await replay(topology, lines, until)
  const own = values.filter((value) => shows.includes(value.type) || also.includes(value.type))
  if (own.length === 0) throw new Error(`the example of ${type} shows nothing`)
  const shown = own.map(({ type, time, data }) => `${JSON.stringify({ type, time, data })}\n`).join('')
  return [
    `${says}\n`,
    fenced('yaml', topology),
    fenced('json', `${lines.join('\n')}\n`),
    `With \`--until ${until}\`, out comes:\n`,
    fenced('json', shown),
  ].join('\n')
}

/**
 * The text of docs/operators.md. `replay(topology, lines, until)`: the values of the records that come out, in order.
 * An operator without an example gets its section all the same.
 */
export async function operatorsDocument({ operators, configKeys, configSchema, replay }) {
  const sections = []
  for (const operator of operators) {
    const example = EXAMPLES[operator.type]
    sections.push(
      `## ${operator.type}\n\n${operator.summary}\n\n` +
        `- takes: ${inWords(operator.accepts)}${operator.hears === undefined ? '' : `; hears of the person, whatever \`from\` says: ${inWords(operator.hears)}`}\n` +
        `- emits: ${inWords(operator.emits)}\n` +
        (operator.emits.length === 0
          ? ''
          : `- fields of what it emits, for conditions behind it: ${inWords(Object.keys(operator.fields))}\n`) +
        (operator.tells === undefined
          ? ''
          : `- fields of \`profile\` that it tells to all conditions: ${inWords(Object.keys(operator.tells))}\n`) +
        '\n' +
        tableOf(operator, { configKeys, configSchema }) +
        (example === undefined ? '' : `\n${await exampleOf(operator, example, replay)}`),
    )
  }
  return `${HEAD}\n${sections.join('\n')}`
}

async function main() {
  const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href)
  const { OPERATORS } = await built('topology/registry.js')
  const { configKeys, configSchema } = await built('cli/config-keys.js')
  const { compile, openEmbedded, parseTopology } = await built('index.js')
  const { parseUntil } = await built('app/replay.js')
  const { settingsOf } = await built('app/settings.js')
  const { idKey: key } = settingsOf({})
  const replay = async (text, lines, until) => {
    const values = []
    const plan = compile(parseTopology({ file: 'example.yaml', text }), { key })
    const runtime = await openEmbedded(plan, { key, onOutput: ({ value }) => values.push(JSON.parse(value)) })
    await runtime.feed(lines)
    await runtime.finish(parseUntil(until))
    await runtime.close()
    return values
  }
  const text = await operatorsDocument({ operators: OPERATORS.values(), configKeys, configSchema, replay })
  writeFileSync(fileURLToPath(new URL('../docs/operators.md', import.meta.url)), text)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
