import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { UnsupportedError } from '../sys/error.ts'

/** Where the files of a session are. */
export interface FolderPlace {
  /** `/run/klew`: of all sessions. */
  readonly base: string
  /** Of this one: letters, digits and `_`. */
  readonly name: string
}

/** The folder of a session: there until it is removed, or klew ends in any way that lets it. */
export interface SessionFolder {
  readonly path: string
  /** On the same file system, for files that are not ready. */
  readonly hidden: string
  remove(): void
}

const FEATURE = 'files of procfs probes'
const OWNER = 'owner'
/** Others get as far as the permissions of the files let them. */
const FOLDER_MODE = 0o755

/**
 * Makes the folder, and removes those that killed sessions left. Beside `NAME` stands `.NAME`,
 * which says whose it is.
 *
 * @throws UnsupportedError where it cannot be made, or another session has the name
 */
export function openFolder({ base, name }: FolderPlace): SessionFolder {
  const path = join(base, name)
  const hidden = join(base, `.${name}`)
  attempt(base, () => makeFolder(base))
  removeLeft(base)
  attempt(path, () => claim(base, hidden))
  const remove = (): void => {
    process.off('exit', remove)
    for (const one of [path, hidden]) rmSync(one, { recursive: true, force: true })
  }
  process.on('exit', remove)
  attempt(path, () => makeFolder(path))
  return { path, hidden, remove }
}

/** The folders above a file, below the session's. */
export function makeFoldersOf(file: string): void {
  attempt(file, () => makeFolder(dirname(file)))
}

/** What the file system says of a file becomes a message. */
export function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new UnsupportedError(FEATURE, `${path} cannot be made (${error.code})`)
  }
}

/** The umask of this process is not meant for these. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    chmodSync(made, FOLDER_MODE)
  }
}

/** A folder cannot be renamed to one that has something in it: so one session gets the name. */
function claim(base: string, hidden: string): void {
  const unready = mkdtempSync(join(base, '.unready_'))
  writeFileSync(join(unready, OWNER), `${process.pid} ${startTime(process.pid)}`)
  try {
    renameSync(unready, hidden)
  } catch (error) {
    rmSync(unready, { recursive: true })
    const [pid] = ownerOf(hidden)
    if (pid === undefined) throw error
    const text = `process ${pid} serves some by the same name; -m NAME gives another`
    throw new UnsupportedError(FEATURE, text)
  }
}

function removeLeft(base: string): void {
  const entries = attempt(base, () => readdirSync(base))
  for (const entry of entries.filter(e => e.startsWith('.'))) {
    const [pid, started] = ownerOf(join(base, entry))
    if (pid === undefined || startTime(Number(pid)) === started) continue
    for (const one of [entry.slice(1), entry]) {
      rmSync(join(base, one), { recursive: true, force: true })
    }
  }
}

/** Process id and start time; nothing where there is no owner, or it cannot be known. */
function ownerOf(hidden: string): string[] {
  try {
    return readFileSync(join(hidden, OWNER), 'latin1').split(' ')
  } catch {
    return []
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): tells a process from a later one by its number. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const behindName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return behindName[START_TIME - AFTER_NAME] ?? ''
  } catch {
    return ''
  }
}

const START_TIME = 22
/** The number of the first field behind the name, which may have blanks in it. */
const AFTER_NAME = 3
