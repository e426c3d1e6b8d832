import { expect, test } from 'vitest'
import { filesIn, read } from './files.ts'

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly allowScripts?: Readonly<Record<string, boolean>>
}
interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  /** Part of the package around it, whose checksum covers it. */
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}
const packages = filesIn('.').filter(path => /(?:^|\/)package\.json$/.test(path))
const lockfiles = filesIn('.').filter(path => /(?:^|\/)package-lock\.json$/.test(path))
const parse = <T>(path: string) => JSON.parse(read(path)) as T
const versionsOf = ({ dependencies, devDependencies }: Package) =>
  Object.entries({ ...dependencies, ...devDependencies })
const locked = (path: string) =>
  Object.entries(parse<{ packages: Record<string, Locked> }>(path).packages).filter(([place]) => place !== '')

test('SEC-49 every version is exact', () => {
  const loose = packages.flatMap(path =>
    versionsOf(parse(path)).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
  )
  expect(loose).toEqual([])
})

test('SEC-49 every dependency is explained in docs/dependencies.md, and nothing else is', () => {
  const explained = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
  expect(explained.sort()).toEqual(
    versionsOf(parse('package.json'))
      .map(([name]) => name)
      .sort(),
  )
})

/** Where the packages' authors take donations is all that a lockfile may tell of the net. */
test('SEC-49 the lockfiles name no host', () => {
  for (const path of lockfiles) {
    const text = JSON.stringify(parse(path), (key, value) => (key === 'funding' ? undefined : value))
    expect(text.match(/[\w+]+:\/\/[^"]*/g)).toBeNull()
  }
})

/** Optional tools for other platforms; see docs/dependencies.md. */
const UNCHECKED = /^node_modules\/@biomejs\/cli-/

test('SEC-49 every locked package has its checksum', () => {
  for (const path of lockfiles) {
    const without = locked(path).filter(
      ([place, { integrity, inBundle }]) => integrity === undefined && !inBundle && !UNCHECKED.test(place),
    )
    expect(without.map(([place]) => place)).toEqual([])
  }
})

test('SEC-49 a package that runs a script when it is installed is one that was decided on', () => {
  const { allowScripts = {} } = parse<Package>('package.json')
  const scripted = locked('package-lock.json').flatMap(([place, { hasInstallScript }]) =>
    hasInstallScript ? [place.replace(/^.*node_modules\//, '')] : [],
  )
  expect(scripted.filter(name => !(name in allowScripts))).toEqual([])
})

test('SEC-49 the project itself runs nothing when it is installed', () => {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare']
  expect(Object.keys(parse<Package>('package.json').scripts ?? {}).filter(name => hooks.includes(name))).toEqual([])
})
