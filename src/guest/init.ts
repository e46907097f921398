/**
 * The first process of the guest and the files that tell it what to do. The guest's root is the
 * host's, read-only, under an overlay in memory: it may write anywhere, and nothing of that
 * reaches the host but what goes to the output folder.
 */

/** Names of the virtio-serial ports. `control` carries the status out and signals in. */
export const PORTS = { out: 'klew.out', err: 'klew.err', control: 'klew.control' } as const

/** Tags of the 9p shares. */
export const SHARES = { root: 'root', kernel: 'kernel', out: 'out' } as const

/** What one run tells the init script. */
export interface GuestRun {
  readonly release: string
  /** The kernel package was unpacked, and is shared beside the root. */
  readonly ownTree: boolean
  readonly outDir?: string
  readonly terminal?: { readonly rows: number; readonly columns: number }
}

/** The variables that the init script reads. */
export function guestConfig(run: GuestRun): string {
  return [
    `RELEASE=${quote(run.release)}`,
    `TREE=${run.ownTree ? '1' : ''}`,
    `OUT=${quote(run.outDir ?? '')}`,
    `TERMINAL=${run.terminal === undefined ? '' : '1'}`,
    `ROWS=${run.terminal?.rows ?? 0} COLUMNS=${run.terminal?.columns ?? 0}`,
    '',
  ].join('\n')
}

/** The script that becomes the command. Its environment is exactly the one given. */
export function commandScript(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const lines = ['#!/bin/sh']
  for (const [name, value] of Object.entries(env)) {
    // A shell cannot set other names; bash leaves such ones for its exported functions.
    if (value !== undefined && /^[A-Za-z_][A-Za-z_0-9]*$/.test(name)) {
      lines.push(`export ${name}=${quote(value)}`)
    }
  }
  lines.push(`cd ${quote(cwd)} 2>/dev/null || cd /`)
  lines.push(`exec ${command.map(quote).join(' ')}`, '')
  return lines.join('\n')
}

/** A word that a shell reads back as it is. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** The kernel asks for modules in the initramfs: pass it on to the tools of the root. */
export const MODPROBE_WRAPPER: string = `#!/bin/busybox sh
exec /bin/busybox chroot /new /sbin/modprobe "$@"
`

/**
 * The end of the command is the end of its descendants: they may hold the output open, which must
 * be drained whole before the machine stops. Kernel threads are the children of process 2.
 * When the host closes the control port, klew was killed: then there is nobody to run for.
 */
export const INIT: string = `#!/bin/busybox sh
B=/bin/busybox
R=/new
mnt() { $B mkdir -p "$R$3"; $B mount -t $1 -o "$2" none "$R$3" 2>/dev/null; }
share() { $B mkdir -p "$2"; $B mount -t 9p -o "$3,trans=virtio,version=9p2000.L,msize=512000" $1 "$2" || echo "klew-init: cannot mount share $1"; }

$B mount -t proc none /proc; $B mount -t sysfs none /sys; $B mount -t devtmpfs none /dev
. /config
for m in $($B cat /modules/order); do $B insmod /modules/$m || echo "klew-init: cannot load $m"; done

share ${SHARES.root} /host ro,cache=loose
$B mount -t tmpfs -o size=75% none /rw; $B mkdir -p /rw/up /rw/work
$B mount -t overlay -o lowerdir=/host,upperdir=/rw/up,workdir=/rw/work none $R || echo 'klew-init: no overlay'
mnt proc rw /proc; mnt sysfs rw /sys; mnt devtmpfs rw /dev; mnt tmpfs mode=755 /run
mnt devpts ptmxmode=666 /dev/pts; mnt tmpfs mode=1777 /dev/shm
mnt tracefs rw /sys/kernel/tracing; mnt debugfs rw /sys/kernel/debug; mnt securityfs rw /sys/kernel/security
mnt bpf rw /sys/fs/bpf; mnt cgroup2 rw /sys/fs/cgroup
for x in fd: stdin:/0 stdout:/1 stderr:/2; do
  [ -e $R/dev/\${x%%:*} ] || $B ln -s /proc/self/fd\${x#*:} $R/dev/\${x%%:*}
done

if [ -n "$TREE" ]; then
  share ${SHARES.kernel} /kernel ro,cache=loose
  $B mkdir -p /rw/mods-up /rw/mods-work $R/lib/modules/$RELEASE
  $B mount -t overlay -o lowerdir=/kernel/lib/modules/$RELEASE,upperdir=/rw/mods-up,workdir=/rw/mods-work none $R/lib/modules/$RELEASE
  [ -d /kernel/boot ] && $B mkdir -p $R/boot && $B mount --bind /kernel/boot $R/boot
fi
[ -n "$OUT" ] && share ${SHARES.out} "$R$OUT" rw,cache=mmap
$B ip link set lo up; $B hostname klew-guest; $B cp /command $R/run/klew-command

for p in /sys/class/virtio-ports/*; do
  case $($B cat $p/name) in
    ${PORTS.out}) PO=/dev/\${p##*/};; ${PORTS.err}) PE=/dev/\${p##*/};; ${PORTS.control}) PC=/dev/\${p##*/};;
  esac
done
exec 5<>$PC
(while read -r s <&5; do $B kill -$s -$($B cat /command.pid); done; $B poweroff -f) &
keep=$!
echo up >&5
if [ -n "$TERMINAL" ]; then
  # Held open from here on, since the last close forgets the size and what was typed.
  exec 6<>/dev/hvc0
  $B stty rows $ROWS cols $COLUMNS <&6
  $B setsid -c $B chroot $R /bin/sh /run/klew-command <&6 >&6 2>&6 5>&- 6>&-
else
  $B mkfifo /o /e
  $B cat /o >$PO & c1=$!
  $B cat /e >$PE & c2=$!
  $B sh -c 'echo $$ >/command.pid; exec /bin/busybox setsid /bin/busybox chroot /new /bin/sh /run/klew-command' </input >/o 2>/e 5>&-
fi
rc=$?
strays() {
  found=
  for p in /proc/[0-9]*; do
    p=\${p#/proc/}; parent=2
    case $p in 1|2|$keep|\${c1:-x}|\${c2:-x}) continue;; esac
    while read -r k v; do [ "$k" = PPid: ] && parent=$v && break; done 2>/dev/null </proc/$p/status
    [ $parent != 2 ] && $B kill -9 $p 2>/dev/null && found=1
  done
  [ -n "$found" ]
}
n=0
while [ $n -lt 5 ] && strays; do n=$((n + 1)); done
[ -n "$c1" ] && wait $c1 $c2
[ -n "$OUT" ] && $B umount "$R$OUT" 2>/dev/null
$B sync
echo "status $rc" >&5
$B poweroff -f
`
