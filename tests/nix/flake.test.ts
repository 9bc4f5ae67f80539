/** The unchanged flake gives a machine: with and without its operator's inputs, as its options say, and pinned. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { environmentOf, readConfig, ROOT, VARIABLES } from '../../controller/config.ts';
import { ENVIRONMENT_FILE, Units } from '../../controller/units/render.ts';
import { INPUTS, MACHINE, machineWith, makeNix, type Nix, type Tree, WITHOUT_NIX } from './nix.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const Lock = z.object({
  version: z.literal(7),
  nodes: z.record(
    z.string(),
    z.object({
      locked: z.object({ rev: z.string(), narHash: z.string(), type: z.string() }).optional(),
      original: z.object({ owner: z.string(), repo: z.string(), ref: z.string().optional() }).optional(),
    }),
  ),
});

describe('flake.lock', () => {
  const { nodes } = Lock.parse(JSON.parse(read('flake.lock')));
  const pins = Object.entries(nodes).filter(([name]) => name !== 'root');

  it('pins each input of flake.nix, and nothing else', () => {
    const inputs = [...read('flake.nix').matchAll(/^ {4}([\w-]+)\.url = "github:([\w.-]+\/[\w.-]+)/gm)];
    const said = inputs.map(([, name = '', from = '']) => [name, from]);
    expect(pins.map(([name, { original }]) => [name, `${original?.owner}/${original?.repo}`])).toEqual(said);
  });

  it.each(pins)('pins %s to a commit and to what it holds', (_name, { locked }) => {
    expect(locked?.rev).toMatch(/^[0-9a-f]{40}$/);
    expect(Buffer.from(/^sha256-(.{43}=)$/.exec(locked?.narHash ?? '')?.[1] ?? '', 'base64')).toHaveLength(
      32,
    );
  });
});

const Machine = z.object({
  warnings: z.array(z.string()),
  environment: z.string(),
  services: z.record(
    z.string(),
    z.object({
      after: z.array(z.string()),
      wants: z.array(z.string()),
      requires: z.array(z.string()),
      environment: z.record(z.string(), z.string().nullable()),
      serviceConfig: z.record(z.string(), z.unknown()),
      restartTriggers: z.array(z.unknown()),
      /** Shell that stands in Nix. */
      shell: z.string(),
    }),
  ),
  docker: z.object({ liveRestore: z.boolean(), logDriver: z.string() }),
  ports: z.array(z.number()),
  /** For containers alone. */
  inner: z.array(z.number()),
  secrets: z.record(
    z.string(),
    z.object({ path: z.string(), mode: z.string(), restartUnits: z.array(z.string()) }),
  ),
  templates: z.record(z.string(), z.string()),
  etc: z.array(z.string()),
});
type Machine = z.infer<typeof Machine>;

const SEEN = `let seen = config: {
  inherit (config) warnings;
  environment = config.environment.etc."cc-ci/environment".text;
  services = builtins.mapAttrs (_: s: {
    inherit (s) after wants requires environment serviceConfig restartTriggers;
    shell = s.script + s.preStart + s.postStart + s.preStop + s.postStop + s.reload;
  }) config.systemd.services;
  docker = { inherit (config.virtualisation.docker) liveRestore logDriver; };
  ports = config.networking.firewall.allowedTCPPorts;
  inner = config.networking.firewall.interfaces.docker_gwbridge.allowedTCPPorts;
  secrets = builtins.mapAttrs (_: s: { inherit (s) path mode restartUnits; }) config.sops.secrets;
  templates = builtins.mapAttrs (_: s: s.content) config.sops.templates;
  etc = builtins.attrNames config.environment.etc;
}; in `;

