/**
 * Stand-in for IPVS on kernels without it: `node vipd.ts DOCKER_SOCKET NETNS_FOLDER`, in dockerd's namespaces.
 *
 * Docker's libnetwork gives every overlay network a load-balancer namespace (`lb_<start of its id>`, and
 * `ingress_sbox` for the mesh) and fills it through IPVS. Where the kernel has no IPVS these stay empty and
 * every service address times out. This puts the services' addresses on those namespaces' interfaces and
 * sends them on to the tasks. It belongs to the test sandbox alone and has no dependency.
 */
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ingressPlan, type NetworkSeen, nodePlan, overlayPlan, type Plan } from './vip-plan.ts';

const [socketPath = '', netnsDir = ''] = process.argv.slice(2);
const run = promisify(execFile);

const IDLE_MS = 1_000;
const BUSY_MS = 100;
/** How many quick rounds follow an event: namespaces are built up a little after the event is sent. */
const BUSY_ROUNDS = 15;
/** Exit status of a script whose namespace is not built up yet: the next round tries again. */
const NOT_YET = 75;

const applied = new Map<string, string>();
let busyRounds = BUSY_ROUNDS;

function log(...words: unknown[]): void {
  process.stderr.write(`${new Date().toISOString()} ${words.join(' ')}\n`);
}

function ask<T>(path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(body) as T);
        else reject(new Error(`${path}: ${answer.statusCode} ${body}`));
      });
      answer.on('error', reject);
    }).on('error', reject);
  });
}

/** A namespace file's inode is the namespace's identity: one made anew under an old name starts empty. */
function identityOf(file: string): string {
  const { dev, ino } = statSync(file);
  return `${dev}:${ino}`;
}

async function apply(key: string, plan: Plan, file?: string): Promise<void> {
  if (applied.get(key) === plan.script) return;
  const argv = ['sh', '-c', plan.script];
  try {
    if (file) await run('nsenter', [`--net=${file}`, ...argv]);
    else await run('sh', argv.slice(1));
    applied.set(key, plan.script);
    log('applied', key, plan.summary);
  } catch (error) {
    busyRounds = Math.max(busyRounds, 5);
    const { code, stderr } = error as { code?: number; stderr?: string };
    if (code !== NOT_YET) log('failed', key, stderr ?? String(error));
  }
}

async function reconcile(): Promise<void> {
  const present = new Set(readdirSync(netnsDir));
  const filters = encodeURIComponent('{"driver":["overlay"]}');
  const networks = await ask<{ Id: string; Ingress: boolean }[]>(`/networks?filters=${filters}`);
  for (const { Id, Ingress } of networks) {
    const name = Ingress ? 'ingress_sbox' : `lb_${Id.slice(0, 9)}`;
    if (!present.has(name)) continue;
    const network = await ask<NetworkSeen>(`/networks/${Id}?verbose=true`).catch(() => undefined);
    if (!network) continue;
    const file = join(netnsDir, name);
    const key = `${name} ${identityOf(file)}`;
    await apply(key, Ingress ? ingressPlan(network) : overlayPlan(network), file);
    if (Ingress) await apply('node', nodePlan(network, await ingressBoxAddress()));
  }
}

async function ingressBoxAddress(): Promise<string> {
  const bridge = await ask<{ Containers?: Record<string, { IPv4Address: string }> }>(
    '/networks/docker_gwbridge',
  );
  const address = bridge.Containers?.['ingress-sbox']?.IPv4Address.split('/')[0];
  if (!address) throw new Error('docker_gwbridge has no ingress-sbox yet');
  return address;
}

let timer: NodeJS.Timeout | undefined;
let running = false;

async function round(): Promise<void> {
  clearTimeout(timer);
  if (!running) {
    running = true;
    await reconcile().catch((error: NodeJS.ErrnoException) => {
      if (!['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(error.code ?? '')) log(error.message.trim());
    });
    running = false;
  }
  timer = setTimeout(() => void round(), busyRounds-- > 0 ? BUSY_MS : IDLE_MS);
}

/** Docker's events only say "look again"; what to do is always read from the networks themselves. */
function listen(): void {
  const filters = encodeURIComponent(JSON.stringify({ type: ['network', 'container', 'service'] }));
  const again = () => {
    applied.clear();
    setTimeout(listen, 200);
  };
  get({ socketPath, path: `/events?filters=${filters}` }, (stream) => {
    stream.on('data', () => {
      if (busyRounds <= 0) setTimeout(() => void round(), 10);
      busyRounds = BUSY_ROUNDS;
    });
    stream.on('error', () => {});
    stream.on('close', again);
  }).on('error', again);
}

listen();
void round();
