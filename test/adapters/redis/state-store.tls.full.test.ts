/** The store on a Redis that speaks TLS only, asks for a password, and knows a user with the least rights. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { aclRule } from '../../../src/adapters/redis/acl.ts'
import { RedisConnection, type RedisSettings } from '../../../src/adapters/redis/connect.ts'
import { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { stateStoreContract } from '../../contracts/state-store.contract.ts'
import { describeWithOwn } from '../../support/real-servers.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

describeWithOwn(['redis'], 'a Redis that speaks TLS', () => {
  let folder: string
  let certificates: Certificates<'server'>
  let server: RedisServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shopkeeper-tls-'))
    certificates = makeCertificates(folder, ['server'])
    const { caFile } = certificates
    const { certificateFile, keyFile } = certificates.of.server
    server = await startRedis({
      tls: true,
      settings: {
        requirepass: 'admin',
        'tls-ca-cert-file': caFile,
        'tls-cert-file': certificateFile,
        'tls-key-file': keyFile,
        'tls-auth-clients': 'no',
      },
      admin: { password: 'admin', tls: { ca: readFileSync(caFile) } },
    })
    await server.admin.acl('SETUSER', 'keeper', 'reset', 'on', '>secret', ...aclRule('shopkeeper', 'single'))
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const connection = (scheme: string, settings: Partial<RedisSettings> = {}): RedisConnection =>
    new RedisConnection({
      url: `${scheme}://keeper:secret@127.0.0.1:${server.port}`,
      commandTimeoutMs: 3000,
      ...settings,
    })

  stateStoreContract('redis, TLS', async () =>
    scopedStore(connection('rediss', { caFile: certificates.caFile }), 'shopkeeper'),
  )

  describe('is refused', () => {
    async function troubleOf(on: RedisConnection): Promise<unknown> {
      const store = new RedisStateStore(on)
      const { problem } = await store.stats()
      await store.close()
      return problem
    }

    test('when nobody known has signed for it', async () => {
      expect(await troubleOf(connection('rediss'))).toMatchObject({
        code: 'redis-tls',
        message: expect.stringContaining('CA file'),
      })
    })

    test('when it is spoken to in plain', async () => {
      expect(await troubleOf(connection('redis', { commandTimeoutMs: 800 }))).toMatchObject({
        code: 'redis-unreachable',
      })
    })

    test('when the file of the authority is not there', () => {
      expect(() => connection('rediss', { caFile: '/nowhere/ca.pem' })).toThrow(
        'the CA file /nowhere/ca.pem cannot be read',
      )
    })
  })
})
