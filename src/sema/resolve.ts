import type { Expression, Name } from '../syntax/ast.ts'
import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import {
  callInCondition,
  changeInCondition,
  targetInCondition,
  undeclaredArray,
  unknownFunction,
  unknownPragmaGlobal,
  wrongArgumentCount,
} from './errors.ts'
import { pragmasOf } from './pragmas.ts'
import type { Reporter } from './reporter.ts'
import type { Names } from './scope.ts'
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'
import { eachStatement, walkExpression, walkStatement } from './walk.ts'

/** What the names of a script turned out to be, before anything is left out or typed. */
export interface Resolved {
  /** All that handlers call, through others too. */
  readonly functions: readonly FunctionSymbol[]
  readonly uses: readonly Uses[]
  readonly readGlobals: ReadonlyMap<GlobalSymbol, Span>
  readonly writtenGlobals: ReadonlySet<GlobalSymbol>
}

/** The locals of a handler or function: where each is read first, and which are stored in. */
export interface Uses {
  readonly owner: OwnerSymbol
  readonly read: ReadonlyMap<string, { readonly span: Span; readonly scope: Scope }>
  readonly stored: ReadonlySet<string>
}

interface Resolving {
  readonly names: Names
  readonly reporter: Reporter
  readonly onCall: (f: FunctionSymbol) => void
  readonly readGlobals: Map<GlobalSymbol, Span>
  readonly writtenGlobals: Set<GlobalSymbol>
}

/**
 * Finds what every name stands for, and reports those that stand for nothing. `prepare` sees each
 * function before its body is read.
 */
export function resolveNames(
  shared: Pick<Resolving, 'names' | 'reporter'>,
  handlers: readonly HandlerSymbol[],
  prepare: (f: FunctionSymbol) => void,
): Resolved {
  const seen = new Set<FunctionSymbol>()
  const waiting: FunctionSymbol[] = []
  const x: Resolving = {
    ...shared,
    onCall: f => {
      if (!seen.has(f)) waiting.push(f)
      seen.add(f)
    },
    readGlobals: new Map(),
    writtenGlobals: new Set(),
  }
  const uses = handlers.map(h => resolveOwner(x, h, h.parts))
  for (const h of handlers) resolveConditions(x, h)
  for (let f = waiting.shift(); f !== undefined; f = waiting.shift()) {
    prepare(f)
    const { body } = f
    if (body.kind !== 'embedded') uses.push(resolveOwner(x, f, [{ scope: f.scope, block: body }]))
    else if (f.pragmas !== undefined) resolvePragmas(x, body, f.scope)
  }
  const { readGlobals, writtenGlobals } = x
  return { functions: [...seen], uses, readGlobals, writtenGlobals }
}

interface Place extends Resolving {
  readonly owner: OwnerSymbol
  readonly scope: Scope
  readonly read: Map<string, { readonly span: Span; readonly scope: Scope }>
  readonly stored: Set<string>
}

function resolveOwner(x: Resolving, owner: OwnerSymbol, parts: HandlerSymbol['parts']): Uses {
  const read = new Map<string, { readonly span: Span; readonly scope: Scope }>()
  const stored = new Set<string>()
  for (const { scope, block } of parts) {
    const place: Place = { ...x, owner, scope, read, stored }
    const targets = new Set<Expression>()
    eachStatement(block, s => {
      if (s.kind === 'foreach') {
        for (const name of s.value === undefined ? s.keys : [...s.keys, s.value]) {
          store(place, name, targets)
        }
        if (s.array.kind === 'name') useArray(place, s.array, 'read', targets)
      } else if (s.kind === 'try' && s.message !== undefined) store(place, s.message, targets)
      else if (s.kind === 'delete') useDeleted(place, s.target, targets)
      else if (s.kind === 'embedded') resolvePragmas(x, s, scope)
    })
    walkStatement(block, e => resolveExpression(place, e, targets))
  }
  return { owner, read, stored }
}

function resolveExpression(x: Place, e: Expression, targets: Set<Expression>): void {
  switch (e.kind) {
    case 'name':
      if (!targets.has(e)) readName(x, e)
      return
    case 'assign':
    case 'increment': {
      const { target } = e
      if (target.kind === 'name') store(x, target, targets)
      if (target.kind === 'element' && target.array.kind === 'name') {
        useArray(x, target.array, 'write', targets)
      }
      return
    }
    case 'element':
    case 'in':
      if (e.array.kind === 'name') useArray(x, e.array, 'read', targets)
      return
    case 'call':
      resolveCall(x, e)
      return
    case 'embedded':
      resolvePragmas(x, e, x.scope)
      return
    default:
      return
  }
}

