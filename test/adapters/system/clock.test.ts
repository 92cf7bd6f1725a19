import { systemClock } from '../../../src/adapters/system/clock.ts'
import { clockContract } from '../../contracts/clock.contract.ts'

clockContract('of the machine', () => systemClock)
