import assert from 'node:assert/strict'
import { quote } from '../../src/guest/init.ts'
import { type GuestCheck, klewLine } from '../support/guest-checks.ts'

/** A server at 127.0.0.2:7007 is sent `hello` from 127.0.0.1:40001, which then ends it. */
const STREAM = `
const net = require('node:net')
const server = net.createServer(socket => socket.resume().on('end', () => socket.end()))
server.listen(7007, '127.0.0.2', () => {
  const from = { localAddress: '127.0.0.1', localPort: 40001 }
  const client = net.connect({ port: 7007, host: '127.0.0.2', ...from }, () => client.end('hello'))
  client.resume().on('close', () => server.close())
})`

/** A datagram of 6 bytes from 127.0.0.1:40002 to 127.0.0.3:7009, by a socket without a peer. */
const DATAGRAM = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(40002, '127.0.0.1', () => {
  socket.send('packet', 7009, '127.0.0.3', () => socket.close())
})`

const TRAFFIC = `
probe tcp.receive {
  if (sport == 7007 || dport == 7007)
    printf("%s %d %d %s:%d > %s:%d %d%d%d%d%d%d\\n", name, family, protocol,
           saddr, sport, daddr, dport, urg, ack, psh, rst, syn, fin)
}
probe tcp.sendmsg {
  if (size == 5)
    printf("%s %d from %d %s to %s %d\\n", name, family, inet_get_local_port(sock),
           inet_get_ip_dest(sock), inet_get_ip_source(sock), __tcp_sock_dport(sock))
}
probe tcp.sendmsg.return { if (size == 5) printf("%s is done\\n", name) }
probe tcp.recvmsg.return {
  if (size == 5) printf("%s %d %s:%d < %s:%d\\n", name, family, saddr, sport, daddr, dport)
}
probe udp.sendmsg {
  if (size == 6) printf("%s %d %s:%d > %s:%d\\n", name, family, saddr, sport, daddr, dport)
}
probe netdev.transmit, netdev.receive {
  header = __get_skb_iphdr($skb)
  if (dev_name == "lo" && __ip_skb_proto(header) == 17 && length < 60)
    printf("%x %s > %s %d\\n", ntohs(protocol), ip_ntop(__ip_skb_saddr(header)),
           ip_ntop(__ip_skb_daddr(header)), length)
}`

const PROCESSES = `
global of
probe kprocess.create { if (execname() == "maker") of[new_pid] = new_pid == new_tid }
probe kprocess.exec { if (pid() in of) printf("exec %s\\n", filename) }
probe kprocess.exit {
  if (pid() in of)
    printf("exit %d of %s, child of %s, nice %d, priority %d, user %d\\n", code >> 8,
           task_execname($p), task_execname(task_parent($p)), task_nice($p), task_prio($p),
           task_uid($p))
}
probe kprocess.release { if (released_pid in of) printf("release %d\\n", of[released_pid]) }
probe signal.send {
  if (sig == 10) printf("%s %s > %s %d %s\\n", sig_name, execname(), pid_name, shared, si_code)
}
probe vfs.write.return {
  if (execname() == "maker") printf("write %d of %d, %d\\n", bytes_written, bytes_to_write, error)
}`

const MAKER = `nice -n 5 /tmp/maker -c 'sh -c "exit 3"; trap : USR1; kill -USR1 $$; echo 123456 >/tmp/made'`

/** Functions and aliases of the library, against what was really sent and done. */
export const libraryChecks: readonly GuestCheck[] = [
  {
    name: 'the library tells addresses, ports and flags of packets and sockets',
    scripts: { run: klewLine(TRAFFIC, `node -e ${quote(`${STREAM}\n${DATAGRAM}`)}`) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      const there = 'tcp.ipv4.receive 2 6 127.0.0.1:40001 > 127.0.0.2:7007'
      const back = 'tcp.ipv4.receive 2 6 127.0.0.2:7007 > 127.0.0.1:40001'
      const lines = stdout.trimEnd().split('\n')
      const segments = lines.filter(line => line.startsWith('tcp.ipv4.receive'))
      // SYN, SYN and ACK, ACK, then the data, which PSH marks; each side ends with a FIN.
      assert.deepEqual(segments.slice(0, 4), [
        `${there} 000010`,
        `${back} 010010`,
        `${there} 010000`,
        `${there} 011000`,
      ])
      for (const way of [there, back]) assert.ok(segments.includes(`${way} 010001`), stdout)
      assert.deepEqual(lines.filter(line => !segments.includes(line)).toSorted(), [
        // 20 bytes of IPv4 and 8 of UDP, and 14 of Ethernet where it is sent.
        '800 127.0.0.1 > 127.0.0.3 34',
        '800 127.0.0.1 > 127.0.0.3 48',
        'tcp.recvmsg 2 127.0.0.2:7007 < 127.0.0.1:40001',
        'tcp.sendmsg 2 from 40001 127.0.0.1 to 127.0.0.2 7007',
        'tcp.sendmsg is done',
        'udp.sendmsg 2 127.0.0.1:40002 > 127.0.0.3:7009',
      ])
    },
  },
  {
    name: 'the library tells of processes, signals and writing',
    scripts: {
      run: ['cp "$(command -v bash)" /tmp/maker', klewLine(PROCESSES, MAKER)].join('\n'),
    },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      const lines = stdout.trimEnd().split('\n')
      assert.match(lines.shift() ?? '', /^exec \/\S*\/sh$/)
      assert.deepEqual(lines, [
        'exit 3 of sh, child of maker, nice 5, priority 25, user 0',
        'release 1',
        'SIGUSR1 maker > maker 1 SI_USER',
        'write 7 of 7, 0',
      ])
    },
  },
]