function globalOf(x: Place, name: string): GlobalSymbol | undefined {
  return x.owner.locals.get(name)?.parameter ? undefined : x.names.global(name, x.scope)
}

function readName(x: Place, { name, span }: Name): void {
  const global = globalOf(x, name)
  if (global !== undefined) readGlobal(x, global, span)
  else if (!x.read.has(name)) x.read.set(name, { span, scope: x.scope })
}

function readGlobal(x: Place, global: GlobalSymbol, span: Span): void {
  if (!x.readGlobals.has(global)) x.readGlobals.set(global, span)
}

/** A name that is stored in; the walk that follows does not take it for a read one. */
function store(x: Place, name: Name, targets: Set<Expression>): void {
  targets.add(name)
  const global = globalOf(x, name.name)
  if (global === undefined) x.stored.add(name.name)
  else x.writtenGlobals.add(global)
}

/** Arrays are global: a local of the name, if there is one, has no keys. */
function useArray(x: Place, name: Name, use: 'read' | 'write', targets: Set<Expression>): void {
  if (targets.has(name)) return
  targets.add(name)
  const global = x.names.global(name.name, x.scope)
  if (global === undefined) {
    const near = nearest(name.name, x.scope.globals.keys(), 3)
    x.reporter.report(undeclaredArray(name.span, name.name, near))
  } else if (use === 'read') readGlobal(x, global, name.span)
  else x.writtenGlobals.add(global)
}

function useDeleted(x: Place, target: Expression, targets: Set<Expression>): void {
  if (target.kind === 'name') targets.add(target)
  else if (target.kind === 'element' && target.array.kind === 'name') {
    useArray(x, target.array, 'write', targets)
  }
}

function resolveCall(x: Place, e: Extract<Expression, { kind: 'call' }>): void {
  const { names, reporter, scope } = x
  const found = names.candidates(e.name, e.arguments.length, scope)
  for (const f of found) x.onCall(f)
  if (found.length > 0) return
  const others = names.functionsNamed(e.name, scope)
  const first = others.find(f => f.scope.origin === 'script')
  const takes = [...new Set(others.map(f => f.parameters.length))]
  reporter.report(
    others.length === 0
      ? unknownFunction(e.nameSpan, e.name, names.nearFunctions(e.name, scope))
      : wrongArgumentCount(e.span, e.name, {
          count: e.arguments.length,
          takes,
          ...(first && { declared: first.item.nameSpan }),
        }),
  )
}

/** Globals that C says it reads or writes. */
function resolvePragmas(
  x: Resolving,
  code: Extract<Expression, { kind: 'embedded' }>,
  scope: Scope,
): void {
  const { reads, writes } = pragmasOf(code.text)
  for (const name of [...reads, ...writes]) {
    const global = x.names.global(name, scope)
    if (global === undefined) x.reporter.report(unknownPragmaGlobal(code.span, name))
    else if (writes.includes(name)) x.writtenGlobals.add(global)
    else if (!x.readGlobals.has(global)) x.readGlobals.set(global, code.span)
  }
}

/** A condition is asked often and anywhere: it only looks at globals. */
function resolveConditions(x: Resolving, h: HandlerSymbol): void {
  for (const { scope, expression } of new Set(h.points.flatMap(p => p.conditions))) {
    walkExpression(expression, e => {
      const array = e.kind === 'element' || e.kind === 'in' ? e.array : e
      if (array.kind === 'name') {
        const global = x.names.global(array.name, scope)
        if (global !== undefined && !x.readGlobals.has(global)) {
          x.readGlobals.set(global, array.span)
        }
      }
      const problem = conditionProblem(e)
      if (problem) x.reporter.report(problem)
    })
  }
}

function conditionProblem(e: Expression): ReturnType<typeof changeInCondition> | undefined {
  switch (e.kind) {
    case 'target':
      return targetInCondition(e.nameSpan, e.name)
    case 'call':
      return callInCondition(e.nameSpan, e.name)
    case 'assign':
    case 'increment':
      return changeInCondition(e.span)
    case 'print':
      return e.name.startsWith('s') ? undefined : changeInCondition(e.span)
    case 'embedded':
      return pragmasOf(e.text).pure ? undefined : changeInCondition(e.span)
    default:
      return undefined
  }
}
