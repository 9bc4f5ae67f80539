import { describe, expect, it } from 'vitest';
import { parseCli } from '../deployer/cli.ts';
import { COMMANDS as BUILTIN } from '../deployer/commands.ts';
import { COMMANDS, type AbraCommand } from './commands.ts';
import { flagsIn } from './probe.ts';

const d = 'x.ci.test';
const cases: [keyof typeof COMMANDS, unknown, string][] = [
  ['version', undefined, '--version'],
  ['serverAddLocal', undefined, 'server add --local'],
  ['serverList', undefined, 'server ls --machine'],
  [
    'appNew',
    { recipe: 'ghost', domain: d, chaos: true },
    `app new ghost --no-input --server=default --domain=${d} --chaos`,
  ],
  [
    'secretGenerate',
    { domain: d, chaos: true },
    `app secret generate ${d} --all --no-input --machine --chaos`,
  ],
  [
    'secretInsert',
    { domain: d, name: 'ssl_cert', version: 'v1', file: '/c.pem', chaos: false },
    `app secret insert ${d} ssl_cert v1 --file /c.pem --no-input`,
  ],
  ['secretList', { domain: d, chaos: true }, `app secret ls ${d} --machine --chaos`],
  ['secretRemoveAll', { domain: d, chaos: true }, `app secret rm ${d} --all --no-input --chaos`],
  ['deploy', { domain: d, chaos: false, version: '1.0.0+5' }, `app deploy ${d} 1.0.0+5 --no-input`],
  [
    'deploy',
    { domain: d, chaos: true, force: true, noConverge: true, noDomainChecks: true },
    `app deploy ${d} --no-input --chaos --force --no-converge-checks --no-domain-checks`,
  ],
  ['undeploy', { domain: d }, `app undeploy ${d} --no-input`],
  ['volumeRemove', { domain: d }, `app volume rm ${d} --no-input --force`],
  ['appRemove', { domain: d }, `app remove ${d} --no-input`],
  ['appList', undefined, 'app ls --status --machine'],
  ['appPs', { domain: d }, `app ps ${d} --machine`],
  ['lint', { recipe: 'ghost', chaos: true }, 'recipe lint --no-input --chaos ghost'],
  ['lint', { recipe: 'ghost', chaos: false }, 'recipe lint --no-input ghost'],
  ['backupCreate', { domain: d }, `app backup create ${d} --no-input`],
  ['restore', { domain: d, snapshot: '1a2b3c4d' }, `app restore ${d} --no-input --snapshot=1a2b3c4d`],
  ['run', { domain: d, service: 'app', command: ['ls', '-la'] }, `app run ${d} app -- ls -la`],
];

const commandOf = (name: keyof typeof COMMANDS) => COMMANDS[name] as AbraCommand<unknown>;

describe('the table of commands', () => {
  it.each(cases)('%s %j → abra %s', (name, args, want) =>
    expect(commandOf(name).argv(args).join(' ')).toBe(want),
  );

  it('has a case here for every command', () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(Object.keys(COMMANDS)));
  });
  it.each(cases)('%s uses only the flags that doctor probes', (name, args) => {
    const argv = commandOf(name).argv(args);
    const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
    const used = own.filter((word) => word.startsWith('--')).flatMap((word) => [...flagsIn(word)]);
    expect(commandOf(name).flags).toEqual(expect.arrayContaining(used));
  });
  it.each(cases)('the built-in deployer understands %s', (name, args) => {
    expect(['call', 'version']).toContain(parseCli(commandOf(name).argv(args), BUILTIN).kind);
  });
  it.each(['undeploy', 'volumeRemove', 'appRemove'] as const)('%s never says --chaos', (name) => {
    expect(commandOf(name).flags).not.toContain('--chaos');
    expect(commandOf(name).argv({ domain: d, chaos: true })).not.toContain('--chaos');
  });
  it.each(['--all', '-n', ''])('a domain cannot be the flag %j', (domain) => {
    expect(() => COMMANDS.undeploy.argv({ domain })).toThrow(TypeError);
  });
  it('never takes a terminal where JSON is wanted', () => {
    for (const command of Object.values(COMMANDS)) expect(command.machine && command.pty).toBe(false);
  });
});