describe.skipIf(WITHOUT_NIX !== null)('the machine', () => {
  let nix: Nix;
  let bare: Tree;
  let whole: Tree;
  const machineOf = async (tree: Tree, module = '{ }'): Promise<Machine> => {
    const seen = await tree.eval(
      MACHINE,
      `${SEEN}machine: seen ((${machineWith(module, 'config')}) machine)`,
    );
    if (!seen.ok) throw new Error(seen.text);
    return Machine.parse(seen.value);
  };
  const full = (): string => `import ${whole.dir}/tests/nix/full.nix`;
  /** As systemd and a shell read the file; none of our values has a quote in it. */
  const variablesOf = ({ environment }: Machine): Record<string, string> =>
    Object.fromEntries(
      environment
        .trim()
        .split('\n')
        .map((line) => /^(\w+)='?([^']*)'?$/.exec(line) ?? [])
        .map(([, name = '', value = '']) => [name, value]),
    );

  beforeAll(async () => {
    nix = await makeNix();
    [bare, whole] = await Promise.all([nix.tree(), nix.tree(INPUTS)]);
  });
  afterAll(() => nix.remove());

  it('evaluates unchanged, and says what it waits for', async () => {
    expect(await bare.eval(`${MACHINE}.config.system.build.toplevel.drvPath`)).toEqual({
      ok: true,
      value: expect.any(String),
    });
    const { warnings, services, ports } = await machineOf(bare);
    expect(warnings).toEqual([
      expect.stringMatching(/blocked until .* secrets\/secrets\.yaml: no forge and no Drone/),
      expect.stringMatching(/blocked until .* secrets\/cc-ci-secrets\/certificate\.yaml: no proxy/),
    ]);
    expect(Object.keys(services).sort()).toEqual(['cc-ci', 'cc-ci-swarm', 'docker']);
    expect(ports).toEqual([]);
  });

  it('has everything once its operator has brought the inputs', async () => {
    expect(await whole.eval(`${MACHINE}.config.system.build.toplevel.drvPath`)).toEqual({
      ok: true,
      value: expect.any(String),
    });
    const { warnings, services, ports, etc } = await machineOf(whole);
    expect(warnings).toEqual([]);
    const ours = ['cc-ci', 'cc-ci-drone', 'cc-ci-drone-runner', 'cc-ci-proxy', 'cc-ci-swarm', 'docker'];
    expect(Object.keys(services).sort()).toEqual(ours);
    expect(ports).toEqual([80, 443]);
    expect(etc).toEqual(['cc-ci/environment']);
  });

  it.each(['devShells.x86_64-linux.default', 'packages.x86_64-linux.default', 'checks.x86_64-linux.machine'])(
    'evaluates %s',
    async (attribute) => {
      expect(await bare.eval(`${attribute}.drvPath`)).toEqual({ ok: true, value: expect.any(String) });
    },
  );

  it('starts everything in its order, and calls programs of the project alone', async () => {
    const { services, docker } = await machineOf(whole);
    const of = (name: string) => services[name] ?? expect.fail(`there is no ${name}`);
    expect(of('docker')).toMatchObject({
      after: ['network-online.target'],
      wants: ['network-online.target'],
    });
    expect(of('cc-ci-swarm')).toMatchObject({ requires: ['docker.service'] });
    expect(of('cc-ci-proxy')).toMatchObject({ requires: ['cc-ci-swarm.service'] });
    expect(of('cc-ci').after).toContain('cc-ci-proxy.service');
    expect(docker).toEqual({ liveRestore: false, logDriver: 'json-file' });
    expect(Object.values(services).map(({ shell }) => shell)).toEqual(Object.values(services).map(() => ''));
    const programs = ['cc-ci', 'cc-ci-proxy', 'cc-ci-swarm'].map((name) => {
      const [, program = ''] = /^\S+?-cc-ci\/(\S+)/.exec(String(of(name).serviceConfig['ExecStart'])) ?? [];
      return read(program).split('\n')[0];
    });
    expect(programs).toEqual(['#!/bin/sh', '#!/bin/sh', '#!/bin/sh']);
  });

  it('has the units that bin/install puts in place on Debian, option by option', async () => {
    const { services } = await machineOf(whole);
    const units = Units.parse(JSON.parse(read('modules/units.json')));
    for (const [name, unit] of Object.entries(units)) {
      const { ExecStart: _start, EnvironmentFile, ...rest } = services[name]?.serviceConfig ?? {};
      expect(EnvironmentFile).toBe(ENVIRONMENT_FILE);
      expect(rest).toEqual(unit.serviceConfig);
      expect(services[name]).toMatchObject({ after: unit.after, wants: unit.wants, requires: unit.requires });
    }
    expect(Object.keys(units)).toHaveLength(3);
  });

  it('has a oneshot that may be started again at each activation for what has to be there', async () => {
    const { services } = await machineOf(whole);
    for (const name of ['cc-ci-swarm', 'cc-ci-proxy']) {
      expect(services[name]?.serviceConfig).toMatchObject({ Type: 'oneshot' });
      // One that remains active would not be started again.
      expect(services[name]?.serviceConfig).not.toHaveProperty('RemainAfterExit');
    }
  });

  it('leads people to the pages and to Drone by the proxy, and opens nothing else', async () => {
    const { services, inner, ports } = await machineOf(whole);
    const command = String(services['cc-ci-proxy']?.serviceConfig['ExecStart']);
    expect(command).toContain('--route ci.commoninternet.net=http://172.18.0.1:8080');
    expect(command).toContain('--route drone.ci.commoninternet.net=http://172.18.0.1:8081');
    expect([ports, inner]).toEqual([
      [80, 443],
      [8080, 8081],
    ]);
  });

  it('has one number for runs at a time and for Drone’s capacity', async () => {
    const seen = await machineOf(whole, '{ lib, ... }: { services.cc-ci.maxTests = lib.mkForce 7; }');
    expect(variablesOf(seen)).toMatchObject({ CCCI_MAX_TESTS: '7' });
    expect(seen.services['cc-ci-drone-runner']?.environment).toMatchObject({
      DRONE_RUNNER_CAPACITY: '7',
      DRONE_LIMIT_EVENTS: 'custom',
      DRONE_RUNNER_ENVIRON: 'CCCI_STATE_DIR:/var/lib/cc-ci',
    });
  });

  it('starts anew what has a secret in its environment when the secrets change, without the lists that NixOS gives up', async () => {
    const { services, secrets } = await machineOf(whole);
    const withSecrets = ['cc-ci-drone', 'cc-ci-drone-runner'];
    const triggered = Object.keys(services).filter(
      (name) => (services[name]?.restartTriggers ?? []).length > 0,
    );
    expect(triggered.sort()).toEqual(['cc-ci', ...withSecrets]);
    expect(withSecrets.map((name) => services[name]?.restartTriggers)).toEqual([
      [expect.stringMatching(/^[0-9a-f]{64}$/)],
      [expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
    expect(Object.values(secrets).flatMap(({ restartUnits }) => restartUnits)).toEqual([]);
  });

  it('has its secrets as files of root alone, and none of them in a unit', async () => {
    const { secrets, templates, services, environment } = await machineOf(whole);
    expect(Object.keys(secrets)).toHaveLength(8);
    expect(new Set(Object.values(secrets).map(({ mode }) => mode))).toEqual(new Set(['0400']));
    expect(secrets['cc-ci/fullchain']?.path).toBe('/var/lib/ci-certs/live/fullchain.pem');
    expect(environment).toContain("CCCI_GITEA_TOKEN_FILE='/run/secrets/cc-ci/gitea_token'");
    expect(templates['cc-ci/drone-runner.env']).toBe(
      'DRONE_RPC_SECRET=<SOPS:cc-ci/drone_rpc_secret:PLACEHOLDER>\n',
    );
    const placeholders = JSON.stringify(services).match(/PLACEHOLDER/g);
    expect(placeholders).toBeNull();
  });

  it('has an option for each setting of the controller, except for secrets that stand in no file', async () => {
    const names = Object.keys(variablesOf(await machineOf(whole, full())));
    const values = VARIABLES.filter(
      (name) => VARIABLES.includes(`${name}_FILE`) && /TOKEN|PASSWORD|SECRET/.test(name),
    );
    expect(values).toHaveLength(5);
    const wanted = VARIABLES.filter((name) => !values.includes(name));
    expect(names.filter((name) => name.startsWith('CCCI_')).sort()).toEqual(wanted.sort());
  });

  it.each([
    { because: 'as its operator left it', module: () => '{ }' },
    { because: 'with every option set', module: full },
  ])('writes a configuration that the controller takes, $because', async ({ module }) => {
    const { HOME: _home, ...variables } = variablesOf(await machineOf(whole, module()));
    const { CCCI_STATE_DIR, CCCI_ZONE } = environmentOf(readConfig(variables));
    expect({ CCCI_STATE_DIR, CCCI_ZONE }).toEqual({
      CCCI_STATE_DIR: '/var/lib/cc-ci',
      CCCI_ZONE: 'ci.commoninternet.net',
    });
  });

  it('describes every option, and gives an example', async () => {
    const poor = `machine: let
      walk = at: set: builtins.concatLists (builtins.attrValues (builtins.mapAttrs (name: it:
        let here = at + "." + name; in
        if (it._type or "") != "option" then walk here it
        else if (it.description or "") == "" then [ "\${here} has no description" ]
        else if !(it ? example) then [ "\${here} has no example" ]
        else [ ]) set));
      in walk "services.cc-ci" machine.options.services.cc-ci`;
    expect(await whole.eval(MACHINE, poor)).toEqual({ ok: true, value: [] });
  });
});
