/** What vipd does in one namespace, worked out from what Docker says of the network: no effects in here. */
export interface NetworkSeen {
  Services?: Record<string, ServiceSeen>;
}

interface ServiceSeen {
  VIP?: string;
  Ports?: string[];
  Tasks: { EndpointIP: string }[];
}

export interface Plan {
  script: string;
  summary: string;
}

interface Target {
  vip: string;
  tasks: string[];
  ports: { target: string; published: string }[];
}

const DEVICE = 'eth0';

/** Service addresses of one overlay network, each spread at random over its tasks. */
export function overlayPlan(network: NetworkSeen): Plan {
  const targets = targetsOf(network);
  const rules = targets.flatMap(({ vip, tasks }) => spread(`-d ${vip}/32`, tasks, (task) => task));
  return namespacePlan(targets, rules);
}

/** Published ports of the mesh, seen from inside the ingress namespace. */
export function ingressPlan(network: NetworkSeen): Plan {
  const targets = targetsOf(network);
  const rules = targets.flatMap(({ tasks, ports }) =>
    eachPort(ports, (port, match) => spread(`-i eth1 ${match}`, tasks, (task) => `${task}:${port.target}`)),
  );
  return namespacePlan(targets, rules);
}

/** Published ports of the mesh, sent from the node's own addresses to the ingress namespace. */
export function nodePlan(network: NetworkSeen, box: string): Plan {
  const rules = targetsOf(network).flatMap(({ tasks, ports }) =>
    tasks.length === 0
      ? []
      : eachPort(ports, (port, match) => [
          `-A CIVIP ${match} -j DNAT --to-destination ${box}:${port.published}`,
        ]),
  );
  const local = '-m addrtype --dst-type LOCAL -j CIVIP';
  const script = `set -e
iptables -w -t nat -C PREROUTING ${local} 2>/dev/null || {
  iptables -w -t nat -N CIVIP 2>/dev/null || true
  iptables -w -t nat -I PREROUTING ${local}
  iptables -w -t nat -I OUTPUT ${local}
  iptables -w -t nat -A POSTROUTING -o docker_gwbridge -d ${box} -j MASQUERADE
}
iptables -w -C DOCKER-USER -d ${box} -j ACCEPT 2>/dev/null || iptables -w -I DOCKER-USER -d ${box} -j ACCEPT
${restore(rules)}`;
  return { script, summary: `${rules.length} rules` };
}

function namespacePlan(targets: Target[], rules: string[]): Plan {
  const wanted = targets.map(({ vip }) => `${vip}/32`);
  const script = `set -e
[ -e /proc/sys/net/ipv4/conf/${DEVICE} ] || exit 75
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.${DEVICE}.send_redirects=0
for a in $(ip -o -4 addr show dev ${DEVICE} | awk '$4 ~ /\\/32$/ {print $4}'); do
  case " ${wanted.join(' ')} " in *" $a "*) ;; *) ip addr del "$a" dev ${DEVICE} || true ;; esac
done
for a in ${wanted.join(' ')}; do ip addr replace "$a" dev ${DEVICE}; done
iptables -w -t nat -C PREROUTING -j CIVIP 2>/dev/null || {
  iptables -w -t nat -N CIVIP
  iptables -w -t nat -A PREROUTING -j CIVIP
  iptables -w -t nat -A POSTROUTING -o ${DEVICE} -m conntrack --ctstate DNAT -j MASQUERADE
}
${restore(rules)}`;
  return { script, summary: `${wanted.length} addresses, ${rules.length} rules` };
}

function restore(rules: string[]): string {
  return [
    "iptables-restore -w --noflush <<'RULES'",
    '*nat',
    ':CIVIP - [0:0]',
    ...rules,
    'COMMIT',
    'RULES',
    '',
  ].join('\n');
}

function targetsOf(network: NetworkSeen): Target[] {
  return Object.entries(network.Services ?? {})
    .filter(([name, service]) => name !== '' && isAddress(service.VIP))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, service]) => ({
      vip: service.VIP ?? '',
      tasks: service.Tasks.map((task) => task.EndpointIP)
        .filter(isAddress)
        .sort(),
      ports: (service.Ports ?? []).flatMap(portOf),
    }));
}

/** What goes into a shell script has to be an address and nothing else. */
function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^\d+\.\d+\.\d+\.\d+$/.test(text);
}

function portOf(text: string): { target: string; published: string }[] {
  const match = /^Target: (\d+), Publish: (\d+)$/.exec(text);
  return match?.[1] && match[2] ? [{ target: match[1], published: match[2] }] : [];
}

type Port = Target['ports'][number];

/** Docker's list does not say which protocol a published port is for, so both are sent on. */
function eachPort(ports: Port[], rules: (port: Port, match: string) => string[]): string[] {
  return ports.flatMap((port) =>
    ['tcp', 'udp'].flatMap((proto) => rules(port, `-p ${proto} --dport ${port.published}`)),
  );
}

/** One rule a task; each takes its share of what the rules before it let through. */
function spread(match: string, tasks: string[], destination: (task: string) => string): string[] {
  return tasks.map((task, index) => {
    const left = tasks.length - index;
    const share = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(6)}` : '';
    return `-A CIVIP ${match}${share} -j DNAT --to-destination ${destination(task)}`;
  });
}
