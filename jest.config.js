/**
 * Three projects: `unit` needs nothing but Node; `integration` (`*.int.test.ts`) is for real servers; `full` (`*.full.test.ts`) is
 * for groups of servers whose members die, which takes minutes: `npm run test:full` alone runs it.
 */
const transform = {
  '\\.ts$': [
    '@swc/jest',
    {
      swcrc: false,
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript' },
        transform: { verbatimModuleSyntax: true },
        experimental: { keepImportAttributes: true },
      },
    },
  ],
}

/** `.ts` endings in imports are the real file names, so no mapper is needed. */
const project = (displayName, testMatch, testPathIgnorePatterns, more = {}) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns,
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  transform,
  ...more,
})

const servers = {
  globalSetup: '<rootDir>/test/support/servers/jest-setup.mjs',
  globalTeardown: '<rootDir>/test/support/servers/jest-teardown.mjs',
}

export default {
  // A test that failed may leave a connection open; the run must end all the same. `--detectOpenHandles` looks for what leaks.
  forceExit: true,
  reporters: ['default', '<rootDir>/scripts/jest-summary.mjs'],
  projects: [
    project('unit', ['<rootDir>/test/**/*.test.ts'], ['\\.(int|full)\\.test\\.ts$']),
    project('integration', ['<rootDir>/test/**/*.int.test.ts'], [], servers),
    project('full', ['<rootDir>/test/**/*.full.test.ts'], [], servers),
  ],
}
