/** The conditions that the oracle understands: the text in the topology, and what it means. */
import type { Condition } from './offers.ts'
import { numberOf } from './settings.ts'
import { WORLD_CONDITIONS } from './world.ts'

export const CONDITIONS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  [
    'trigger.phase == "en-route" && trigger.late_minutes >= 15',
    (t) => t['phase'] === 'en-route' && numberOf(t['late_minutes'], 0) >= 15,
  ],
  ['trigger.phase == "en-route"', (t) => t['phase'] === 'en-route'],
  ['trigger.phase == "arrived"', (t) => t['phase'] === 'arrived'],
  ['trigger.late_minutes >= 20', (t) => numberOf(t['late_minutes'], 0) >= 20],
  ['trigger.value >= 20', (t) => numberOf(t['value'], 0) >= 20],
  ['trigger.value < 20', (t) => numberOf(t['value'], 0) < 20],
  ['trigger.step == "checkout"', (t) => t['step'] === 'checkout'],
  ['trigger.instance != "default"', (t) => t['instance'] !== 'default'],
  ...WORLD_CONDITIONS,
])
