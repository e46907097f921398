// Programs: enum bpf_prog_type, enum bpf_attach_type and the flags of uapi/linux/bpf.h.

export const BPF_PROG_TYPE_SOCKET_FILTER = 1
export const BPF_PROG_TYPE_KPROBE = 2
export const BPF_PROG_TYPE_SCHED_CLS = 3
export const BPF_PROG_TYPE_TRACEPOINT = 5
export const BPF_PROG_TYPE_XDP = 6
export const BPF_PROG_TYPE_PERF_EVENT = 7
export const BPF_PROG_TYPE_RAW_TRACEPOINT = 17
export const BPF_PROG_TYPE_TRACING = 26
export const BPF_PROG_TYPE_SYSCALL = 31
export const BPF_PROG_TYPE_NETFILTER = 32

// What a program is loaded for, where its type leaves that open.
export const BPF_TRACE_RAW_TP = 23
export const BPF_TRACE_FENTRY = 24
export const BPF_TRACE_FEXIT = 25
export const BPF_MODIFY_RETURN = 26
export const BPF_TRACE_ITER = 28
export const BPF_PERF_EVENT = 41
export const BPF_TRACE_KPROBE_MULTI = 42
export const BPF_NETFILTER = 45
export const BPF_TRACE_UPROBE_MULTI = 48
export const BPF_TRACE_KPROBE_SESSION = 56
export const BPF_TRACE_UPROBE_SESSION = 57

/** The program may sleep; SYSCALL programs must say so. */
export const BPF_F_SLEEPABLE = 0x10

// As bpftool names them.
const TYPE_NAMES: readonly string[] = [
  'unspec',
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'sk_msg',
  'raw_tracepoint',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'lirc_mode2',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_sysctl',
  'raw_tracepoint_writable',
  'cgroup_sockopt',
  'tracing',
  'struct_ops',
  'ext',
  'lsm',
  'sk_lookup',
  'syscall',
  'netfilter',
]

/** `raw_tracepoint` for 17. */
export function programTypeName(type: number): string {
  return TYPE_NAMES[type] ?? `program type ${type}`
}
