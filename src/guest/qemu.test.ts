import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Machine, qemuArguments } from './qemu.ts'

const machine: Machine = {
  kernel: '/cache/vmlinux',
  initramfs: '/tmp/initramfs',
  log: '/tmp/console',
  memoryMb: 2048,
  cpus: 2,
  icount: false,
  shares: [{ tag: 'root', folder: '/', writable: false }],
  descriptors: { out: 3, err: 4, control: 5 },
}

function line(changes: Partial<Machine> = {}): string {
  return qemuArguments({ ...machine, ...changes }).join(' ')
}

test('the machine is emulated, has no devices but ours, and ends when its kernel dies', () => {
  assert.match(line(), / -smp 2 -accel tcg,thread=multi /)
  assert.match(line(), / -nodefaults -no-user-config -display none -no-reboot /)
  assert.match(line(), /-append [^-]*panic=-1/)
  assert.ok(!/kvm|netdev|-nic|-drive|virtconsole/.test(line()))
})

test('each stream of the command is a port on an inherited socket', () => {
  assert.match(line(), /-chardev socket,id=klew.err,fd=4 -device virtserialport,chardev=klew.err,/)
})

test('a terminal is a console on a fourth socket', () => {
  const descriptors = { ...machine.descriptors, terminal: 6 }
  assert.match(line({ descriptors }), /socket,id=tty,fd=6 -device virtconsole,chardev=tty/)
})

test('counting instructions takes one processor and one thread', () => {
  assert.match(line({ icount: true }), / -smp 1 -accel tcg,thread=single -icount shift=0,sleep=on /)
})

test('only the output folder is writable, and a comma in its name is kept', () => {
  const text = line({
    shares: [...machine.shares, { tag: 'out', folder: '/a,b', writable: true }],
  })
  assert.match(text, /local,id=root,path=\/,security_model=none,multidevs=remap,readonly=on /)
  assert.match(text, /local,id=out,path=\/a,,b,security_model=none,multidevs=remap /)
})
