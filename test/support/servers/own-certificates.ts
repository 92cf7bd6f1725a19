/** An authority and a certificate for 127.0.0.1 signed by it, made by openssl for one test. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export interface Certificates {
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

export function makeCertificates(folder: string): Certificates {
  const file = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority of a test')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl(
    'req',
    '-x509',
    ...key,
    ...signed,
    '-keyout',
    'server.key',
    '-out',
    'server.pem',
    '-subj',
    '/CN=server',
  )
  return { caFile: file('ca.pem'), certificateFile: file('server.pem'), keyFile: file('server.key') }
}
