import { expect, test } from '@jest/globals'
import { sessionizeConfig, prepareSessionize } from '../../../src/operators/sessionize/config.ts'
import { describe } from '../../../src/operators/sessionize/describe.ts'
import { sessionize } from '../../../src/operators/sessionize/operator.ts'
import { event, given, iso, time, wiringOf } from '../../support/given.ts'

test('sessions that are open, each by itself', () => {
  const ready = prepareSessionize(sessionizeConfig.parse({ gap: '30m' }), wiringOf('sessionize'))
  const chain = given(sessionize, { gap: '30m' }).when(
    event('10:00 page.viewed'),
    event('10:10 page.viewed'),
    event('11:00 page.viewed'),
  )
  const told = (at: string) => describe(chain.now(), time(at), ready)
  const first = `a session is open since ${iso('10:00')}: 2 events, the last at ${iso('10:10')}; it closes at ${iso('10:40:00.001')} if nothing follows`
  expect(told('10:30')).toEqual([first])
  expect(told('11:00')).toEqual([first, expect.stringContaining('1 event,')])
  chain.timePasses('12:00')
  expect(told('12:00')).toEqual([])
})
