/** The settings as they may be shown: whatever is secret, or looks like it, as `***`. */
import {
  type Environment,
  type Flags,
  SETTING_TABLE,
  type SettingRow,
  type Variable,
} from './setting-table.ts'
import { maskUrl } from './setting-values.ts'

export interface ShownSetting {
  readonly variable: Variable
  /** Empty: not set, and without a default. */
  readonly value: string
  readonly from: 'flag' | 'environment' | 'default'
}

/** Every setting with its value and where that comes from, in the order of the table. */
export function shownSettings(environment: Environment, flags: Flags = {}): readonly ShownSetting[] {
  return SETTING_TABLE.map((row) => {
    const { variable, standard } = row
    const from = flags[variable] ? 'flag' : environment[variable] ? 'environment' : 'default'
    return { variable, from, value: shownValue(row, flags[variable] || environment[variable] || standard) }
  })
}

function shownValue({ secret }: SettingRow, value: string): string {
  if (value === '') return ''
  if (secret === 'value') return '***'
  return secret === 'url' || value.includes('@') ? maskUrl(value) : value
}
