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
writeFileSync(join(dist, 'tapset-index.json'), `${JSON.stringify(indexTapset(), null, 1)}\n`)

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
 * Which file of the tapset has which function, and which have aliases that start with which word,
 * so that a run reads only the files that its script names. File names are those in tapset/.
 */
function indexTapset() {
  const functions = {}
  const aliases = {}
  for (const file of readdirSync(join(root, 'tapset'))
    .filter(f => f.endsWith('.stp'))
    .sort()) {
    const text = readFileSync(join(root, 'tapset', file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    for (const [, name] of text.matchAll(/^(?:private\s+)?function\s+(\w+)/gm)) {
      const other = functions[name]
      if (other !== undefined && other !== file) {
        throw new Error(`tapset: ${name} is in ${other} and in ${file}`)
      }
      functions[name] = file
    }
    for (const [, word] of text.matchAll(/^probe\s+(\w+)[^={]*?\+?=/gm)) {
      aliases[word] ??= []
      if (!aliases[word].includes(file)) aliases[word].push(file)
    }
  }
  return { functions, aliases }
}
