import { PORTS, type SHARES } from './init.ts'

/** What QEMU is started with. The three descriptors are sockets that it inherits. */
export interface Machine {
  readonly kernel: string
  readonly initramfs: string
  /** Where the kernel's console log goes. */
  readonly log: string
  readonly memoryMb: number
  readonly cpus: number
  /** The guest's clock advances 1 ns an instruction, so that times in it are instruction counts. */
  readonly icount: boolean
  /** Host folders by the tag the init script knows them by. */
  readonly shares: readonly Share[]
  readonly descriptors: { out: number; err: number; control: number; terminal?: number }
}

export interface Share {
  readonly tag: (typeof SHARES)[keyof typeof SHARES]
  readonly folder: string
  readonly writable: boolean
}

const KERNEL_ARGUMENTS = [
  'console=ttyS0',
  'quiet',
  // A kernel that dies ends QEMU (with -no-reboot), rather than waiting for the time limit.
  'panic=-1',
  'oops=panic',
  // Guards against attackers and against bad timers, which cost much without virtualisation.
  'mitigations=off',
  'tsc=reliable',
  'no_timer_check',
  'random.trust_cpu=on',
]

/** The arguments of qemu-system-x86_64: no KVM, no network, no disk. */
export function qemuArguments(machine: Machine): string[] {
  const { descriptors } = machine
  return [
    ...['-M', 'pc', '-cpu', 'max', '-m', String(machine.memoryMb)],
    ...processorArguments(machine),
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-serial', `file:${machine.log}`],
    ...['-kernel', machine.kernel, '-initrd', machine.initramfs],
    ...['-append', KERNEL_ARGUMENTS.join(' ')],
    ...['-device', 'virtio-serial-pci'],
    ...port(PORTS.out, descriptors.out),
    ...port(PORTS.err, descriptors.err),
    ...port(PORTS.control, descriptors.control),
    ...(descriptors.terminal === undefined ? [] : terminal(descriptors.terminal)),
    ...machine.shares.flatMap(shareArguments),
  ]
}

function processorArguments(machine: Machine): string[] {
  return machine.icount
    ? ['-smp', '1', '-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=on']
    : ['-smp', String(machine.cpus), '-accel', 'tcg,thread=multi']
}

function port(name: string, descriptor: number): string[] {
  return [
    ...['-chardev', `socket,id=${name},fd=${descriptor}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ]
}

function terminal(descriptor: number): string[] {
  return ['-chardev', `socket,id=tty,fd=${descriptor}`, '-device', 'virtconsole,chardev=tty']
}

function shareArguments(share: Share): string[] {
  // In QEMU's option lists a comma inside a value is doubled.
  const path = share.folder.replaceAll(',', ',,')
  const readOnly = share.writable ? '' : ',readonly=on'
  return [
    '-fsdev',
    `local,id=${share.tag},path=${path},security_model=none,multidevs=remap${readOnly}`,
    '-device',
    `virtio-9p-pci,fsdev=${share.tag},mount_tag=${share.tag}`,
  ]
}
