// Maps: enum bpf_map_type and the flags of uapi/linux/bpf.h.

export const BPF_MAP_TYPE_HASH = 1
export const BPF_MAP_TYPE_ARRAY = 2
export const BPF_MAP_TYPE_PERCPU_HASH = 5
export const BPF_MAP_TYPE_PERCPU_ARRAY = 6
export const BPF_MAP_TYPE_STACK_TRACE = 7
export const BPF_MAP_TYPE_LRU_HASH = 9
export const BPF_MAP_TYPE_RINGBUF = 27
export const BPF_MAP_TYPE_TASK_STORAGE = 29

/** Hash map: entries are allocated as they come, not all at first. */
export const BPF_F_NO_PREALLOC = 0x1
/** Programs may only read it: with a freeze, its contents are constants to the verifier. */
export const BPF_F_RDONLY_PROG = 0x80
/** Array map whose values can be mapped into memory (5.5). */
export const BPF_F_MMAPABLE = 0x400

// What bpf_map_update_elem does: flags of update.
export const BPF_ANY = 0
export const BPF_NOEXIST = 1
export const BPF_EXIST = 2

// Flags of ring buffer submission and output.
export const BPF_RB_NO_WAKEUP = 1
export const BPF_RB_FORCE_WAKEUP = 2
/** For bpf_ringbuf_query: bytes not read yet. */
export const BPF_RB_AVAIL_DATA = 0

// Flags of bpf_get_stack and bpf_get_stackid.
export const BPF_F_SKIP_FIELD_MASK = 0xff
export const BPF_F_USER_STACK = 0x100

// As bpftool names them.
const TYPE_NAMES: readonly string[] = [
  'unspec',
  'hash',
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_hash',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'sockhash',
  'cgroup_storage',
  'reuseport_sockarray',
  'percpu_cgroup_storage',
  'queue',
  'stack',
  'sk_storage',
  'devmap_hash',
  'struct_ops',
  'ringbuf',
  'inode_storage',
  'task_storage',
  'bloom_filter',
  'user_ringbuf',
  'cgrp_storage',
  'arena',
]

/** `percpu_hash` for 5. */
export function mapTypeName(type: number): string {
  return TYPE_NAMES[type] ?? `map type ${type}`
}
