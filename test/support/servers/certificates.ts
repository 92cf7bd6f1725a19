/** An authority and certificates signed by it, made by openssl for one test. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificate {
  readonly certificateFile: string
  readonly keyFile: string
}

export interface Certificates<Name extends string> {
  readonly caFile: string
  readonly of: Readonly<Record<Name, Certificate>>
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
const DAYS = ['-days', '2']

/** One for each of these names, good for 127.0.0.1 and localhost. */
export function makeCertificates<Name extends string>(
  folder: string,
  names: readonly Name[],
): Certificates<Name> {
  const openssl = (command: string, ...args: readonly string[]): void => {
    execFileSync('openssl', [command, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const authority = ['-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', ...DAYS]
  openssl('req', ...authority, '-subj', '/CN=authority of a test')
  writeFileSync(join(folder, 'names.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names.ext', ...DAYS]
  for (const name of names) {
    openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.pem`)
  }
  const files = names.map((name): readonly [Name, Certificate] => [
    name,
    { certificateFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) },
  ])
  return { caFile: join(folder, 'ca.pem'), of: Object.fromEntries(files) as Record<Name, Certificate> }
}
