/** price-watch: all that a person did, sorted anew at each fact (contracts 5 and W8 to W13). */
import { formatTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import { durationOf, isObject, listOf, numberOf, type OperatorSettings } from './settings.ts'
import type { OracleWorld } from './world.ts'

interface Deed {
  readonly at: number
  readonly product: string
  readonly kind: 'saved' | 'looked' | 'bought'
  readonly price: number | undefined
  readonly max: number | undefined
}

interface Life {
  readonly deeds: Deed[]
  /** By product, the time of the look that it fired for and that it is still low by. */
  readonly low: Map<string, number>
  /** The world's price at a look, by product and time, as the first fact behind it had it before itself. */
  readonly found: Map<string, number | undefined>
}

const optional = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export function priceWatch(
  settings: OperatorSettings,
  world: OracleWorld,
  unsettled: Unsettled,
): OracleOperator {
  const { config } = settings
  const drop = Number(/^([\d.]+)%$/.exec((config['drop'] as string | undefined) ?? '5%')?.[1]) / 100
  const forMs = durationOf(config['for'], '90d')
  const remember = numberOf(config['remember'], 20)
  const rememberMs = durationOf(config['rememberFor'], '30d')
  const lives = statesOf<Life>(() => ({ deeds: [], low: new Map(), found: new Map() }))

  const of = (life: Life, product: string, kind: Deed['kind'], upTo: number): readonly Deed[] =>
    life.deeds
      .filter((deed) => deed.product === product && deed.kind === kind && deed.at <= upTo)
      .sort((a, b) => a.at - b.at)

  const boughtAt = (life: Life, product: string, at: number): number =>
    of(life, product, 'bought', at).at(-1)?.at ?? Number.NEGATIVE_INFINITY

  function savedBy(life: Life, product: string, at: number): Deed | undefined {
    const deed = of(life, product, 'saved', at - 1).at(-1)
    return deed !== undefined && deed.at > boughtAt(life, product, at) && at < deed.at + forMs
      ? deed
      : undefined
  }

  /** Different moments count, since of two looks at one moment one is kept. */
  function lookedBy(life: Life, product: string, at: number, upTo: number): Deed | undefined {
    const bought = boughtAt(life, product, at)
    const looks = of(life, product, 'looked', upTo).filter(
      (deed) => deed.at > bought && deed.at + rememberMs > at,
    )
    return new Set(looks.map((deed) => deed.at)).size < 2 ? undefined : looks.at(-1)
  }

  function remembered(life: Life, product: string, at: number): boolean {
    const looks = [...new Set(life.deeds.map((deed) => deed.product))].flatMap((one) => {
      const look = lookedBy(life, one, at - 1, at - 1)
      return look === undefined ? [] : [{ one, at: look.at }]
    })
    looks.sort((a, b) => b.at - a.at || (a.one < b.one ? -1 : 1))
    return looks.slice(0, remember).some(({ one }) => one === product)
  }

  return {
    settings,
    onEvent(person, { type, time: at, data }: OracleEvent) {
      const { deeds } = lives.of(person)
      const price = optional(data['price'])
      const product = data['product_id']
      if (type === 'order.completed') {
        for (const line of listOf(data['products']))
          if (isObject(line) && typeof line['product_id'] === 'string')
            deeds.push({ at, product: line['product_id'], kind: 'bought', price: undefined, max: undefined })
      } else if (typeof product === 'string') {
        if (type === 'product.saved')
          deeds.push({ at, product, kind: 'saved', price, max: optional(data['price_max']) })
        if (type === 'product.viewed' || type === 'product.searched')
          deeds.push({ at, product, kind: 'looked', price, max: undefined })
      }
      return { emissions: [] }
    },
    onFact(person, fact) {
      const life = lives.of(person)
      const { id: product, time: at, value, field, cause } = fact
      // A late one meets what the person had done by the watermark.
      const upTo = fact.toldAt as number
      const save = savedBy(life, product, upTo)
      const looked = lookedBy(life, product, upTo, upTo) && lookedBy(life, product, upTo - 1, upTo - 1)
      const last = save ?? looked
      const look = last !== undefined && last.at < at ? last : undefined
      const said = life.deeds
        .filter((deed) => deed.product === product && deed.kind === look?.kind && deed.at === look.at)
        .map(({ price, max }) => `${price} ${max}`)
      if (new Set(said).size > 1) unsettled('prices: two looks at one product at one moment')
      const counts = save !== undefined || (look !== undefined && remembered(life, product, upTo))
      const before = world.before(fact)
      const fired = (kind: string, price: number | undefined, was: number | undefined) => ({
        type: 'trigger.fired',
        time: at,
        cause,
        data: {
          trigger: 'price-watch',
          instance: product,
          kind,
          price: price ?? null,
          price_before: was ?? null,
          saved_at: formatTime(look?.at ?? 0),
        },
      })
      if (field === 'stock') {
        if (look === undefined || !counts || before !== 0 || value <= 0) return []
        const prices = world.prices(product, at)
        return [fired('back-in-stock', prices[0] ?? look.price, prices[1])]
      }
      if (field !== 'price') return []
      const placeOf = (deed: Deed): string => `${product} ${deed.at}`
      for (const deed of [save, looked])
        if (deed !== undefined && deed.at < at && !life.found.has(placeOf(deed)))
          life.found.set(placeOf(deed), before)
      if (look === undefined) return []
      const was = look.price ?? life.found.get(placeOf(look))
      const low =
        (look.max !== undefined && value <= look.max) || (was !== undefined && value <= was * (1 - drop))
      const isSame = life.low.get(product) === look.at
      if (!low) life.low.delete(product)
      if (!low || isSame || !counts) return []
      life.low.set(product, look.at)
      return [fired('price-drop', value, before ?? was)]
    },
    due: () => undefined,
    onDue: () => [],
    merge(kept, absorbed) {
      const ours = lives.of(kept)
      const theirs = lives.take(absorbed)
      ours.deeds.push(...theirs.deeds)
      for (const [place, price] of theirs.found) {
        const known = ours.found.get(place)
        if (known === undefined || (price !== undefined && price > known)) ours.found.set(place, price)
      }
      for (const [product, at] of theirs.low) ours.low.set(product, Math.max(at, ours.low.get(product) ?? at))
      return []
    },
  }
}
