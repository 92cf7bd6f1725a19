/** A whole number as the value of a flag. */
import { InvalidArgumentError } from 'commander'

export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`)
  }
