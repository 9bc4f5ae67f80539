import { describe, expect, it } from 'vitest';
import { parseCli } from './cli.ts';
import { COMMANDS } from './commands.ts';

function call(line: string) {
  const parsed = parseCli(line.split(' ').filter(Boolean), COMMANDS);
  return parsed.kind === 'call'
    ? { command: parsed.command.words.join(' '), args: parsed.args, flags: parsed.flags }
    : parsed.kind;
}

describe('parseCli', () => {
  it.each([
    {
      because: 'flags stand before or after positionals',
      line: 'app secret generate -a x.org -n -m',
      args: ['x.org'],
      flags: { all: true, 'no-input': true, machine: true },
    },
    {
      because: 'short flags join',
      line: 'app deploy -nCD x.org',
      args: ['x.org'],
      flags: { 'no-input': true, chaos: true, 'no-domain-checks': true },
    },
    {
      because: 'values by = and by space',
      line: 'app new r --domain=x.org -s default',
      args: ['r'],
      flags: { domain: 'x.org', server: 'default' },
    },
    {
      because: 'everything behind -- is positional',
      line: 'app run x.org app -- ls -la --all',
      args: ['x.org', 'app', 'ls', '-la', '--all'],
      flags: {},
    },
    { because: 'aliases', line: 'app rm x.org -n', args: ['x.org'], flags: { 'no-input': true } },
    {
      because: '-D is the domain of app new and a switch of app deploy',
      line: 'app new r -D x.org',
      args: ['r'],
      flags: { domain: 'x.org' },
    },
  ])('$because', ({ line, args, flags }) => expect(call(line)).toMatchObject({ args, flags }));

  it.each([
    ['app undeploy x.org --chaos', /unknown flag: --chaos/],
    ['app undeploy -C x.org', /unknown shorthand flag: 'C'/],
    ['app volume rm x.org --chaos', /unknown flag: --chaos/],
    ['app deploy', /usage: abra app deploy/],
    ['app deploy a b c', /got 3 arguments/],
    ['app frobnicate', /unknown command "app frobnicate"/],
    ['app new r --domain', /needs an argument: --domain/],
    ['app deploy x --chaos=yes', /takes no value/],
    ['--nonsense', /unknown flag: --nonsense/],
  ])('refuses %s', (line, want) => expect(() => call(line)).toThrow(want));

  it.each([
    '',
    '--help',
    'app',
    'app secret --help',
    'app deploy --help',
    'app deploy x --help',
    'app volume rm -h',
  ])('has help for "%s"', (line) => {
    expect(call(line)).toBe('help');
  });
  it('tells its version', () => expect([call('--version'), call('-v')]).toEqual(['version', 'version']));
});
