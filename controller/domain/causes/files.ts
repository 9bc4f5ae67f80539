/** First causes that are rules about a recipe's files: each names file, line and what to change. Pure. */
import type { Group, Row } from './tables.ts';

const rule = (reason: string, means: string): Row => [
  reason,
  'recipe',
  means,
  'Change the line that the evidence names, as the next step of the cause says.',
];

export const FILES: Group = {
  title: 'The recipe’s files',
  because: 'what the files say is wrong before anything is deployed',
  rows: [
    rule('ComposeInvalid', 'A compose file cannot be read.'),
    rule('NoServices', 'No service is defined.'),
    rule('NoImage', 'A service has no image.'),
    rule('FileMissing', 'A file that the recipe, or an old `.env`, names is not there.'),
    rule('PathOutside', 'A file leads out of the recipe’s folder.'),
    rule('HostBind', 'A folder of the host is mounted.'),
    rule('DockerSocket', 'The Docker socket is mounted.'),
    rule('Privileged', 'A service is privileged.'),
    rule('Capability', 'A service asks for strong capabilities.'),
    rule('Device', 'A service asks for a device.'),
    rule('SecurityOption', 'A service loosens its security options.'),
    rule('HostNamespace', 'A service uses a namespace of the host.'),
    rule('PublishedPort', 'A port of the host is published.'),
    rule('ForeignName', 'A secret, config, volume or network is not called after the app.'),
    rule('NameTooLong', 'A name is longer than swarm allows.'),
    rule('StackTooLong', 'The stack’s name is longer than abra keeps.'),
    rule('MissingVariable', 'A variable is used that nobody sets.'),
    rule('InvalidVariable', 'A variable is written in a way that docker refuses.'),
    rule('TypedVariable', 'A variable stands in a field that abra checks before it fills variables in.'),
    rule('VersionUnparsable', 'The version label is not a version.'),
    rule('ConfigNotVersioned', 'The content of a config or secret file changed, and its version did not.'),
    rule('ComposeFileGone', 'An old `.env` names a compose file that is not there any more.'),
    rule('NewVariable', 'A new variable without a default is not in an old `.env`.'),
    rule('PlainSecret', 'A password stands in the compose file.'),
    rule('SampleSecret', 'A value of .env.sample looks like a real secret.'),
    rule('LongName', 'A name leaves too little room for the app’s domain.'),
  ],
};
