/**
 * The system calls that strangers' code is refused, as a seccomp program for bubblewrap: what opens new namespaces,
 * what namespaces do not part (AF_VSOCK reaches the hypervisor from every network), and rarely used doors into the kernel.
 * Numbers are of asm/unistd_64.h and asm-generic/unistd.h; from 424 on they are the same everywhere.
 */

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const LOAD = 0x20;
const IS = 0x15;
const ATLEAST = 0x35;
const HAS = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;

/** Offsets in struct seccomp_data; little-endian, as both machines are. */
const NR = 0;
const ARCH = 4;
const ARG0 = 16;

const CLONE_NEWUSER = 0x1000_0000;
/** UNIX, INET, INET6, NETLINK: the rest is no part of a network namespace, or nothing that a test needs. */
const FAMILIES = [1, 2, 10, 16];

interface Machine {
  readonly audit: number;
  readonly clone: number;
  readonly socket: number;
  /** Numbers from here on belong to another ABI. */
  readonly foreign: number | null;
  readonly unshare: number;
  readonly refused: readonly number[];
}

const NEWER = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442];

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000_003e,
    clone: 56,
    socket: 41,
    foreign: 0x4000_0000,
    unshare: 272,
    // syslog, pivot_root, mount, umount2, init_module, kexec_load, add_key, request_key, keyctl, perf_event_open, open_by_handle_at, setns, finit_module, bpf, userfaultfd
    refused: [103, 155, 165, 166, 175, 246, 248, 249, 250, 298, 304, 308, 313, 321, 323, ...NEWER],
  },
  arm64: {
    audit: 0xc000_00b7,
    clone: 220,
    socket: 198,
    foreign: null,
    unshare: 97,
    refused: [116, 41, 40, 39, 105, 104, 217, 218, 219, 241, 265, 268, 273, 280, 282, ...NEWER],
  },
};

/** glibc takes clone where there is no clone3, whose flags a filter cannot read. */
const CLONE3 = 435;

export interface SeccompOptions {
  readonly machine?: string;
  /** For a browser, which parts its pages from itself by namespaces of their own. */
  readonly userNamespaces?: boolean;
}

/** Throws where it is not known how: strangers' code is not run without it. */
export function seccompProgram({
  machine = process.arch,
  userNamespaces = false,
}: SeccompOptions = {}): Buffer {
  const known = MACHINES[machine];
  if (known === undefined) throw new Error(`No list of system calls for a ${machine} processor.`);
  const { audit, clone, socket, foreign, unshare, refused } = known;
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [IS, 1, 0, audit],
    [RETURN, 0, 0, EPERM],
    [LOAD, 0, 0, NR],
    ...(foreign === null ? [] : when(ATLEAST, foreign, EPERM)),
    ...when(IS, CLONE3, ENOSYS),
    ...refused.flatMap((nr) => when(IS, nr, EPERM)),
    ...(userNamespaces ? [] : withoutUserNamespaces({ clone, unshare })),
    // socket: look at its family.
    [IS, 0, FAMILIES.length * 2 + 2, socket],
    [LOAD, 0, 0, ARG0],
    ...FAMILIES.flatMap((family) => when(IS, family, ALLOW)),
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  ];
  return Buffer.concat(program.map(encoded));
}

function withoutUserNamespaces({ clone, unshare }: { clone: number; unshare: number }): Instruction[] {
  return [
    ...when(IS, unshare, EPERM),
    // clone: look at its flags.
    [IS, 0, 4, clone],
    [LOAD, 0, 0, ARG0],
    ...when(HAS, CLONE_NEWUSER, EPERM),
    [RETURN, 0, 0, ALLOW],
  ];
}

function when(test: number, value: number, answer: number): Instruction[] {
  return [
    [test, 0, 1, value],
    [RETURN, 0, 0, answer],
  ];
}

function encoded([code, jt, jf, k]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jt, 2);
  bytes.writeUInt8(jf, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}
