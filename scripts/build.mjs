// Builds dist/: klew.cjs, the whole command in one file, and tapset-index.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

mkdirSync(dist, { recursive: true })
await bundle()
// Last, for its time is the time of the build.
writeFileSync(join(dist, 'tapset-index.json'), `${JSON.stringify(await indexTapset())}\n`)

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/klew.cjs',
    bundle: true,
    platform: 'node',
    target: 'node20',
    // CommonJS, because the launcher starts it as a script with V8's compiled code.
    format: 'cjs',
    charset: 'ascii',
    legalComments: 'none',
    external: ['koffi'],
    define: { KLEW_VERSION: JSON.stringify(version) },
    // Files that also run unbundled ask for import.meta where there is no __filename.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
    metafile: true,
  })
  // The launcher's script can only require what it does not hold.
  const output = metafile.outputs['dist/klew.cjs']
  const left = output.imports.filter(i => i.kind === 'dynamic-import').map(i => i.path)
  if (left.length > 0) throw new Error(`import() left in the bundle: ${left.join(', ')}`)
}

/**
 * Which file of the tapset defines what, so that a run reads only the files that its script names.
 * By the same scan that klew makes of other directories. File names are relative to tapset/.
 */
async function indexTapset() {
  const { definitionsOf, indexFiles } = await scan()
  const tapset = join(root, 'tapset')
  const files = readdirSync(tapset, { recursive: true })
    .filter(file => /\.stpm?$/.test(file))
    .sort()
  return indexFiles(files, file => definitionsOf(readFileSync(join(tapset, file), 'latin1')))
}

/** Node 20 runs no TypeScript: the scan is translated and then imported. */
async function scan() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export { definitionsOf } from './src/cli/tapset-definitions.ts'
        export { indexFiles } from './src/cli/tapset-index.ts'`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  })
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
}
