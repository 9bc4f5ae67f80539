/** Images of known databases, and whether a new version can read the files of an old one. Pure. */
import { imageRefOf, type ImageRef } from '../recipe/image-ref.ts';

interface Database {
  readonly name: string;
  readonly images: RegExp;
  /** Numbers that make a series: files of one are not, or not without steps, those of the next. */
  readonly series: (numbers: readonly number[]) => readonly number[];
  /** What an operator does when the series changes. */
  readonly todo: string;
}

const first = (numbers: readonly number[]): readonly number[] => numbers.slice(0, 1);
const firstTwo = (numbers: readonly number[]): readonly number[] => numbers.slice(0, 2);

/** Below 8 it is the version of an extension, as in `pgvector:0.8.0`. */
function postgresSeries(numbers: readonly number[]): readonly number[] {
  const [major = 0] = numbers;
  if (major < 8) return [];
  return major < 10 ? firstTwo(numbers) : first(numbers);
}

const DATABASES: readonly Database[] = [
  {
    name: 'PostgreSQL',
    images: /^(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|pgautoupgrade)$/,
    series: postgresSeries,
    todo: 'It does not start on files of another series: dump with `pg_dumpall` before you upgrade, and load the dump into an empty volume after it, unless the recipe converts the files itself.',
  },
  {
    name: 'MariaDB',
    images: /^mariadb$/,
    series: firstTwo,
    todo: 'Dump with `mariadb-dump --all-databases` before you upgrade, and run `mariadb-upgrade` after it, unless MARIADB_AUTO_UPGRADE is set.',
  },
  {
    name: 'MySQL',
    images: /^(?:mysql|percona|percona-server)$/,
    series: firstTwo,
    todo: 'Dump with `mysqldump --all-databases` before you upgrade: it converts its files at its first start, one series at a time, and does not go back.',
  },
  {
    name: 'MongoDB',
    images: /^(?:mongo|mongodb)$/,
    series: firstTwo,
    todo: 'Dump with `mongodump` before you upgrade: it upgrades one series at a time, and only after `setFeatureCompatibilityVersion` of the older one.',
  },
  {
    name: 'Redis',
    images: /^(?:redis|redis-stack-server|valkey|keydb)$/,
    series: first,
    todo: 'Save with `redis-cli SAVE` and copy `dump.rdb` before you upgrade: an older version does not read the files of a newer one.',
  },
  {
    name: 'Elasticsearch',
    images: /^elasticsearch$/,
    series: first,
    todo: 'Make a snapshot before you upgrade: it upgrades one series at a time, from the last minor version of each, and indices of older series have to be reindexed.',
  },
  {
    name: 'OpenSearch',
    images: /^opensearch$/,
    series: first,
    todo: 'Make a snapshot before you upgrade: it upgrades one series at a time, and indices of older series have to be reindexed.',
  },
  {
    name: 'ClickHouse',
    images: /^(?:clickhouse|clickhouse-server)$/,
    series: firstTwo,
    todo: 'Make a backup with `BACKUP ALL` before you upgrade, and read the incompatible changes of the versions between.',
  },
];

const databaseOf = ({ base }: ImageRef): Database | undefined =>
  DATABASES.find(({ images }) => images.test(base));

/** `15.3-alpine`, `v7`, `0.7.0-pg16`, `latest-pg16`: empty where the tag names no version. */
function seriesOf({ series, name }: Database, { tag }: ImageRef): readonly number[] {
  const inside = name === 'PostgreSQL' ? /(?:^|-)pg(\d+)/.exec(tag ?? '') : null;
  const match = inside ?? /^v?(\d{1,4})(?:\.(\d+))?(?![\da-z])/i.exec(tag ?? '');
  const numbers = (match ?? []).slice(1).flatMap((text) => (text === undefined ? [] : [Number(text)]));
  return series(numbers);
}

export interface DatabaseChange {
  /** What changed, as the end of a sentence. */
  readonly what: string;
  readonly todo: string;
}

/** Null where neither is a known database, or its files stay what they are. */
export function databaseChange(from: string, to: string): DatabaseChange | null {
  const [before, after] = [imageRefOf(from), imageRefOf(to)];
  const [was, is] = [databaseOf(before), databaseOf(after)];
  if (was === undefined) return null;
  if (was !== is)
    return {
      what: `${was.name} is replaced${is === undefined ? '' : ` by ${is.name}`}`,
      todo: 'Its files are not read by the new image: dump the data before you upgrade, and load it after.',
    };
  // Only the build differs, or what is around the version.
  if (before.tag === after.tag && before.tag !== null) return null;
  return betweenSeries(was, seriesOf(was, before), seriesOf(was, after));
}

function betweenSeries(
  { name, todo }: Database,
  before: readonly number[],
  after: readonly number[],
): DatabaseChange | null {
  if (before.length === 0 || after.length === 0)
    return {
      what: `the image of ${name} changes, and its tag does not say from which version to which`,
      todo: `Look up both before you upgrade, and make a backup with \`abra app backup create <domain>\`.`,
    };
  // `8` and `8.0` may be the same.
  const known = Math.min(before.length, after.length);
  const at = before.slice(0, known).findIndex((number, index) => number !== after[index]);
  if (at < 0) return null;
  const back = (before[at] ?? 0) > (after[at] ?? 0);
  const [from, to] = [before.join('.'), after.join('.')];
  if (back)
    return {
      what: `${name} goes back from ${from} to ${to}`,
      todo: 'An older version does not read the files of a newer one: dump the data before you upgrade, and load it into an empty volume after.',
    };
  return { what: `${name} goes from ${from} to ${to}`, todo };
}
