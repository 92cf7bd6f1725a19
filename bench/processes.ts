/** What a process and the whole machine have used, from /proc; without one everything is zero. */
import { readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second for every program. */
const TICKS_PER_SECOND = 100
/** Of the fields behind the name in /proc/PID/stat. */
const USER_TICKS = 11
const CHILDREN_KERNEL_TICKS = 14
/** user nice system, then idle and waiting, then interrupts of two kinds and stolen time. */
const BUSY = [1, 2, 3, 6, 7]

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Seconds of user and system time of a process and of its children that have ended. */
export function cpuOf(pid: number): number {
  const text = read(`/proc/${pid}/stat`)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(USER_TICKS, CHILDREN_KERNEL_TICKS + 1).reduce((sum, one) => sum + Number(one), 0)
  return ticks / TICKS_PER_SECOND
}

/** Seconds in which any core was busy. */
export function machineCpu(): number {
  const fields = (read('/proc/stat').split('\n', 1)[0] ?? '').split(/ +/)
  return BUSY.reduce((sum, i) => sum + Number(fields[i] ?? 0), 0) / TICKS_PER_SECOND
}

export interface Memory {
  readonly nowMb: number
  readonly peakMb: number
}

export function memoryOf(pid: number): Memory {
  const status = read(`/proc/${pid}/status`)
  const megabytes = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024)
  return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }
}
