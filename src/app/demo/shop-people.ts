/**
 * The named people of the shop, and what happens to them, line by line: `EVENT | what the story says`.
 *
 * Kim's user id falls into the holdout of topologies/shop.yaml; with another salt it would not.
 */
import type { NamedPerson } from './business.ts'

export const SHOP_PEOPLE: Readonly<Record<string, NamedPerson>> = {
  Ann: { identifiers: 'user:ann email:ann@example.org', say: 'Ann', pronoun: 'she' },
  Bo: { identifiers: 'user:bo email:bo@example.org', say: 'Bo', pronoun: 'he' },
  Carla: { identifiers: 'phone:+4520300300', say: 'Carla', pronoun: 'she' },
  Dan: { identifiers: 'user:dan email:dan@example.org', say: 'Dan', pronoun: 'he' },
  Eva: { identifiers: 'user:eva', say: 'Eva', pronoun: 'she' },
  Finn: { identifiers: 'user:finn', say: 'Finn', pronoun: 'he' },
  Greta: { identifiers: 'user:greta email:greta@example.org', say: 'Greta', pronoun: 'she' },
  Hugo: { identifiers: 'user:hugo email:hugo@example.org', say: 'Hugo', pronoun: 'he' },
  Ida: { identifiers: 'user:ida push:tok-ida', say: 'Ida', pronoun: 'she' },
  Jon: { identifiers: 'user:jon email:jon@example.org', say: 'Jon', pronoun: 'he' },
  Kim: { identifiers: 'user:kim-6 email:kim@example.org', say: 'Kim', pronoun: 'they' },
  Mia: { identifiers: 'cookie:c-mia', say: 'somebody without a name', pronoun: 'they' },
  Nora: { identifiers: 'user:nora-1 email:nora@example.org', say: 'Nora', pronoun: 'she' },
  Omar: { identifiers: 'user:omar push:tok-omar', say: 'Omar', pronoun: 'he' },
  Pia: { identifiers: 'user:pia email:pia@example.org', say: 'Pia', pronoun: 'she' },
  AnnsPhone: { identifiers: 'cookie:c-ann-phone push:tok-ann', say: 'somebody on a phone', pronoun: 'they' },
  AnnsLaptop: { identifiers: 'cookie:c-ann-laptop', say: 'somebody on a laptop', pronoun: 'they' },
  Tablet: { identifiers: 'device:kitchen-tablet', say: 'somebody on the kitchen tablet', pronoun: 'they' },
}

const MEMBERS = [
  'Ann',
  'Bo',
  'Carla',
  'Eva',
  'Finn',
  'Greta',
  'Hugo',
  'Ida',
  'Jon',
  'Kim',
  'Mia',
  'Nora',
  'Omar',
  'Pia',
]

/** In order of arrival. */
export const SHOP_SCRIPT: readonly string[] = [
  ...MEMBERS.map(
    (name, index) => `12:${10 + index}-9d consent.changed ${name} purpose=marketing granted=true`,
  ),
  '12:40-9d person.described Ida traits.club=gold | Ida is a gold member of the club.',
  '09:00-6d price.changed product_id=bike price=800',
  '18:00-5d product.viewed Nora product_id=bike price=800 currency=EUR',
  '18:30-3d product.viewed Nora product_id=bike price=800 currency=EUR | Nora looks at the same bicycle for the second time.',
  '20:00-2d product.searched Pia query=kitchen context.channel=web',
  '20:05-2d product.compared Pia product_id=oven context.channel=web',
  '20:10-2d content.read Pia topic=kitchens context.channel=web',
  '20:20-2d forum.posted Pia topic=ovens context.channel=web',
  '20:30-2d product.searched Pia query=oven context.channel=web',
  '20:35-2d product.compared Pia product_id=hob context.channel=web | Pia wants a kitchen: she searches, compares, reads and asks in the forum.',
  '21:20-1d product.added Greta product_id=lamp price=39 currency=EUR | The evening before, Greta puts a lamp in her cart and goes to bed.',
  '21:35-1d product.added Hugo product_id=kettle price=29 currency=EUR | Hugo leaves a kettle in his.',
  '07:40 order.completed Greta order_id=o-greta total=39 currency=EUR context.channel=phone | Greta orders her lamp by phone, before breakfast.',
  '08:30 product.viewed AnnsPhone product_id=tent price=120 currency=EUR context.channel=app | Somebody looks at tents on a phone.',
  '08:36 page.viewed AnnsPhone email:ann@example.org title=Newsletter context.channel=app | A link in the newsletter tells whose phone it is: Ann.',
  '08:50 order.completed Omar order_id=o-omar total=60 currency=EUR fulfilment=collect store_id=s1 context.channel=web | Omar orders, and will collect it at the store.',
  '09:10 page.viewed Tablet Eva title=Home | Eva logs in on the kitchen tablet.',
  '09:50 page.viewed Tablet Finn title=Home | So does Finn.',
  '10:15 product.viewed AnnsLaptop product_id=tent price=120 currency=EUR context.channel=web | Somebody looks at the same tent on a laptop.',
  '10:18 product.added AnnsLaptop product_id=mat price=19.50 quantity=2 currency=EUR context.channel=web',
  '10:21 page.viewed AnnsLaptop Ann title=Account context.channel=web | She logs in: it is Ann.',
  '10:40 product.added Tablet product_id=toaster price=45 currency=EUR | Somebody puts a toaster in the cart, on the tablet, without a log-in.',
  '10:58 order.completed Ann order_id=o-ann total=39 currency=EUR context.channel=phone | Ann finds the payment page confusing, and orders by phone.',
  '11:05 product.added Bo product_id=boots price=89 currency=EUR',
  '11:10 product.added Carla product_id=scarf price=25 currency=EUR',
  '11:12 product.added Dan product_id=chair price=75 currency=EUR | Dan, who never agreed to be written to, leaves a chair in the cart.',
  '11:20 product.added Ida product_id=tent price=120 currency=EUR',
  '11:30 product.added Kim product_id=rucksack price=99 currency=EUR',
  '11:40 page.viewed Mia title=Lamps context.channel=web',
  '11:41 page.left Mia exit_intent=true context.channel=web | Somebody without a name reaches for the close button.',
  '11:50 price.changed product_id=bike price=690 | The bicycle becomes cheaper.',
  '12:00 product.added Jon product_id=ball price=22 currency=EUR',
  '12:40 order.completed Jon order_id=o-jon total=22 currency=EUR arrives=13:20 context.channel=store | The till of the store was offline: Jon had bought his ball there at 12:40, and we learn it only now.',
  '13:30 lead.handed_over Pia seller_id=lars deal_id=d-pia | Pia is handed over to Lars, who sells kitchens.',
  '14:00 product.added AnnsLaptop product_id=tent price=120 currency=EUR context.channel=web | In the afternoon Ann puts the tent in her cart after all, and the door bell rings.',
  '15:20 trip.started Omar trip_id=t-omar scheduled_arrival_at=15:50 | Omar is on his way to the store.',
  '15:50 order.collected Omar order_id=o-omar store_id=s1',
  '16:30 product.added Bo cart_id=second product_id=socks price=12 currency=EUR | Bo leaves another cart.',
]
