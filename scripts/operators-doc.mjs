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
  geofence: {
    says: 'Ann comes, wavers at the edge of the square, and goes on to the mill:',
    topology: `topology: town
sources:
  phones: { topic: positions, types: [location.updated] }
operators:
  - { id: identity, type: identity, from: phones }
  - id: places
    type: geofence
    from: identity
    config:
      places:
        - { id: square, lat: 55.6736, lon: 12.5681, radius_m: 50, kind: market }
        - { id: mill, lat: 55.6766, lon: 12.5681, radius_m: 80 }
sinks:
  zones: { from: places, topic: zones }
`,
    lines: [
      '{"id":"1","type":"location.updated","time":"2026-05-02T09:00:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.67365,"lon":12.5681,"accuracy_m":8}}',
      '{"id":"2","type":"location.updated","time":"2026-05-02T09:05:00Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.6741,"lon":12.5681,"accuracy_m":12}}',
      '{"id":"3","type":"location.updated","time":"2026-05-02T09:12:30Z","identifiers":[{"type":"user_id","value":"ann"}],"data":{"lat":55.6768,"lon":12.5681,"accuracy_m":10}}',
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

async function exampleOf({ type, emits }, { says, topology, lines, until }, replay) {
  const values = await replay(topology, lines, until)
  const own = values.filter((value) => emits.includes(value.type))
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
        `- fields of what it emits, for conditions behind it: ${inWords(Object.keys(operator.fields))}\n\n` +
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
