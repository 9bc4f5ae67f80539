/** A machine that cannot be right is refused before it is built, with a sentence that names the place. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INPUTS, MACHINE, machineWith, makeNix, type Nix, type Tree, WITHOUT_NIX } from './nix.ts';

interface Fault {
  readonly because: string;
  /** A module; `lib` and `pkgs` are there, and `TREE` is the folder of the project. */
  readonly module: string;
  readonly says: RegExp;
}

const set = (text: string): string => `{ lib, pkgs, ... }: { services.cc-ci.${text}; }`;

const FAULTS: readonly Fault[] = [
  {
    because: 'an option is misspelt',
    module: set('maxTest = 2'),
    says: /option `services\.cc-ci\.maxTest' does not exist/,
  },
  {
    because: 'a number is a text',
    module: set('maxTests = "2"'),
    says: /services\.cc-ci\.maxTests'.*not of type integer/,
  },
  {
    because: 'there are to be more runs than the controller takes',
    module: set('maxTests = lib.mkForce 51'),
    says: /services\.cc-ci\.maxTests'.*between 1 and 50/,
  },
  {
    because: 'two modules disagree',
    module: set('zone = "ci.example.org"'),
    says: /services\.cc-ci\.zone'.* has conflicting definitions/,
  },
  {
    because: 'the zone is no zone',
    module: set('zone = lib.mkForce "CI"'),
    says: /services\.cc-ci\.zone'.*not of type DNS zone/,
  },
  {
    because: 'the zone is too long for a stack’s name',
    module: set('zone = lib.mkForce "a-long-name.of-a-zone.example.org"'),
    says: /services\.cc-ci\.zone: "a-long-name.*more than 30 characters/,
  },
  ...['git.autonomic.zone', 'ci.git.autonomic.zone', 'autonomic.zone'].map((zone) => ({
    because: `apps would stand where the forge does, in ${zone}`,
    module: set(`zone = lib.mkForce "${zone}"`),
    says: /services\.cc-ci\.zone: .* and the forge at "https:\/\/git\.autonomic\.zone" share a zone/,
  })),
  {
    because: 'the forge is reached without TLS',
    module: set('gitea.url = lib.mkForce "http://git.example.org"'),
    says: /services\.cc-ci\.gitea\.url'.*https address/,
  },
  {
    because: 'nobody may say !testme',
    module: set('gitea.organisation = lib.mkForce null'),
    says: /services\.cc-ci\.gitea: url needs organisation or allowed/,
  },
  {
    because: 'the bot has no token',
    module: set('gitea.tokenFile = lib.mkForce null'),
    says: /services\.cc-ci\.gitea: url needs tokenFile, or user and passwordFile/,
  },
  {
    because: 'the webhook has a key and nowhere to answer',
    module: set('http.listen = lib.mkForce null'),
    says: /services\.cc-ci\.http\.hookSecretFile: needs http\.listen/,
  },
  {
    because: 'an address to listen at has no port',
    module: set('http.listen = lib.mkForce "127.0.0.1"'),
    says: /services\.cc-ci\.http\.listen'.*<host>:<port>/,
  },
  {
    because: 'the public address has a path',
    module: set('http.publicUrl = lib.mkForce "https://ci.example.org/ci"'),
    says: /services\.cc-ci\.http\.publicUrl: .* has a path/,
  },
  {
    because: 'a secret is a path of Nix, which would copy it into the store',
    module: set('mirror.tokenFile = /etc/hostname'),
    says: /services\.cc-ci\.mirror\.tokenFile'.*it is a path/,
  },
  {
    because: 'a secret lies in the Nix store',
    module: set('mirror.tokenFile = "${builtins.storeDir}/abc-token"'),
    says: /services\.cc-ci: mirror\.tokenFile lies in the Nix store/,
  },
  {
    because: 'a secret is given as a value',
    module: set('extraEnvironment.CCCI_GITEA_TOKEN = "abc"'),
    says: /services\.cc-ci\.extraEnvironment: CCCI_GITEA_TOKEN would stand in the Nix store/,
  },
  {
    because: 'a variable that has an option is given beside it',
    module: set('extraEnvironment.CCCI_MAX_TESTS = "3"'),
    says: /services\.cc-ci\.extraEnvironment: CCCI_MAX_TESTS has an option of its own/,
  },
  {
    because: 'mirrors are to be made on no forge',
    module: set('gitea.url = lib.mkForce null; services.cc-ci.mirror.tokenFile = "/run/token"'),
    says: /services\.cc-ci\.mirror\.tokenFile: needs gitea\.url/,
  },
  {
    because: 'Drone’s server has no secrets',
    module: set('drone.server.secretsFile = lib.mkForce null'),
    says: /services\.cc-ci\.drone\.server: needs secretsFile, a file with DRONE_RPC_SECRET/,
  },
  {
    because: 'Drone’s server has no name',
    module: set(
      'drone.server.host = lib.mkForce null; services.cc-ci.drone.url = "https://drone.example.org"',
    ),
    says: /services\.cc-ci\.drone\.server: needs host/,
  },
  {
    because: 'the runner has no secret',
    module: set('drone.runner.secretsFile = lib.mkForce null'),
    says: /services\.cc-ci\.drone\.runner: needs secretsFile/,
  },
  {
    because: 'the runner works for no server',
    module: set('drone.url = lib.mkForce null'),
    says: /services\.cc-ci\.drone\.runner: needs drone\.url/,
  },
  {
    because: 'it is not said which repository Drone builds',
    module: set('drone.repository = lib.mkForce null'),
    says: /services\.cc-ci\.drone: url needs repository and tokenFile/,
  },
  {
    because: 'software that is not free was not allowed',
    module: '{ lib, ... }: { nixpkgs.config = lib.mkForce { }; }',
    says: /package drone has an unfree licence/,
  },
  {
    because: 'a certificate has no key',
    module: set('site.certificateKeyFile = lib.mkForce null'),
    says: /services\.cc-ci\.site: certificateFile goes with certificateKeyFile/,
  },
  {
    because: 'the proxy has no certificate',
    module: set(
      'site = { certificateFile = lib.mkForce null; certificateKeyFile = lib.mkForce null; }; services.cc-ci.proxy.enable = true',
    ),
    says: /services\.cc-ci\.proxy: needs site\.certificateFile/,
  },
  {
    because: 'a setting of the proxy would become two words of a unit',
    module: set('proxy.settings.LOG_LEVEL = "INFO --force"'),
    says: /services\.cc-ci\.proxy\.settings\.LOG_LEVEL'.*word without blanks/,
  },
  {
    because: 'a setting of the proxy is no variable',
    module: set('proxy.settings.log-level = "INFO"'),
    says: /services\.cc-ci\.proxy\.settings: log-level is no name of a variable/,
  },
  {
    because: 'the network of the proxy is too small',
    module: set('swarm.subnet = "10.100.0.0/20"'),
    says: /services\.cc-ci\.swarm\.subnet'.*\/16 or larger/,
  },
  {
    because: 'Docker is to keep containers alive without itself',
    module: '{ virtualisation.docker.liveRestore = true; }',
    says: /virtualisation\.docker\.liveRestore'.* has conflicting definitions/,
  },
  {
    because: 'Docker is forced to keep containers alive without itself',
    module: '{ lib, ... }: { virtualisation.docker.liveRestore = lib.mkForce true; }',
    says: /virtualisation\.docker\.liveRestore: has to be false/,
  },
  {
    because: 'a duration has no unit',
    module: set('reapMinAge = "120"'),
    says: /services\.cc-ci\.reapMinAge'.*duration such as/,
  },
  {
    because: 'a limit has one half',
    module: set('limits.memory = "2g"'),
    says: /services\.cc-ci\.limits\.memory'.*<usual>\/<most>/,
  },
  {
    because: 'a secret is used that the file does not hold',
    module: set('secrets.use = [ "mirror_token" ]'),
    says: /services\.cc-ci\.secrets\.file: .*secrets\.yaml has no mirror_token/,
  },
  {
    because: 'a secret is used that nobody knows',
    module: set('secrets.use = [ "gitea_tokn" ]'),
    says: /services\.cc-ci\.secrets\.use.*one of/,
  },
  {
    because: 'the file of the secrets is not there',
    module: set('secrets.file = lib.mkForce TREE/secrets/nonesuch.yaml'),
    says: /services\.cc-ci\.secrets\.file: .*nonesuch\.yaml does not exist/,
  },
  {
    because: 'the file of the certificate holds half of it',
    module: set('secrets.certificateFile = lib.mkForce TREE/secrets/too-little.yaml'),
    says: /services\.cc-ci\.secrets\.certificateFile: .*too-little\.yaml has no fullchain/,
  },
  {
    because: 'a package is not there',
    module: '{ pkgs, ... }: { environment.systemPackages = [ pkgs.noSuchPackage ]; }',
    says: /attribute 'noSuchPackage' missing/,
  },
  {
    because: 'a user has no group',
    module: '{ users.users.helper.isSystemUser = true; }',
    says: /users\.users\.helper\.group is unset/,
  },
  {
    because: 'a service is ordered after the network without wanting it',
    module:
      '{ systemd.services.late = { after = [ "network-online.target" ]; serviceConfig.ExecStart = "/bin/true"; }; }',
    says: /systemd\.services\.late is ordered after network-online\.target but does not want it/,
  },
  {
    because: 'a timer starts nothing',
    module: '{ systemd.timers.weekly.timerConfig.OnCalendar = "weekly"; }',
    says: /systemd\.timers\.weekly has no service/,
  },
  {
    because: 'a secret belongs to a user that is not there',
    module: '{ sops.secrets."cc-ci/gitea_token".owner = "nobody-here"; }',
    says: /sops\.secrets\."cc-ci\/gitea_token": no user nobody-here/,
  },
];

describe.skipIf(WITHOUT_NIX !== null)('a machine', () => {
  let nix: Nix;
  let tree: Tree;
  beforeAll(async () => {
    nix = await makeNix();
    tree = await nix.tree(INPUTS);
  });
  afterAll(() => nix.remove());

  it('is taken as it stands', async () => {
    const seen = await tree.eval(MACHINE, machineWith('{ }'));
    expect(seen).toEqual({ ok: true, value: expect.any(String) });
  });

  it.concurrent.each(FAULTS)('is refused where $because', async ({ module, says }) => {
    const seen = await tree.eval(MACHINE, machineWith(module.replaceAll('TREE', tree.dir)));
    expect(seen).toEqual({ ok: false, text: expect.stringMatching(says) });
  });
});
